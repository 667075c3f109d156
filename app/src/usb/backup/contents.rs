//! What the bytes of a flash hold: partitions, and the images in its slots.

use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use skylift_protocol::Digest;
use skylift_updater::Region;
use skylift_updater::image::{HEAD_LEN, ImageHead, ImageScan};
use skylift_updater::otadata::{OtaData, State};
use skylift_updater::partition::{Entry, Layout, TABLE_OFFSET, TableError, for_each_entry};

use super::about::Held;
use crate::image::Dump;
use crate::usb::wire::{PIECE, PieceMd5};

/// `type` of an app partition; `subtype` of the factory app, and of the first OTA slot.
pub(super) const APP: u8 = 0;
const FACTORY: u8 = 0x00;
const OTA_0: u8 = 0x10;
/// Bytes of an entry of the table, and where its flags are.
const ENTRY: u32 = 32;
const FLAGS_AT: u32 = 28;

/// A partition, as the table has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    /// Its label; what cannot be written in a line of text is `?`.
    pub name: String,
    /// Its type: 0 is app, 1 is data.
    #[serde(rename = "type")]
    pub kind: u8,
    /// Its subtype.
    pub subtype: u8,
    /// Where it begins, in bytes.
    pub offset: u32,
    /// How many bytes it has.
    pub size: u32,
    /// Bit 0: encrypted; bit 1: read-only.
    pub flags: u32,
}

/// What an app partition holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// The partition.
    pub partition: String,
    /// The image in it; `None` if it holds none.
    pub image: Option<Image>,
    /// Its state in otadata: `valid`, `new`, ..; `None` if otadata does not name it.
    pub state: Option<String>,
    /// otadata, or the lack of it, chooses this one.
    pub chosen: bool,
}

/// An image in a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// The project in its app descriptor.
    pub project: String,
    /// The version in its app descriptor.
    pub version: String,
    /// It is complete and undamaged.
    pub whole: bool,
}

impl Partition {
    /// Where it is in the flash.
    #[must_use]
    pub const fn region(&self) -> Region {
        Region { offset: self.offset, size: self.size }
    }

    fn new(entry: &Entry, flags: u32) -> Self {
        let Region { offset, size } = entry.region;
        Self { name: label(entry.label()), kind: entry.kind, subtype: entry.subtype, offset, size, flags }
    }
}

impl Held {
    /// Looks through a whole flash.
    pub(super) fn new(flash: &[u8]) -> Self {
        let partitions = partitions(flash).unwrap_or_default();
        Self {
            flash_size: u32::try_from(flash.len()).unwrap_or(u32::MAX),
            sha256: Digest(Sha256::digest(flash).into()),
            slots: slots(flash, &partitions),
            partitions,
            pieces_md5: flash.chunks(PIECE as usize).map(|piece| hex(&Md5::digest(piece).into())).collect(),
        }
    }
}

/// The MD5 of a piece as it is written.
pub(super) fn hex(md5: &PieceMd5) -> String {
    format!("{:032x}", u128::from_be_bytes(*md5))
}

/// The partitions of a flash, or of its beginning.
pub(super) fn partitions(flash: &[u8]) -> Result<Vec<Partition>, TableError> {
    let mut partitions = Vec::new();
    for_each_entry(&mut Dump(flash), |entry| {
        let nth = u32::try_from(partitions.len()).unwrap_or(u32::MAX);
        let at = TABLE_OFFSET.saturating_add(nth.saturating_mul(ENTRY)).saturating_add(FLAGS_AT) as usize;
        let flags =
            flash.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |raw| u32::from_le_bytes(*raw));
        partitions.push(Partition::new(entry, flags));
    })?;
    Ok(partitions)
}

/// Where otadata is, if the flash has an update's layout.
pub(super) fn otadata(flash: &[u8]) -> Option<Region> {
    Layout::read(&mut Dump(flash)).ok().map(|layout| layout.otadata)
}

fn slots(flash: &[u8], partitions: &[Partition]) -> Vec<Slot> {
    let choice = Choice::read(flash, partitions);
    let apps = partitions.iter().filter(|partition| partition.kind == APP);
    apps.map(|app| Slot {
        partition: app.name.clone(),
        image: part(flash, app.region()).and_then(image),
        state: choice.state(app.subtype),
        chosen: choice.chosen == Some(app.subtype),
    })
    .collect()
}

/// The bytes of a region; `None` if it is not all in the flash.
pub(super) fn part(flash: &[u8], region: Region) -> Option<&[u8]> {
    flash.get(region.offset as usize..)?.get(..region.size as usize)
}

