//! Toit in the window: the form that makes an image of an envelope, and Jaguar devices.

#[cfg(unix)]
mod compiler;
mod containers;
mod devices;
mod envelopes;
#[cfg(unix)]
mod form;

use std::path::PathBuf;

use skylift::image::library::Library;

use crate::desk::Desk;

/// A file in the home of the window's world.
fn file(desk: &Desk, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = desk.world.home.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path
}

/// The only image of the library, byte for byte.
fn made(desk: &Desk) -> Vec<u8> {
    let library = Library::new(&desk.world.data());
    let entries = library.list().unwrap().entries;
    assert_eq!(entries.len(), 1);
    library.open(&entries[0]).unwrap().bytes.to_vec()
}
