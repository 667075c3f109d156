//! An image under test: its bytes, with everything that is known of them.

use sha2::{Digest as _, Sha256};
use skylift_protocol::Encoding;
use skylift_updater::image::{ImageError, ImageInfo, ImageScan};

/// Bytes of the digest at the end of an image.
const DIGEST_LEN: usize = 32;

/// A complete image.
#[derive(Clone, Debug)]
pub struct Image {
    /// What it is called in reports.
    pub name: String,
    /// All bytes that are sent.
    pub bytes: Vec<u8>,
    /// Digest of these bytes.
    pub file_sha256: [u8; 32],
    /// What is in it.
    pub info: ImageInfo,
    /// The same as streams.
    pub streams: Vec<Encoded>,
}

/// An image as a stream: the file that it decodes to is the image's.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// Number of the image that it builds on; none if it is only compressed.
    pub base: Option<usize>,
    /// All bytes of it.
    pub bytes: Vec<u8>,
}

impl Image {
    /// Reads an image.
    ///
    /// # Errors
    /// The bytes are not one that would boot.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self, ImageError> {
        let mut scan = ImageScan::new();
        scan.push(&bytes)?;
        let info = scan.finish()?;
        Ok(Self {
            name: name.into(),
            file_sha256: Sha256::digest(&bytes).into(),
            bytes,
            info,
            streams: Vec::new(),
        })
    }

    /// What is sent to a device that runs image number `running`; `None` if there is no such stream.
    #[must_use]
    pub fn sent(&self, encoding: Encoding, running: usize) -> Option<&[u8]> {
        let base = match encoding {
            Encoding::Raw => return Some(&self.bytes),
            Encoding::Compressed => None,
            Encoding::Delta => Some(running),
            Encoding::Unknown => return None,
        };
        self.streams.iter().find(|stream| stream.base == base).map(|stream| stream.bytes.as_slice())
    }

    /// A complete image that differs from this one in a bit of its last segment.
    #[must_use]
    pub fn another(&self, name: impl Into<String>) -> Self {
        let mut other = Self { name: name.into(), streams: Vec::new(), ..self.clone() };
        let end = self.info.len as usize - DIGEST_LEN;
        let segment = self.info.segments.iter().rfind(|segment| segment.len > 0);
        let changed = segment.map_or(0, |segment| (segment.offset + segment.len) as usize - 1);
        // The byte before the digest is the XOR of all.
        for at in [changed, end - 1] {
            if let Some(byte) = other.bytes.get_mut(at) {
                *byte ^= 1;
            }
        }
        let digest = Sha256::digest(other.bytes.get(..end).unwrap_or_default());
        other.info.image_sha256 = digest.into();
        if let Some(place) = other.bytes.get_mut(end..end + DIGEST_LEN) {
            place.copy_from_slice(&digest);
        }
        other.file_sha256 = Sha256::digest(&other.bytes).into();
        other
    }

    /// Digest that the bootloader checks.
    #[must_use]
    pub const fn image_sha256(&self) -> [u8; 32] {
        self.info.image_sha256
    }

    /// Digest of the program that it was made from.
    #[must_use]
    pub const fn elf_sha256(&self) -> [u8; 32] {
        self.info.head.descriptor.elf_sha256
    }

    /// Whether Skylift's boot guard is in it.
    #[must_use]
    pub const fn is_guarded(&self) -> bool {
        self.info.head.guard.is_some()
    }
}
