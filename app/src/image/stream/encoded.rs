//! One image encoded for devices, against the image that runs on them or out of nothing.

use std::borrow::Cow;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use skylift_encoder::{ChunkLog, EncodeError, Watch};
use skylift_protocol::{Digest, Encoding};

use crate::image::Image;

/// An encoded image, as it is sent. It was decoded by the decoder that devices run, and compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// [`Encoding::Compressed`], or [`Encoding::Delta`].
    pub encoding: Encoding,
    /// The bytes that are sent; fewer than the image has.
    pub bytes: Bytes,
    /// Digest of them.
    pub sha256: Digest,
    /// Digest of the file that they become.
    pub file_sha256: Digest,
    /// For a delta: the image that must run on the device.
    pub base_image_sha256: Option<Digest>,
}

impl Stream {
    /// How many bytes are sent.
    #[must_use]
    pub fn size(&self) -> u32 {
        // Fewer than an image has.
        u32::try_from(self.bytes.len()).unwrap_or(u32::MAX)
    }
}

/// Encodes an image: as a delta against `base`, which must then run on the device, or compressed.
///
/// It takes seconds. `watch` is told the part that is done, 0 to 1 and never less than before, at least every 20 ms of
/// work, and can end it. Needs 9 bytes of memory for each byte of both images, and up to 50 MiB.
///
/// # Errors
/// There is no stream that is smaller than the image, or it was not made.
pub fn encode(base: Option<&Image>, image: &Image, watch: Watch<'_>) -> Result<Stream, EncodeError> {
    let pair = Pair::new(base, image);
    let bytes = skylift_encoder::encode(pair.old, &image.bytes, pair.chunks(), watch)?;
    Ok(pair.stream(bytes))
}

/// What goes into a stream.
pub(super) struct Pair<'i> {
    base: Option<&'i Image>,
    image: &'i Image,
    /// What the stream builds on: the base without its signature sector.
    old: &'i [u8],
}

impl<'i> Pair<'i> {
    pub(super) fn new(base: Option<&'i Image>, image: &'i Image) -> Self {
        let old =
            base.map_or(&[][..], |base| base.bytes.get(..base.info.len as usize).unwrap_or(&base.bytes));
        Self { base, image, old }
    }

    fn chunks(&self) -> ChunkLog {
        if self.base.is_some() { ChunkLog::DELTA } else { ChunkLog::WHOLE }
    }

    /// What the stream is kept as: what it builds on, and what it becomes. Nothing else decides its bytes.
    pub(super) fn name(&self) -> String {
        let old = self
            .base
            .map_or(Cow::Borrowed("nothing"), |_| Digest(Sha256::digest(self.old).into()).to_string().into());
        format!("{:.32}-{old:.32}", self.image.file_sha256)
    }

    /// Bytes of the image as it is. No stream has more.
    pub(super) fn raw(&self) -> usize {
        self.image.bytes.len()
    }

    /// # Errors
    /// It does not become the image.
    pub(super) fn verify(&self, stream: &[u8]) -> Result<(), EncodeError> {
        skylift_encoder::verify(self.old, &self.image.bytes, stream)
    }

    /// Bytes that are known to become the image.
    pub(super) fn stream(&self, bytes: Vec<u8>) -> Stream {
        Stream {
            encoding: if self.base.is_some() { Encoding::Delta } else { Encoding::Compressed },
            sha256: Digest(Sha256::digest(&bytes).into()),
            bytes: bytes.into(),
            file_sha256: self.image.file_sha256,
            base_image_sha256: self.base.map(|base| base.image_sha256),
        }
    }
}
