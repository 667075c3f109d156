//! The firmware that comes with Skylift: ready-to-flash images for chips, and what they were made from.
//!
//! The images lie in `assets/firmware`; `.ci/firmware --make` makes them, and CI proves that they are what the source
//! gives.

use std::path::Path;
use std::sync::LazyLock;

use serde::Deserialize;
use skylift_protocol::{Chip, Digest};

use super::{Image, InspectError};

/// Begins the names of bundled images where an image is asked for: `bundled:esp32c3`.
pub const PREFIX: &str = "bundled:";

const IMAGES: [(Chip, &[u8]); 2] = [
    (Chip::Esp32C3, include_bytes!("../../../assets/firmware/esp32c3.bin")),
    (Chip::Esp32C6, include_bytes!("../../../assets/firmware/esp32c6.bin")),
];

/// `provenance.json`. A test proves that it is understood, and tells of these images.
static PROVENANCE: LazyLock<Provenance> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../assets/firmware/provenance.json")).unwrap_or_default()
});

#[derive(Debug, Default, Deserialize)]
struct Provenance {
    commit: String,
    source_sha256: Option<Digest>,
    images: Vec<Made>,
}

/// What `provenance.json` says of one image.
#[derive(Debug, Deserialize)]
struct Made {
    chip: Chip,
    toolchain: Vec<String>,
}

/// An image that comes with Skylift.
#[derive(Clone, Copy, Debug)]
pub struct BundledFirmware {
    /// The chip it is made for.
    pub chip: Chip,
    bytes: &'static [u8],
}

impl BundledFirmware {
    /// All there are.
    pub fn all() -> impl Iterator<Item = Self> {
        IMAGES.into_iter().map(|(chip, bytes)| Self { chip, bytes })
    }

    /// The one for a chip.
    #[must_use]
    pub fn of(chip: Chip) -> Option<Self> {
        Self::all().find(|firmware| firmware.chip == chip)
    }

    /// The one that a user calls `bundled:<chip>`; the inner `None` if there is none for that chip.
    #[must_use]
    pub fn called(name: &str) -> Option<Option<Self>> {
        name.strip_prefix(PREFIX).map(|chip| Self::of(Chip::from_word(chip)))
    }

    /// What it is called: `bundled:<chip>`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{PREFIX}{}", self.chip)
    }

    /// The image, judged like any other.
    ///
    /// # Errors
    /// None, as long as the program is undamaged.
    pub fn image(&self) -> Result<Image, InspectError> {
        Image::from_bytes(Path::new(&self.name()), self.bytes.to_vec())
    }

    /// The commit whose source it was made from; `+changes` follows if that was not all.
    #[must_use]
    pub fn commit(&self) -> &'static str {
        &PROVENANCE.commit
    }

    /// Digest over the source it was made from, as `.ci/firmware` takes it.
    #[must_use]
    pub fn source_sha256(&self) -> Option<Digest> {
        PROVENANCE.source_sha256
    }

    /// Compiler and linker, as they name themselves.
    #[must_use]
    pub fn toolchain(&self) -> &'static [String] {
        let made = PROVENANCE.images.iter().find(|made| made.chip == self.chip);
        made.map(|made| &*made.toolchain).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use skylift_protocol::FirmwareKind;

    use super::*;

    #[test]
    fn the_provenance_tells_of_these_images() {
        let told: Value =
            serde_json::from_str(include_str!("../../../assets/firmware/provenance.json")).unwrap();
        let of = |chip: Chip| {
            let images = told["images"].as_array().unwrap().iter();
            images.clone().find(|made| made["chip"] == chip.as_str()).unwrap()
        };
        assert_eq!(told["images"].as_array().unwrap().len(), IMAGES.len());
        for firmware in BundledFirmware::all() {
            let (image, made) = (firmware.image().unwrap(), of(firmware.chip));
            assert_eq!((image.chip, image.kind()), (firmware.chip, FirmwareKind::Real));
            assert!(image.guard().is_some());
            let elf = Digest(image.info.descriptor().elf_sha256);
            for (name, found) in [
                ("file_sha256", image.file_sha256.to_string()),
                ("image_sha256", image.image_sha256.to_string()),
                ("elf_sha256", elf.to_string()),
                ("project", image.project.clone()),
                ("version", image.version.clone()),
                ("size", image.size().to_string()),
            ] {
                assert_eq!(made[name].to_string().trim_matches('"'), found, "{name}");
            }
            assert!(firmware.commit().len() >= 40 && firmware.source_sha256().is_some());
            assert!(firmware.toolchain().iter().any(|tool| tool.starts_with("rustc version ")));
        }
    }

    #[test]
    fn names_lead_to_images() {
        let called = |name: &str| BundledFirmware::called(name).map(|found| found.map(|found| found.name()));
        assert_eq!(called("bundled:esp32c3"), Some(Some("bundled:esp32c3".to_owned())));
        assert_eq!(called("bundled:esp32"), Some(None));
        assert_eq!(called("bundled:"), Some(None));
        assert_eq!(called("esp32c3"), None);
    }
}
