//! What tells a changed file from one that was only written again.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

/// Larger files are not read for it.
const MOST_READ: u64 = 1 << 20;

/// What a file was like when it was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// There was none.
    Absent,
    /// The SHA-256 of a small one.
    Content([u8; 32]),
    /// Length and time of a large one.
    Stamp(u64, Option<SystemTime>),
}

impl Mark {
    /// Looks at a file. One that cannot be read is as good as none.
    pub(super) fn of(path: &Path) -> Self {
        Self::read(path).unwrap_or(Self::Absent)
    }

    fn read(path: &Path) -> io::Result<Self> {
        let metadata = path.metadata()?;
        if !metadata.is_file() {
            return Ok(Self::Absent);
        }
        if metadata.len() > MOST_READ {
            return Ok(Self::Stamp(metadata.len(), metadata.modified().ok()));
        }
        let mut bytes = Vec::new();
        File::open(path)?.take(MOST_READ).read_to_end(&mut bytes)?;
        Ok(Self::Content(Sha256::digest(&bytes).into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_the_same_again_is_no_change() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("main.rs");
        assert_eq!(Mark::of(&path), Mark::Absent);
        std::fs::write(&path, "one").unwrap();
        let first = Mark::of(&path);
        std::fs::write(&path, "one").unwrap();
        assert_eq!(Mark::of(&path), first);
        std::fs::write(&path, "two").unwrap();
        assert_ne!(Mark::of(&path), first);
        std::fs::write(&path, vec![0; (MOST_READ + 1) as usize]).unwrap();
        assert!(matches!(Mark::of(&path), Mark::Stamp(..)));
        assert_eq!(Mark::of(folder.path()), Mark::Absent);
    }
}
