//! All of the flash in one file: bootloader, partition table, otadata, firmware, and what the user puts beside them.

mod csv;
mod partitions;
mod settings;
mod table;
#[cfg(test)]
mod tests;

pub(super) use table::Table;

pub use partitions::{Content, PartitionContent, Partitions};

use super::{BOOTLOADER, Config, ExtractError, Firmware, OTADATA, PARTITIONS, Warning};
use crate::image::envelope::{Envelope, app_image};
use settings::Settings;

const MIB: u64 = 1 << 20;

/// What lies where, in the order in which it is written.
#[derive(Default)]
struct Pieces {
    pieces: Vec<Piece>,
    warnings: Vec<Warning>,
}

struct Piece {
    /// What it is, for people; the partition's name where it is the user's.
    what: String,
    offset: u32,
    bytes: Vec<u8>,
}

/// The flash as a file.
pub(super) fn image(
    envelope: &Envelope,
    config: &Config,
    partitions: &Partitions,
) -> Result<(Vec<u8>, Vec<Warning>), ExtractError> {
    let part = |name| envelope.entry(name).ok_or(ExtractError::NoPart(name));
    let firmware = Firmware::extract(envelope, config)?;
    let mut settings = Settings::read(envelope)?;
    let table = match &partitions.table {
        Some(table) => table,
        None => part(PARTITIONS)?,
    };
    let mut table = Table::decode(table).map_err(ExtractError::Table)?;
    let mut pieces = Pieces::default();
    for (partition, content) in partitions.placed(&mut table)? {
        pieces.put(partition.name, partition.offset, content);
    }
    let bootloader = bootloader(part(BOOTLOADER)?, &table, &mut settings)?;
    pieces.fill("the bootloader", settings.bootloader, bootloader);
    pieces.fill("the partition table", settings.table, table.encode());
    let otadata = table.otadata().ok_or(missing("otadata"))?;
    pieces.fill("otadata", otadata.offset, part(OTADATA)?.to_vec());
    let app = table.app().ok_or(missing("partition for an app"))?;
    let bytes = firmware.into_bytes();
    if bytes.len() > app.size as usize {
        return Err(ExtractError::Slot { len: bytes.len(), name: app.name.clone(), size: app.size });
    }
    pieces.fill("the firmware", app.offset, bytes);
    Ok((pieces.written(settings.mib)?, pieces.warnings))
}

fn missing(what: &str) -> ExtractError {
    ExtractError::Table(format!("it has no {what}"))
}

/// The bootloader, with a larger flash in its header if the table needs one: it would refuse the table otherwise.
fn bootloader(bytes: &[u8], table: &Table, settings: &mut Settings) -> Result<Vec<u8>, ExtractError> {
    let log2 = settings::covering(table.end()).ok_or_else(|| ExtractError::FlashTooSmall {
        what: "the partition table".to_owned(),
        end: table.end(),
        mib: settings::MAX_MIB,
    })?;
    let needed = 1 << log2;
    if needed <= settings.mib {
        return Ok(bytes.to_vec());
    }
    settings.mib = needed;
    Ok(app_image::with_flash_size(bytes, log2)?)
}

impl Pieces {
    /// Puts a piece in place of the one that begins where it does, or last.
    fn put(&mut self, what: String, offset: u32, bytes: Vec<u8>) {
        let piece = Piece { what, offset, bytes };
        match self.pieces.iter_mut().find(|known| known.offset == offset) {
            Some(known) => {
                let old = std::mem::replace(known, piece);
                self.warnings.push(Warning::ContentNotUsed(old.what));
            }
            None => self.pieces.push(piece),
        }
    }

    /// The same with what the envelope has.
    fn fill(&mut self, what: &str, offset: u32, bytes: Vec<u8>) {
        self.put(what.to_owned(), offset, bytes);
    }

    fn written(&self, mib: u64) -> Result<Vec<u8>, ExtractError> {
        let beyond = |piece: &Piece| ExtractError::FlashTooSmall {
            what: piece.what.clone(),
            end: u64::from(piece.offset) + piece.bytes.len() as u64,
            mib,
        };
        let size = usize::try_from(mib * MIB).unwrap_or(usize::MAX);
        // All are looked at before the flash is allocated.
        for piece in &self.pieces {
            if u64::from(piece.offset) + piece.bytes.len() as u64 > mib * MIB {
                return Err(beyond(piece));
            }
        }
        let mut flash = vec![0; size];
        for piece in &self.pieces {
            let at = piece.offset as usize;
            let place = flash.get_mut(at..at + piece.bytes.len()).ok_or_else(|| beyond(piece))?;
            place.copy_from_slice(&piece.bytes);
        }
        Ok(flash)
    }
}
