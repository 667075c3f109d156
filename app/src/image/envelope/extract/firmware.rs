//! The firmware for a chip: the envelope's app image with the containers in it. What a device takes as an update.

use super::flash::Table;
use super::{Config, ExtractError, FIRMWARE, PARTITIONS, Part, Warning, containers, part};
use crate::image::envelope::app_image::{AppImage, build_extension};
use crate::image::envelope::{Envelope, EnvelopeError, Kind};

/// A firmware that was made of an envelope. It has no `Debug`: WiFi passwords may be in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Firmware {
    bytes: Vec<u8>,
    parts: Vec<Part>,
    chip: &'static str,
    /// Bytes of the smallest slot that devices have, as far as the envelope says it.
    slot: u32,
}

impl Envelope {
    /// The chip it is for, as ESP-IDF calls it, such as `esp32c3`; `None` if it is for a computer, or its firmware is
    /// none that Toit knows.
    #[must_use]
    pub fn chip(&self) -> Option<&'static str> {
        AppImage::parse(self.entry(FIRMWARE)?).ok().map(|image| image.chip())
    }
}

impl Firmware {
    /// Makes the firmware of an envelope for a chip.
    ///
    /// # Errors
    /// The envelope is for a computer, has no firmware or a damaged one, or has a container that cannot be used.
    pub fn extract(envelope: &Envelope, config: &Config) -> Result<Self, ExtractError> {
        if envelope.kind() == Kind::Host {
            return Err(ExtractError::Host);
        }
        let firmware = envelope.entry(FIRMWARE).ok_or(EnvelopeError::Missing(FIRMWARE))?;
        let mut image = AppImage::parse(firmware)?;
        let system = containers::system_uuid(envelope)?;
        let programs = containers::assemble(envelope)?;
        let before = image.drom_offset() + image.drom().len();
        let extension = build_extension(&programs, config.as_bytes(), &system, image.end_of_drom()?)?;
        image.extend(&system, &extension.bytes)?;
        let bytes = image.to_bytes();
        let borders = [
            0,
            before,
            before + extension.used,
            before + extension.bytes.len(),
            bytes.len() - image.tail_len(),
            bytes.len(),
        ];
        let parts = part::between(&["binary", "images", "config", "binary", "checksum"], &borders);
        let slot = smallest_slot(envelope).unwrap_or(image.usual_slot());
        Ok(Self { bytes, parts, chip: image.chip(), slot })
    }

    /// The app image: what `--format=binary` is, and what a device takes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The app image itself.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The parts, in their order. They cover all bytes.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The chip it is for, as ESP-IDF calls it.
    #[must_use]
    pub const fn chip(&self) -> &'static str {
        self.chip
    }

    /// The app image with the places of its parts: what `--format=ubjson` is.
    #[must_use]
    pub fn to_ubjson(&self) -> Vec<u8> {
        part::to_ubjson(&self.parts, &self.bytes)
    }

    /// What its user should know: that it does not fit the slots that devices have.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        let larger = self.bytes.len() > self.slot as usize;
        let warning = Warning::LargerThanSlot { len: self.bytes.len(), slot: self.slot };
        larger.then_some(warning).into_iter().collect()
    }
}

/// Of the envelope's own partition table, if it has one that can be read.
fn smallest_slot(envelope: &Envelope) -> Option<u32> {
    Table::decode(envelope.entry(PARTITIONS)?).ok()?.smallest_slot()
}
