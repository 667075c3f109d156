//! What was fetched before, by ETag: what has not changed is not sent again.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use reqwest::Url;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use skylift_protocol::Digest;

use super::super::write_whole;
use super::github::{MAX_ANSWER, Release};
use crate::store::DataDir;

/// What a server said of a URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Remembered {
    pub(super) etag: String,
    /// The image that came, which the library keeps.
    pub(super) file_sha256: Option<Digest>,
    /// The release that was described.
    pub(super) release: Option<Release>,
}

/// Kept in the data folder: `sources/<SHA-256 of the URL>.json`. It may be lost at any time.
#[derive(Clone, Debug)]
pub(super) struct Memory(PathBuf);

impl Memory {
    pub(super) fn new(data: &DataDir) -> Self {
        Self(data.path().join("sources"))
    }

    pub(super) fn recall(&self, url: &Url) -> Option<Remembered> {
        let mut text = Vec::new();
        File::open(self.place(url)).ok()?.take(MAX_ANSWER as u64).read_to_end(&mut text).ok()?;
        serde_json::from_slice(&text).ok()
    }

    pub(super) fn remember(&self, url: &Url, remembered: &Remembered) {
        // Without it, the next time costs a download, no more.
        let _ = std::fs::create_dir_all(&self.0);
        if let Ok(text) = serde_json::to_vec(remembered) {
            let _ = write_whole(&self.place(url), &text);
        }
    }

    /// The URL itself may hold a key, its digest does not.
    fn place(&self, url: &Url) -> PathBuf {
        let name = Digest(Sha256::digest(url.as_str()).into());
        self.0.join(format!("{name}.json"))
    }
}
