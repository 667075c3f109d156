//! What the library knows of an image without opening it: the small JSON file beside it.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use skylift_protocol::{Chip, Digest};

use super::super::Image;

/// An image of the library. Unknown fields of a newer version are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Digest of all bytes: its name in the library.
    pub file_sha256: Digest,
    /// Digest that the bootloader checks: its identity on devices.
    pub image_sha256: Digest,
    /// Digest of the ELF it was made from; zero if the build did not say.
    pub elf_sha256: Digest,
    /// The project in its app descriptor.
    pub project: String,
    /// The version in its app descriptor.
    pub version: String,
    /// The chip it is made for.
    pub chip: Chip,
    /// Its size in bytes.
    pub size: u32,
    /// When it came into the library, in seconds since 1970.
    pub added: u64,
    /// Where it came from: a path or a URL, for people.
    pub source: String,
}

impl Entry {
    /// Longer texts about the source are cut.
    const MAX_SOURCE: usize = 2048;

    pub(super) fn new(image: &Image, source: &str) -> Self {
        Self {
            file_sha256: image.file_sha256,
            image_sha256: image.image_sha256,
            elf_sha256: Digest(image.info.descriptor().elf_sha256),
            project: image.project.clone(),
            version: image.version.clone(),
            chip: image.chip,
            size: image.size(),
            added: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            source: source.chars().take(Self::MAX_SOURCE).collect(),
        }
    }

    /// Whether it answers to what a user calls it: its version, or the first digits of one of its digests.
    #[must_use]
    pub fn answers_to(&self, called: &str) -> bool {
        if self.version == called {
            return true;
        }
        let called = called.to_ascii_lowercase();
        is_digest_prefix(&called)
            && [self.file_sha256, self.image_sha256]
                .iter()
                .any(|digest| digest.to_hex().starts_with(called.as_bytes()))
    }
}

/// Fewer digits would be an accident.
const MIN_DIGITS: usize = 4;

fn is_digest_prefix(text: &str) -> bool {
    (MIN_DIGITS..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
