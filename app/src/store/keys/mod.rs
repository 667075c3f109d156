//! The keys of paired devices: `keys/ID.key` in the data folder, 32 bytes each, for the eyes of their owner alone.
//!
//! Nothing else of a key is kept anywhere: its id, which tells keys apart and reveals nothing, is computed. On Windows
//! the data folder lies in the user's own profile, which other users cannot read.

mod backup;
mod by_cable;
mod error;
pub(super) mod exposure;

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use skylift_protocol::Id;
use skylift_protocol::auth::{KeyId, PairingKey};
use zeroize::Zeroizing;

use super::DataDir;
use super::kept::{KeptError, lock};
use crate::advice::Advice as _;
use crate::engine::{KeyRing, KeyTrouble, is_device_id};
use crate::image::write_private;

pub use backup::{Backup, Pairs, Passphrase};
pub use error::KeyStoreError;

const FOLDER: &str = "keys";
const LOCK: &str = "keys.lock";
const ENDING: &str = "key";
/// Bytes of a key.
const LEN: usize = 32;

/// The keys in a data folder.
#[derive(Clone, Debug)]
pub struct KeyStore {
    data: DataDir,
    folder: PathBuf,
}

/// A key that is kept, without the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptKey {
    /// The device.
    pub device: Id,
    /// Tells the key from others.
    pub key_id: KeyId,
    /// When its file was written; `None` where the system does not tell.
    pub since: Option<SystemTime>,
}

/// Devices and their keys, or why a key cannot be used.
pub type Listed = Vec<(Id, Result<KeptKey, KeyStoreError>)>;

/// What became of a key that was to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    /// There was none for this device.
    New,
    /// It is the one that was there.
    Same,
    /// Another one was there, and is not any more.
    Replaced,
    /// Another one is there, and stays.
    Differs,
}

impl KeyStore {
    /// The keys in a data folder. Nothing is created before there is one.
    #[must_use]
    pub fn new(data: &DataDir) -> Self {
        Self { data: data.clone(), folder: data.path().join(FOLDER) }
    }

    /// A new key from the system's random numbers, which is not kept yet.
    ///
    /// # Errors
    /// The system has none.
    pub fn random() -> Result<PairingKey, KeyStoreError> {
        loop {
            let mut bytes = Zeroizing::new([0; LEN]);
            getrandom::fill(bytes.as_mut()).map_err(KeyStoreError::Random)?;
            // All zeros are no key; whoever draws them draws again.
            if let Ok(key) = PairingKey::try_from(bytes.as_slice()) {
                return Ok(key);
            }
        }
    }

    /// The key of a device; `None` if there is none.
    ///
    /// # Errors
    /// Others may read it, it is damaged, or it cannot be read.
    pub fn get(&self, device: &Id) -> Result<Option<PairingKey>, KeyStoreError> {
        // An id is part of a path here.
        if !is_device_id(device) { Ok(None) } else { self.read(&self.path(device)) }
    }

    /// Keeps the key of a device; another one that is there stays unless it is to be replaced.
    ///
    /// # Errors
    /// The folder cannot be written to, or what is there cannot be read.
    pub fn put(&self, device: &Id, key: &PairingKey, replace: bool) -> Result<Imported, KeyStoreError> {
        if !is_device_id(device) {
            return Err(KeyStoreError::NotAKey(self.path(device)));
        }
        let _alone = self.alone()?;
        let imported = match self.get(device) {
            Ok(None) => Imported::New,
            Ok(Some(kept)) if kept == *key => return Ok(Imported::Same),
            Ok(Some(_)) | Err(KeyStoreError::NotAKey(_)) if replace => Imported::Replaced,
            Ok(Some(_)) => return Ok(Imported::Differs),
            Err(error) => return Err(error),
        };
        let path = self.path(device);
        write_private(&path, key.reveal()).map_err(|error| KeyStoreError::Io { path, error })?;
        Ok(imported)
    }