fn image(slot: &[u8]) -> Option<Image> {
    let head = ImageHead::parse(slot.first_chunk::<HEAD_LEN>()?).ok()?;
    let mut scan = ImageScan::new();
    let whole = scan.push(slot).is_ok() && scan.is_complete();
    let descriptor = head.descriptor;
    let (project, version) = (descriptor.project.as_str(), descriptor.version.as_str());
    Some(Image { project: project.to_owned(), version: version.to_owned(), whole })
}

/// What otadata makes of the slots, by their subtypes.
struct Choice {
    chosen: Option<u8>,
    states: Vec<(u8, &'static str)>,
}

impl Choice {
    fn read(flash: &[u8], partitions: &[Partition]) -> Self {
        let factory = partitions.iter().any(|it| (it.kind, it.subtype) == (APP, FACTORY)).then_some(FACTORY);
        let none = Self { chosen: factory, states: Vec::new() };
        let dump = &mut Dump(flash);
        let Ok(layout) = Layout::read(dump) else { return none };
        let Ok(ota) = OtaData::read(dump, &layout) else { return none };
        let subtype = |slot: u8| OTA_0.saturating_add(slot);
        let active = ota.active().map(|copy| subtype(ota.entry(copy).slot(&layout)));
        // Where neither entry counts, bootloaders take the factory app, or else the first slot.
        let chosen = active.or(factory).or(Some(OTA_0));
        let numbers = 0..u8::try_from(layout.slots.len()).unwrap_or(u8::MAX);
        let states = numbers
            .filter_map(|slot| Some((subtype(slot), word(ota.entry(ota.naming(&layout, slot)?).state()))));
        Self { chosen, states: states.collect() }
    }

    fn state(&self, subtype: u8) -> Option<String> {
        let found = self.states.iter().find(|(of, _)| *of == subtype);
        found.map(|(_, word)| (*word).to_owned())
    }
}

const fn word(state: State) -> &'static str {
    match state {
        State::New => "new",
        State::PendingVerify => "pending-verify",
        State::Valid => "valid",
        State::Invalid => "invalid",
        State::Aborted => "aborted",
        State::Undefined => "undefined",
        State::Validating => "validating",
        State::Aborting => "aborting",
        State::Odd => "odd",
    }
}

/// Labels are bytes; these go into a line of CSV, and onto a terminal.
fn label(bytes: &[u8]) -> String {
    let shown = |&byte: &u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'-' | b'.' | b' ' => char::from(byte),
        _ => '?',
    };
    bytes.iter().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use skylift_simulator::demo_image::DemoImage;
    use skylift_simulator::layout;
    use skylift_simulator::layout::{
        APP as APP_KIND, DATA, FACTORY as FACTORY_APP, NVS, Partition as Row, partition_table,
    };

    use super::*;

    /// A flash of 1 MiB with this table, and an image where the first app partition is.
    fn flash(table: &[Row]) -> Vec<u8> {
        let mut flash = vec![0xFF; 1 << 20];
        let bytes = partition_table(table).unwrap();
        flash[0x8000..0x8000 + bytes.len()].copy_from_slice(&bytes);
        if let Some(app) = table.iter().find(|row| row.kind == APP_KIND) {
            let image = DemoImage { size: 64 << 10, ..DemoImage::default() }.build().unwrap();
            let at = app.offset as usize;
            flash[at..at + image.len()].copy_from_slice(&image);
        }
        flash
    }

    #[test]
    fn a_flash_without_a_table_holds_nothing_that_is_known() {
        for flash in [vec![0xFF; 1 << 20], vec![0; 4096], Vec::new()] {
            let held = Held::new(&flash);
            assert!(held.partitions.is_empty() && held.slots.is_empty());
            assert_eq!(held.pieces_md5.len(), flash.len().div_ceil(PIECE as usize));
        }
    }

    #[test]
    fn without_otadata_the_factory_app_is_chosen() {
        let rows = [
            Row::new("nvs", DATA, NVS, 0x9000, 0x4000),
            Row::new("factory", APP_KIND, FACTORY_APP, 0x1_0000, 0x4_0000),
        ];
        let held = Held::new(&flash(&rows));
        let [slot] = held.slots.as_slice() else { panic!("{:?}", held.slots) };
        assert!(slot.chosen && slot.state.is_none() && slot.image.as_ref().unwrap().whole, "{slot:?}");
    }

    #[test]
    fn a_damaged_image_is_held_and_not_whole() {
        let mut flash = flash(&layout::table_with(2, 0x4_0000));
        flash[0x1_8000] ^= 1;
        let held = Held::new(&flash);
        assert!(!held.slots[0].image.as_ref().unwrap().whole);
        assert!(held.slots[0].chosen && !held.slots[1].chosen);
    }

    #[test]
    fn labels_cannot_break_a_line() {
        assert_eq!(label(b"nvs\n, data\x1b[2J\xFF"), "nvs?? data??2J?");
    }
}
