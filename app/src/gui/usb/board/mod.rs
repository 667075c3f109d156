//! What was read of a board, in words. They are made once, when it was read.

mod facts;

use skylift_protocol::Chip;
use skylift_updater::otadata::State;

use self::facts::{bootloader_version, facts, remark};
use super::plan::PlaceRow;
use crate::engine::printable;
use crate::gui::figures::size;
use crate::gui::mark::{Grey, Look};
use crate::gui::widgets::partition_map::{Fill, Span};
use crate::usb::board::{Board, Contents, Partition, Setting, Shown, Slot};
use crate::usb::ports::Port;
use crate::usb::provision::proposed_name;

/// The first byte of the partition table, and its bytes.
const TABLE: (u32, u32) = (0x8000, 0x1000);

/// A label and a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub label: &'static str,
    /// What it says.
    pub value: String,
    /// It is worth being copied.
    pub to_copy: bool,
}

/// A slot whose image can be made to boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotRow {
    /// Its number.
    pub number: u8,
    /// What is in it.
    pub holds: String,
    /// What otadata says of it.
    pub state: Option<(Look, &'static str)>,
    /// It boots next.
    pub boots: bool,
    /// There is an image in it.
    pub can_boot: bool,
}

/// A setting on the board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingRow {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub key: String,
    /// What its value is.
    pub kind: &'static str,
    /// Its value; nothing if that is hidden.
    pub value: Option<String>,
}

/// A board, as it was when it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardView {
    /// What was read.
    pub board: Board,
    /// What is said behind its name.
    pub remark: String,
    /// What it is, in two columns.
    pub facts: [Vec<Fact>; 2],
    /// Its partitions.
    pub rows: Vec<PlaceRow>,
    /// The same to scale.
    pub map: Vec<Span>,
    /// Its slots for updates.
    pub slots: Vec<SlotRow>,
    /// What it keeps.
    pub settings: Vec<SettingRow>,
    /// How many settings there are, and where.
    pub settings_remark: String,
    /// Why its flash cannot be shown, if it cannot.
    pub closed: Option<&'static str>,
    /// What is wrong with its partition table, in a sentence.
    pub table_flaw: Option<String>,
    proposed: String,
}

impl BoardView {
    /// What is shown of a board on a port.
    #[must_use]
    pub fn new(board: Board, port: &Port) -> Self {
        let rows = rows(&board);
        let map = if board.is_blank() { vec![blank(&board)] } else { rows.iter().map(span).collect() };
        let settings: Vec<_> = board.holds.iter().flat_map(|holds| &holds.settings).map(setting).collect();
        let mac = board.identity.mac.as_deref().unwrap_or_default();
        let proposed = proposed_name(board.chip(), mac);
        Self {
            remark: remark(&board),
            facts: facts(&board, port),
            slots: board.holds.iter().flat_map(|holds| slots(holds.boots, &holds.slots)).collect(),
            settings_remark: settings_remark(&board),
            closed: board
                .holds
                .is_none()
                .then_some("Its loader shows nobody what is in its flash (secure download mode)."),
            table_flaw: table_flaw(&board),
            proposed: proposed
                .map_or_else(|| board.chip().as_str().to_owned(), |name| name.as_str().to_owned()),
            rows,
            map,
            settings,
            board,
        }
    }

    /// Its chip.
    #[must_use]
    pub const fn chip(&self) -> Chip {
        self.board.identity.chip
    }

    /// Its chip, as it is printed on it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.board.identity.name
    }

    /// Bytes of its flash.
    #[must_use]
    pub const fn flash_size(&self) -> u32 {
        self.board.identity.flash_size
    }

    /// Whether nothing is lost if it is overwritten.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.board.is_blank()
    }

    /// The name that Skylift has given it.
    #[must_use]
    pub fn owner_name(&self) -> Option<&str> {
        self.board.owner().map(|owner| owner.name.as_str()).filter(|name| !name.is_empty())
    }

    /// A name for it until somebody has a better one.
    #[must_use]
    pub fn proposed_name(&self) -> &str {
        &self.proposed
    }
}

fn table_flaw(board: &Board) -> Option<String> {
    let holds = board.holds.as_ref().filter(|holds| !holds.is_blank)?;
    let error = holds.table.as_ref().err()?;
    Some(format!("Its partitions cannot be shown: {error}. A table at another place cannot be found."))
}

