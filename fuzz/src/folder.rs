//! A folder for what Skylift reads from files.

use std::path::PathBuf;
use std::sync::OnceLock;

/// A new folder of this process alone, in the place for temporary files; `.ci/fuzz` makes that one in memory, and
/// removes it.
///
/// # Panics
/// It cannot be created.
pub fn folder() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let made = tempfile::Builder::new().prefix("skylift-fuzz-").tempdir();
        made.expect("a folder for the fuzzer").keep()
    })
}