    /// Forgets the key of a device; `false` if there was none.
    ///
    /// # Errors
    /// Its file cannot be removed.
    pub fn forget(&self, device: &Id) -> Result<bool, KeyStoreError> {
        if !is_device_id(device) {
            return Ok(false);
        }
        remove(self.drawn(device))?;
        remove(self.path(device))
    }

    /// All keys by their devices' ids, each with what is wrong with it if it cannot be used.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> Result<Listed, KeyStoreError> {
        let mut listed = Vec::new();
        for device in self.devices()? {
            match self.get(&device) {
                Ok(Some(key)) => {
                    let since = self.path(&device).metadata().and_then(|file| file.modified()).ok();
                    listed.push((device.clone(), Ok(KeptKey { device, key_id: key.id(), since })));
                }
                // It was forgotten this very moment.
                Ok(None) => {}
                Err(error) => listed.push((device, Err(error))),
            }
        }
        Ok(listed)
    }

    /// The devices that there are key files for. What is in the folder beside them is left alone.
    fn devices(&self) -> Result<Vec<Id>, KeyStoreError> {
        let io = |error| KeyStoreError::Io { path: self.folder.clone(), error };
        let entries = match self.folder.read_dir() {
            Err(error) if is_absent(&error) => return Ok(Vec::new()),
            entries => entries.map_err(io)?,
        };
        let mut devices = Vec::new();
        for entry in entries {
            let path = entry.map_err(io)?.path();
            let is_key = path.extension().is_some_and(|ending| ending == ENDING);
            let id = path.file_stem().and_then(|name| name.to_str()).filter(|name| is_device_id(name));
            devices.extend(id.filter(|_| is_key).and_then(|id| Id::try_from(id).ok()));
        }
        devices.sort_unstable();
        Ok(devices)
    }

    fn read(&self, path: &Path) -> Result<Option<PairingKey>, KeyStoreError> {
        let io = |error| KeyStoreError::Io { path: path.to_owned(), error };
        // Looked at before it is opened: opening a pipe would wait for its writer.
        let found = match path.metadata() {
            Err(error) if is_absent(&error) => return Ok(None),
            found => found.map_err(io)?,
        };
        if !found.is_file() {
            return Err(KeyStoreError::NotAKey(path.to_owned()));
        }
        exposure::check_folder(&self.folder)?;
        let file = File::open(path).map_err(io)?;
        exposure::check_file(path, &file.metadata().map_err(io)?)?;
        let mut bytes = Zeroizing::new([0; LEN + 1]);
        let read = read_up_to(file, bytes.as_mut()).map_err(io)?;
        let key = bytes.get(..read).unwrap_or_default();
        PairingKey::try_from(key).map(Some).map_err(|_| KeyStoreError::NotAKey(path.to_owned()))
    }

    /// Two processes may share the folder: neither may lose the other's key.
    fn alone(&self) -> Result<File, KeyStoreError> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let created = self.data.create().and_then(|()| builder.create(&self.folder));
        created.map_err(|error| KeyStoreError::Io { path: self.folder.clone(), error })?;
        exposure::check_folder(&self.folder)?;
        lock(&self.data, LOCK).map_err(|error| match error {
            KeptError::Io { path, error } => KeyStoreError::Io { path, error },
            KeptError::Damaged { path, .. } => KeyStoreError::NotAKey(path),
        })
    }

    /// Where the key of a device is kept.
    #[must_use]
    pub fn path(&self, device: &Id) -> PathBuf {
        self.folder.join(format!("{device}.{ENDING}"))
    }
}

impl KeyRing for KeyStore {
    fn key(&self, device: &Id) -> Result<Option<PairingKey>, KeyTrouble> {
        self.get(device).map_err(|error| KeyTrouble { sentence: error.to_string(), advice: error.advice() })
    }
}

/// `false` if there was none.
fn remove(path: PathBuf) -> Result<bool, KeyStoreError> {
    match fs::remove_file(&path) {
        Err(error) if is_absent(&error) => Ok(false),
        removed => removed.map(|()| true).map_err(|error| KeyStoreError::Io { path, error }),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Fills the buffer as far as the file goes; nothing of it is copied elsewhere.
fn read_up_to(mut file: File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while let Some(rest) = buffer.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests;
