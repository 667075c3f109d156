//! A new envelope, made of what a build of Toit's firmware leaves.

use super::app_image::{AppImage, AppImageError};
use super::extract::{BOOTLOADER, ELF, FIRMWARE, FLASHING, OTADATA, PARTITIONS, RUN_IMAGE};
use super::snapshot::{Bundle, SnapshotError};
use super::{Envelope, EnvelopeError, Importance, Kind, Start, Trigger, WordSize};
use crate::advice::Advice;

const SYSTEM: &str = "system";

/// What an envelope for a chip is made of. Each is the content of a file.
#[derive(Clone, Default)]
pub struct Esp32Parts {
    /// The app image. Containers that are in it are cut off.
    pub firmware_bin: Vec<u8>,
    /// The snapshot of the system, which also says the version of the SDK.
    pub system_snapshot: Vec<u8>,
    /// The program that the app image was made of.
    pub firmware_elf: Option<Vec<u8>>,
    /// The bootloader.
    pub bootloader_bin: Option<Vec<u8>>,
    /// The partition table.
    pub partitions_bin: Option<Vec<u8>>,
    /// The first content of otadata.
    pub otadata_bin: Option<Vec<u8>>,
    /// How to flash all that: ESP-IDF's `flasher_args.json`.
    pub flashing_json: Option<Vec<u8>>,
}

/// Why no envelope can be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The app image cannot take containers.
    #[error(transparent)]
    Firmware(#[from] AppImageError),
    /// The system's snapshot cannot be used.
    #[error("the system cannot be used: {0}")]
    System(#[from] SnapshotError),
    /// The envelope cannot have the system.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
}

impl Advice for CreateError {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::Firmware(_) => vec!["give the firmware.bin that Toit's build writes".to_owned()],
            Self::System(error) => error.advice(),
            Self::Envelope(error) => error.advice(),
        }
    }
}

impl Envelope {
    /// An envelope for a chip, with its system and without other containers.
    ///
    /// # Errors
    /// The app image is none of Toit, or the system is no snapshot.
    pub fn create_esp32(parts: Esp32Parts) -> Result<Self, CreateError> {
        let mut image = AppImage::parse(&parts.firmware_bin)?;
        image.cut_extension()?;
        let system = Bundle::parse(&parts.system_snapshot)?;
        let optional = [
            (ELF, parts.firmware_elf),
            (BOOTLOADER, parts.bootloader_bin),
            (PARTITIONS, parts.partitions_bin),
            (OTADATA, parts.otadata_bin),
            (FLASHING, parts.flashing_json),
        ];
        let mut envelope = Self::new(Kind::Esp32, WordSize::W32, &system.sdk_version);
        envelope.put_entry(FIRMWARE, image.to_bytes());
        let start = Start { trigger: Trigger::Boot, importance: Importance::Critical };
        envelope.install(SYSTEM, parts.system_snapshot, None, start)?;
        for (name, data) in optional.into_iter().filter_map(|(name, data)| Some((name, data?))) {
            envelope.put_entry(name, data);
        }
        Ok(envelope)
    }

    /// An envelope for a computer, without containers. `run_image` is the program that runs them, and of this SDK.
    #[must_use]
    pub fn create_host(run_image: Vec<u8>, word_size: WordSize, sdk_version: &str) -> Self {
        let mut envelope = Self::new(Kind::Host, word_size, sdk_version);
        envelope.put_entry(RUN_IMAGE, run_image);
        envelope
    }
}
