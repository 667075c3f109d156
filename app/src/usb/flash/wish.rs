//! What of a board is to become new.

use std::path::Path;

use super::Refusal;
use crate::image::read_bounded;
use crate::usb::board::Table;

/// No partition table, and no bootloader, is longer.
const MAX_FILE: u64 = 1 << 20;
/// The first byte of a binary partition table.
const MAGIC: u8 = 0xAA;

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// How much is written.
    pub scope: Scope,
    /// The partition table.
    pub table: TableWish,
    /// The bootloader.
    pub bootloader: BootloaderWish,
}

/// How much is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Bootloader, table, app and what boots.
    #[default]
    Everything,
    /// The app, and what boots; bootloader and table stay.
    AppOnly,
}

/// Which partition table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TableWish {
    /// The one that the firmware brings along, else Skylift's for the size of the flash.
    #[default]
    Fitting,
    /// The board's own.
    Keep,
    /// This one.
    Given(Table),
}

/// Which bootloader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BootloaderWish {
    /// The one that the firmware brings along, else espflash's, which does not roll back.
    #[default]
    Fitting,
    /// This one.
    Given {
        /// Its bytes.
        bytes: Vec<u8>,
        /// Its owner says that it rolls back.
        rolls_back: bool,
    },
}

impl TableWish {
    /// The table in a file: CSV as ESP-IDF has them, or binary.
    ///
    /// # Errors
    /// It cannot be read, or is none.
    pub fn read(path: &Path) -> Result<Self, Refusal> {
        let bytes = read(path)?;
        let table = match bytes.first() {
            Some(&MAGIC) => Table::from_bytes(&bytes).map_err(|error| error.to_string()),
            _ => match String::from_utf8(bytes) {
                Ok(csv) => Table::from_csv(&csv),
                Err(error) => Err(error.to_string()),
            },
        };
        table.map(Self::Given).map_err(|problem| Refusal::NotATable { path: path.to_owned(), problem })
    }
}

impl BootloaderWish {
    /// The bootloader in a file; whether it rolls back, its owner says.
    ///
    /// # Errors
    /// It cannot be read. Whether it is one, a plan tells.
    pub fn read(path: &Path, rolls_back: bool) -> Result<Self, Refusal> {
        read(path).map(|bytes| Self::Given { bytes, rolls_back })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Refusal> {
    read_bounded(path, MAX_FILE)
        .map_err(|error| Refusal::Unreadable { path: path.to_owned(), problem: error.to_string() })
}