/// Bootloader, table and partitions, as they lie in flash.
fn rows(board: &Board) -> Vec<PlaceRow> {
    let Some(holds) = &board.holds else { return Vec::new() };
    let row = |name: &str, offset, size, now: String| PlaceRow {
        name: name.to_owned(),
        offset,
        size,
        now,
        fate: None,
        after: String::new(),
    };
    let mut rows = Vec::new();
    if let Some(bootloader) = &holds.bootloader {
        let offset = crate::usb::board::boot_offset(board.chip()).unwrap_or(0);
        rows.push(row("Bootloader", offset, bootloader.size, bootloader_version(bootloader)));
    }
    if let Ok(table) = &holds.table {
        let count = format!("{} partitions", table.partitions.len());
        rows.push(row("Partition table", TABLE.0, TABLE.1, count));
        let mut partitions: Vec<_> = table.partitions.iter().collect();
        partitions.sort_by_key(|partition| partition.offset);
        rows.extend(partitions.into_iter().map(|partition| {
            row(&printable(&partition.label), partition.offset, partition.size, holding(board, partition))
        }));
    }
    rows
}

/// A flash with nothing in it.
fn blank(board: &Board) -> Span {
    let name = "blank".to_owned();
    Span { offset: 0, size: board.identity.flash_size, name, about: String::new(), fill: Fill::Empty }
}

fn span(row: &PlaceRow) -> Span {
    let empty = row.now == "Empty";
    let about = if empty { "empty".to_owned() } else { row.now.clone() };
    let fill = if empty { Fill::Empty } else { Fill::Kept };
    Span { offset: row.offset, size: row.size, name: row.name.clone(), about, fill }
}

/// What is in a partition.
#[must_use]
pub fn holding(board: &Board, partition: &Partition) -> String {
    let Some(holds) = &board.holds else { return String::new() };
    if let Some(slot) = holds.slots.iter().find(|slot| slot.partition == *partition) {
        return contents(slot);
    }
    let keys = holds.settings.iter().filter(|setting| setting.partition == partition.label).count();
    match () {
        () if partition.is_nvs() && keys == 1 => "1 key".to_owned(),
        () if partition.is_nvs() && keys > 0 => format!("{keys} keys"),
        () if partition.is_nvs() => "Empty".to_owned(),
        () if partition.is_phy() => "Radio calibration".to_owned(),
        () if partition.is_otadata() => match board.boots() {
            Some(slot) => format!("Boots {}", printable(&slot.partition.label)),
            None => "What boots".to_owned(),
        },
        () => {
            let kind = partition.kind_in_words();
            kind.split(", ").last().map_or_else(String::new, |kind| format!("Data, {kind}"))
        }
    }
}

fn contents(slot: &Slot) -> String {
    match &slot.contents {
        Contents::Empty => "Empty".to_owned(),
        Contents::NoImage(_) => "No image".to_owned(),
        Contents::Image(held) => format!("{} {}", printable(&held.project), printable(&held.version)),
    }
}

fn slots(boots: Option<usize>, slots: &[Slot]) -> impl Iterator<Item = SlotRow> {
    slots.iter().enumerate().filter_map(move |(place, slot)| {
        Some(SlotRow {
            number: slot.partition.slot()?,
            holds: contents(slot),
            state: slot.state.map(state_words),
            boots: boots == Some(place),
            can_boot: slot.image().is_some(),
        })
    })
}

const fn state_words(state: State) -> (Look, &'static str) {
    match state {
        State::Valid => (Look::Valid, "Valid"),
        State::New => (Look::Pending, "Before its first boot"),
        State::PendingVerify | State::Validating => (Look::Pending, "Pending validation"),
        State::Invalid => (Look::RolledBack, "Invalid, never boots"),
        State::Aborted | State::Aborting => (Look::RolledBack, "Aborted, never boots"),
        State::Undefined | State::Odd => (Look::Grey(Grey::Waiting), "Not tracked"),
    }
}

fn setting(setting: &Setting) -> SettingRow {
    SettingRow {
        namespace: printable(&setting.namespace),
        key: printable(&setting.key),
        kind: setting.kind,
        value: match &setting.value {
            Shown::Value(value) => Some(printable(value)),
            Shown::Bytes(1) => Some("1 byte".to_owned()),
            Shown::Bytes(count) => Some(format!("{count} bytes")),
            Shown::Unreadable => Some("cannot be read".to_owned()),
            Shown::Hidden => None,
        },
    }
}

fn settings_remark(board: &Board) -> String {
    let settings: &[Setting] = board.holds.as_ref().map_or(&[], |holds| &holds.settings);
    let mut partitions: Vec<&str> = settings.iter().map(|setting| setting.partition.as_str()).collect();
    partitions.dedup();
    let keys = if settings.len() == 1 { "1 key".to_owned() } else { format!("{} keys", settings.len()) };
    format!("{}, {keys}", printable(&partitions.join(", ")))
}

/// `4 KiB`, for a cell of a table.
#[must_use]
pub fn cell_size(bytes: u32) -> String {
    size(u64::from(bytes))
}
