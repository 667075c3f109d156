//! What can be made of an envelope: the firmware with the containers in it, as Toit's tool extracts it.

mod config;
mod containers;
mod error;
mod firmware;
mod flash;
mod host;
mod part;
mod warning;

pub(super) use host::RUN_IMAGE;

pub use config::Config;
pub use error::ExtractError;
pub use firmware::Firmware;
pub use flash::{Content, PartitionContent, Partitions};
pub use host::HostFirmware;
pub use part::Part;
pub use warning::Warning;

use super::Envelope;
use super::file::Kind;

/// The entry that holds the app image without containers.
pub(super) const FIRMWARE: &str = "$firmware.bin";
/// Other entries of an envelope for a chip, which need not be there.
pub(super) const ELF: &str = "$firmware.elf";
pub(super) const BOOTLOADER: &str = "$bootloader.bin";
pub(super) const PARTITIONS: &str = "$partitions.bin";
pub(super) const OTADATA: &str = "$otadata.bin";
pub(super) const FLASHING: &str = "$flashing.json";

/// What is made of an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The firmware that a device takes as an update.
    Binary,
    /// The program before it was made into an image, for debuggers.
    Elf,
    /// The firmware with the places of its parts.
    Ubjson,
    /// All of the flash, from its first byte.
    Image,
    /// The same, by its old name.
    Qemu,
}

/// What was made. It has no `Debug`: WiFi passwords may be in it.
pub struct Extracted {
    /// The content of the file.
    pub bytes: Vec<u8>,
    /// What its user should know.
    pub warnings: Vec<Warning>,
    /// Whether a password or a configuration is in it, so that the file is its owner's alone.
    pub private: bool,
}

/// Makes a file of an envelope.
///
/// # Errors
/// The envelope or one of its parts cannot be used, its kind does not have this format, or the partitions given do not
/// fit.
pub fn extract(
    envelope: &Envelope,
    format: Format,
    config: &Config,
    partitions: &Partitions,
) -> Result<Extracted, ExtractError> {
    if !partitions.is_default() && (format != Format::Image || envelope.kind() != Kind::Esp32) {
        return Err(ExtractError::PartitionsNotUsed);
    }
    let (bytes, warnings) = match envelope.kind() {
        Kind::Esp32 => for_chip(envelope, format, config, partitions)?,
        Kind::Host => (for_host(envelope, format, config)?, Vec::new()),
    };
    let private = format != Format::Elf && (envelope.holds_password() || !config.as_bytes().is_empty());
    Ok(Extracted { bytes, warnings, private })
}

fn for_chip(
    envelope: &Envelope,
    format: Format,
    config: &Config,
    partitions: &Partitions,
) -> Result<(Vec<u8>, Vec<Warning>), ExtractError> {
    match format {
        Format::Elf => {
            let elf = envelope.entry(ELF).ok_or(ExtractError::NoPart(ELF))?;
            let unused = (!config.as_bytes().is_empty()).then_some(Warning::ConfigNotUsed);
            Ok((elf.to_vec(), unused.into_iter().collect()))
        }
        Format::Binary | Format::Ubjson => {
            let firmware = Firmware::extract(envelope, config)?;
            let warnings = firmware.warnings();
            let bytes = if format == Format::Binary { firmware.into_bytes() } else { firmware.to_ubjson() };
            Ok((bytes, warnings))
        }
        Format::Image => flash::image(envelope, config, partitions),
        Format::Qemu => {
            let (bytes, mut warnings) = flash::image(envelope, config, partitions)?;
            warnings.insert(0, Warning::OldName);
            Ok((bytes, warnings))
        }
    }
}

fn for_host(envelope: &Envelope, format: Format, config: &Config) -> Result<Vec<u8>, ExtractError> {
    let refused = |format| ExtractError::Format { format, of: "a computer" };
    match format {
        Format::Binary => Ok(HostFirmware::extract(envelope, config)?.into_bytes()),
        Format::Ubjson => Ok(HostFirmware::extract(envelope, config)?.to_ubjson()),
        Format::Elf => Err(refused("elf")),
        Format::Image => Err(refused("image")),
        Format::Qemu => Err(refused("qemu")),
    }
}

#[cfg(test)]
mod tests;
