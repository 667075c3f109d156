//! Whether other users of this computer have a way to a key. Where the operating system has no modes, the user's
//! profile keeps them out.

use std::fs::Metadata;
use std::path::Path;

use super::KeyStoreError;

/// Nobody else may read or change the file.
#[cfg(unix)]
pub(in crate::store) fn check_file(path: &Path, found: &Metadata) -> Result<(), KeyStoreError> {
    check(path, found, 0o077, 0o600)
}

/// Nobody else may put another file into the folder.
#[cfg(unix)]
pub(in crate::store) fn check_folder(path: &Path) -> Result<(), KeyStoreError> {
    let found = path.metadata().map_err(|error| KeyStoreError::Io { path: path.to_owned(), error })?;
    check(path, &found, 0o022, 0o700)
}

#[cfg(unix)]
fn check(path: &Path, found: &Metadata, forbidden: u32, wanted: u32) -> Result<(), KeyStoreError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = found.permissions().mode() & 0o777;
    if mode & forbidden == 0 {
        return Ok(());
    }
    Err(KeyStoreError::Exposed { path: path.to_owned(), mode, wanted })
}

#[cfg(not(unix))]
pub(in crate::store) fn check_file(_: &Path, _: &Metadata) -> Result<(), KeyStoreError> {
    Ok(())
}

#[cfg(not(unix))]
pub(in crate::store) fn check_folder(_: &Path) -> Result<(), KeyStoreError> {
    Ok(())
}
