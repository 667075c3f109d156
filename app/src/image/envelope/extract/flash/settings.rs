//! Where bootloader and partition table lie in flash, and how large it is: what the envelope says of flashing.
//!
//! Format: `flasher_args.json`, which ESP-IDF's build writes.

use super::super::{ExtractError, FLASHING};
use crate::image::envelope::{Envelope, EnvelopeError, json};

/// The largest flash that an image header can name.
pub(super) const MAX_MIB: u64 = 128;

/// What is needed of it.
pub(super) struct Settings {
    /// Size of the flash in MiB, 1 to 128.
    pub mib: u64,
    pub bootloader: u32,
    pub table: u32,
}

impl Settings {
    pub fn read(envelope: &Envelope) -> Result<Self, ExtractError> {
        let bytes = envelope.entry(FLASHING).ok_or(ExtractError::NoPart(FLASHING))?;
        let all =
            json::decode(bytes).map_err(|why| EnvelopeError::Damaged { part: FLASHING.to_owned(), why })?;
        let text = |of: &str, key: &str| all.get(of)?.get(key)?.as_text();
        let mib = text("flash_settings", "flash_size").and_then(|text| text.strip_suffix("MB")?.parse().ok());
        let mib = mib.filter(|mib| (1..=MAX_MIB).contains(mib));
        let offset = |of: &str| u32::from_str_radix(text(of, "offset")?.strip_prefix("0x")?, 16).ok();
        Ok(Self {
            mib: mib.ok_or(ExtractError::Flashing("the size of the flash, 1MB to 128MB"))?,
            bootloader: offset("bootloader").ok_or(ExtractError::Flashing("where the bootloader lies"))?,
            table: offset("partition-table")
                .ok_or(ExtractError::Flashing("where the partition table lies"))?,
        })
    }
}

/// The smallest flash, in MiB as a power of two, that holds so many bytes; none if there is no such flash.
pub(super) fn covering(bytes: u64) -> Option<u8> {
    (0..=7).find(|log2| bytes <= 1 << (20 + log2))
}
