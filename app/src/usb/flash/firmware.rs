//! What is to run on a board, and what comes with it: an app alone, or a whole build.

use std::path::Path;

use skylift_protocol::Chip;
use skylift_updater::SECTOR;
use skylift_updater::partition::{TABLE_MAX, TABLE_OFFSET};

use super::{Refusal, idf_folder};
use crate::image::build::{BuildError, Built, Source, assemble};
use crate::image::bundled::BundledFirmware;
use crate::image::library::Elf;
use crate::image::{Image, read_bounded};
use crate::usb::board::{Table, boot_offset};

/// The largest flash of the family.
const MAX_FLASH: u64 = 32 << 20;

/// What is to run, and what comes with it.
#[derive(Clone, Debug)]
pub struct Firmware {
    /// The app, judged.
    pub app: Image,
    /// The ELF that belongs to it.
    pub elf: Option<Elf>,
    /// What it was made from, for "made from ...".
    pub from: String,
    /// What comes with it.
    pub brought: Brought,
}

/// What a whole build brings besides its app.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brought {
    /// Its bootloader.
    pub bootloader: Option<Vec<u8>>,
    /// Its partition table.
    pub table: Option<Table>,
    /// Where its app goes.
    pub app_at: Option<u32>,
    /// What else goes into the flash.
    pub pieces: Vec<Piece>,
}

/// Something that goes to a place of the flash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where.
    pub offset: u32,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it is called.
    pub what: String,
}

impl Firmware {
    /// The firmware that comes with Skylift.
    ///
    /// # Errors
    /// There is none for this chip.
    pub fn bundled(chip: Chip) -> Result<Self, Refusal> {
        let firmware = BundledFirmware::of(chip).ok_or(Refusal::NotBundled(chip))?;
        let app = firmware.image().map_err(|_| Refusal::NotBundled(chip))?;
        Ok(Self::app(app, format!("the firmware of Skylift for the {chip}")))
    }

    /// An app alone.
    #[must_use]
    pub fn app(app: Image, from: String) -> Self {
        Self { app, elf: None, from, brought: Brought::default() }
    }

    /// What `skylift build` made, or Cargo.
    #[must_use]
    pub fn built(built: Built) -> Self {
        Self { app: built.image, elf: built.elf, from: built.from, brought: Brought::default() }
    }

    /// Opens an app image, an ELF, a merged image, or a build folder of ESP-IDF. No Cargo project: that is compiled first.
    ///
    /// # Errors
    /// It is none, or nothing would boot it.
    pub fn open(path: &Path, chip: Option<Chip>) -> Result<Self, BuildError> {
        let source = Source::recognise(path)?;
        let firmware = Self::built(assemble(source.clone(), chip)?);
        let brought = match &source {
            Source::EspIdf(folder) => idf_folder::brought(folder)?,
            Source::Merged(path) => in_merged(path, &firmware.app)?,
            _ => Brought::default(),
        };
        Ok(Self { brought, ..firmware })
    }
}

/// What of a merged image is not its app: bootloader, table, and all partitions that hold something. otadata is not
/// among them: it is written fresh.
fn in_merged(path: &Path, app: &Image) -> Result<Brought, BuildError> {
    let unreadable = |error| BuildError::Unreadable { path: path.to_owned(), error };
    let bytes = read_bounded(path, MAX_FLASH).map_err(unreadable)?;
    let part = |offset: u32, size: u32| {
        let start = (offset as usize).min(bytes.len());
        bytes.get(start..(start + size as usize).min(bytes.len())).unwrap_or_default()
    };
    let table = Table::from_bytes(part(TABLE_OFFSET, TABLE_MAX));
    let table = table.map_err(|error| BuildError::Table { path: path.to_owned(), error })?;
    let boot = boot_offset(app.chip).unwrap_or(0);
    let bootloader = Some(trimmed(part(boot, TABLE_OFFSET - boot))).filter(|it| !it.is_empty());
    let mut brought = Brought { bootloader, ..Brought::default() };
    for partition in &table.partitions {
        let held = part(partition.offset, partition.size);
        if brought.app_at.is_none() && partition.is_app() && held.starts_with(&app.bytes) {
            brought.app_at = Some(partition.offset);
        } else if !partition.is_otadata() && !trimmed(held).is_empty() {
            let piece =
                Piece { offset: partition.offset, bytes: trimmed(held), what: partition.label.clone() };
            brought.pieces.push(piece);
        }
    }
    Ok(Brought { table: Some(table), ..brought })
}

/// Without the erased sectors at its end.
fn trimmed(bytes: &[u8]) -> Vec<u8> {
    let used = bytes.iter().rposition(|&byte| byte != 0xFF).map_or(0, |last| last + 1);
    let end = used.next_multiple_of(SECTOR as usize).min(bytes.len());
    bytes.get(..end).unwrap_or(bytes).to_vec()
}
