//! What the window remembers from one start to the next: its size, how wide details are, whether builds are signed.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::image::write_private;
use crate::store::DataDir;

const NAME: &str = "window.json";

/// What is remembered. Whatever cannot be read counts as not remembered.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Memory {
    /// Width and height in points.
    pub(super) size: [f32; 2],
    /// Whether it fills the screen.
    pub(super) maximized: bool,
    /// The width of a device's details in points, once it was changed.
    pub(super) detail_width: Option<f32>,
    /// Whether what is built is signed.
    pub(super) sign_builds: bool,
}

impl Default for Memory {
    fn default() -> Self {
        Self { size: [1280.0, 800.0], maximized: false, detail_width: None, sign_builds: false }
    }
}

fn path(data: &DataDir) -> PathBuf {
    data.path().join(NAME)
}

impl Memory {
    pub(super) fn load(data: &DataDir) -> Self {
        let text = std::fs::read_to_string(path(data)).unwrap_or_default();
        let memory: Self = serde_json::from_str(&text).unwrap_or_default();
        if memory.size.iter().all(|side| (320.0..=16_384.0).contains(side)) {
            memory
        } else {
            Self::default()
        }
    }

    /// What cannot be kept is forgotten: it is only the size of a window.
    pub(super) fn keep(&self, data: &DataDir) {
        if let Ok(text) = serde_json::to_string(self) {
            let _ = data.create().and_then(|()| write_private(&path(data), text.as_bytes()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_remembered_and_nonsense_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::new(Some(folder.path().to_owned()));
        assert_eq!(Memory::load(&data), Memory::default());
        let memory =
            Memory { size: [1600.0, 1000.0], maximized: true, detail_width: Some(400.0), sign_builds: true };
        memory.keep(&data);
        assert_eq!(Memory::load(&data), memory);
        std::fs::write(path(&data), r#"{"size":[1e30,-5]}"#).unwrap();
        assert_eq!(Memory::load(&data), Memory::default());
    }
}
