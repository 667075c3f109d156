//! An image to be served: its bytes, shared by all transfers, and their digest.

use std::ops::Range;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use skylift_protocol::Digest;

/// The bytes of one image and their SHA-256. A clone shares the bytes.
#[derive(Clone)]
pub struct ServedImage {
    bytes: Bytes,
    file_sha256: Digest,
    etag: String,
}

impl ServedImage {
    /// Hashes `bytes`, which takes about a millisecond a megabyte; it is done here once.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let file_sha256 = Digest(Sha256::digest(&bytes).into());
        Self { etag: format!("\"{file_sha256}\""), bytes, file_sha256 }
    }

    /// All the bytes that are sent.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The SHA-256 of all the bytes that are sent.
    #[must_use]
    pub fn file_sha256(&self) -> Digest {
        self.file_sha256
    }

    /// How many bytes there are.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// These bytes, which share the buffer; fewer if the range reaches beyond the end.
    pub(super) fn part(&self, range: Range<u64>) -> Bytes {
        let within = |at: u64| usize::try_from(at).map_or(self.bytes.len(), |at| at.min(self.bytes.len()));
        self.bytes.slice(within(range.start)..within(range.end))
    }

    /// The entity tag: the digest in quotes.
    pub(super) fn etag(&self) -> &str {
        &self.etag
    }
}

impl std::fmt::Debug for ServedImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServedImage")
            .field("length", &self.length())
            .field("file_sha256", &self.file_sha256)
            .finish()
    }
}
