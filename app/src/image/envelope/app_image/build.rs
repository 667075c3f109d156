//! Building the extension of an app image: programs relocated to where they will lie, and the configuration.

use super::AppImageError;
use super::extension::{CHECK, FLAGS, HAS_ASSETS, HEAD, MAGIC, PLACE, SYSTEM};
use crate::image::MAX_FILE_BYTES;
use crate::image::envelope::Uuid;
use crate::image::envelope::relocatable::Relocatable;

/// The chips map flash in pages of 64 KiB: as long as the extension is whole pages, what follows stays where it was
/// within its own.
const MMU_PAGE: usize = 64 * 1024;

/// Bytes that a configuration may grow to without moving anything.
const CONFIG_ROOM: usize = 1024;

/// Words are 4 bytes on every chip.
const WORD: usize = 4;

/// A relocatable image has a word of masks for each 128 bytes.
const CHUNK: usize = 132;
const CHUNK_DATA: usize = 128;

/// A program to be put into an app image.
pub struct Program {
    /// Its image.
    pub image: Relocatable,
    /// Bit 0: runs at boot. Bit 1: is critical.
    pub flags: u8,
    /// Its assets, encoded.
    pub assets: Option<Vec<u8>>,
}

/// An extension that was built.
pub struct Built {
    /// Its bytes: whole pages of 64 KiB.
    pub bytes: Vec<u8>,
    /// How many of them the table and the programs take.
    pub used: usize,
}

/// Builds the extension that begins at `table` in the chip's address space.
///
/// # Errors
/// It goes beyond what a chip can address, or beyond what any slot holds.
pub fn build_extension(
    programs: &[Program],
    config: &[u8],
    system: &Uuid,
    table: u32,
) -> Result<Built, AppImageError> {
    let mut bytes = vec![0; HEAD];
    let mut images = Vec::new();
    let first = HEAD + PLACE * programs.len();
    for program in programs {
        let base = address(table, first + images.len())?;
        put(&mut bytes, base);
        put(&mut bytes, mask_bytes(program.image.as_bytes().len()));
        images.append(&mut program.relocated(u64::from(base), system)?);
    }
    bytes.append(&mut images);
    let used = bytes.len();
    put(&mut bytes, length(config.len())?);
    bytes.extend_from_slice(config);
    let len = bytes.len() + CONFIG_ROOM.saturating_sub(config.len());
    bytes.resize(len.next_multiple_of(MMU_PAGE), 0);
    address(table, bytes.len())?;
    let head = head(length(used)?, length(bytes.len() - used)?, length(programs.len())?);
    bytes.iter_mut().zip(head.iter().flat_map(|word| word.to_le_bytes())).for_each(|(byte, new)| *byte = new);
    Ok(Built { bytes, used })
}

impl Program {
    /// The program as it lies at an address: flags and system in its head, its assets behind it.
    ///
    /// # Errors
    /// Its assets are larger than any slot.
    pub(in crate::image::envelope) fn relocated(
        &self,
        base: u64,
        system: &Uuid,
    ) -> Result<Vec<u8>, AppImageError> {
        let mut image = self.image.relocate(base);
        pad(&mut image);
        if let Some(flags) = image.get_mut(FLAGS) {
            *flags = self.flags | if self.assets.is_some() { HAS_ASSETS } else { 0 };
        }
        if let Some(uuid) = image.get_mut(SYSTEM..SYSTEM + 16) {
            uuid.copy_from_slice(&system.0);
        }
        if let Some(assets) = &self.assets {
            put(&mut image, length(assets.len())?);
            image.extend_from_slice(assets);
            pad(&mut image);
        }
        Ok(image)
    }
}

/// The five words. The last one makes them come to the same in every extension.
fn head(used: u32, free: u32, count: u32) -> [u32; 5] {
    [MAGIC, used, free, count, CHECK ^ MAGIC ^ used ^ free ^ count]
}

/// What Toit's tool writes where one would expect the size of the program: how many bytes its masks take. Programs
/// are found without it.
fn mask_bytes(len: usize) -> u32 {
    // Toit takes the low 32 bits, too.
    len.wrapping_sub(len.div_ceil(CHUNK) * CHUNK_DATA) as u32
}

fn address(table: u32, at: usize) -> Result<u32, AppImageError> {
    table.checked_add(length(at)?).ok_or(AppImageError::BeyondAddresses)
}

fn length(len: usize) -> Result<u32, AppImageError> {
    let within = Some(len).filter(|len| *len <= MAX_FILE_BYTES);
    within.and_then(|len| u32::try_from(len).ok()).ok_or(AppImageError::TooLarge { len })
}

fn put(bytes: &mut Vec<u8>, word: u32) {
    bytes.extend_from_slice(&word.to_le_bytes());
}

fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(WORD), 0);
}
