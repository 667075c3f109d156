//! Writing a file so that it is there whole, or not at all.

use std::fs::DirEntry;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use tempfile::Builder;

/// Begins the names of files that are not finished. One that is left was left by a crash.
pub(super) const UNFINISHED: &str = ".skylift-";
/// Nobody writes a file for so long.
pub(super) const LEFT: Duration = Duration::from_secs(3600);

/// Writes a file, in place of one that may be there. A reader, and a crash, see the old bytes or the new ones.
///
/// # Errors
/// The folder does not take it, or what is there is no file.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut builder = Builder::new();
    as_others_are(&mut builder);
    write_with(builder, path, bytes)
}

/// The same, for the eyes of its owner alone where the operating system knows such things.
///
/// # Errors
/// As for [`write_whole`].
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with(Builder::new(), path, bytes)
}

/// Whether a crash has left this file half written. Another process may still be writing one that is younger.
pub(crate) fn is_left_over(file: &DirEntry) -> bool {
    let changed = || file.metadata().and_then(|found| found.modified()).ok();
    let is_old = || changed().and_then(|changed| changed.elapsed().ok()).is_some_and(|age| age > LEFT);
    file.file_name().to_string_lossy().starts_with(UNFINISHED) && is_old()
}

fn write_with(mut builder: Builder<'_, '_>, path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link stays a link: what it leads to is replaced.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if path.metadata().is_ok_and(|found| !found.is_file()) {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "something that is not a file is there"));
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    builder.prefix(UNFINISHED);
    folder.metadata()?;
    // Nobody wants to read the name of a file that is not there.
    let mut file = builder.tempfile_in(folder).map_err(|error| io::Error::from(error.kind()))?;
    file.as_file_mut().write_all(bytes)?;
    // Else the name could be on the disk before the bytes are.
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Temporary files are made for their owner alone; these are made to stay.
#[cfg(unix)]
fn as_others_are(builder: &mut Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt as _;
    // The user's umask takes away from these.
    builder.permissions(std::fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn as_others_are(_: &mut Builder<'_, '_>) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ota.bin");
        for bytes in [b"first".as_slice(), b"second, which is longer", b""] {
            write_whole(&path, bytes).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), bytes);
        }
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_file_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        assert!(write_whole(folder.path(), b"x").is_err());
        assert!(write_whole(&folder.path().join("missing").join("ota.bin"), b"x").is_err());
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn private_files_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, b"").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        write_private(&path, b"port = 8000").unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("1.0.bin"), folder.path().join("latest.bin"));
        std::fs::write(&file, b"old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write_whole(&link, b"new").unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
    }
}
