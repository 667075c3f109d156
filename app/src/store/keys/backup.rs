//! Keys in a file for another computer or a safe: an age file (age-encryption.org/v1) that a passphrase opens, which the
//! program `age` reads as well.
//!
//! In it is text: the line `skylift keys 1`, then a line a device, its id and 64 hex digits.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use age::scrypt::{Identity, Recipient};
use age::secrecy::SecretString;
use age::{DecryptError, decrypt, encrypt};
use skylift_protocol::Id;
use skylift_protocol::auth::PairingKey;
use zeroize::Zeroizing;

use super::{Imported, KeyStore, KeyStoreError, LEN};
use crate::engine::is_device_id;
use crate::image::write_private;

const TITLE: &str = "skylift keys 1";
/// No file of exported keys is longer, in bytes; it has room for 10,000.
const MOST: u64 = 1024 * 1024;
/// 2^17 rounds of scrypt: about a second, and 128 MiB of memory.
const WORK: u8 = 17;
/// A file may ask for eight times that, and no more.
const MOST_WORK: u8 = 20;

/// A passphrase: never shown, and wiped from memory when dropped.
#[derive(Clone, Debug)]
pub struct Passphrase(SecretString);

impl Passphrase {
    /// Fewer characters are guessed too soon.
    pub const SHORTEST: usize = 8;

    /// The passphrase in this text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text.into())
    }
}

/// Devices and their keys.
pub type Pairs = Vec<(Id, PairingKey)>;

/// A file of exported keys.
pub struct Backup;

impl Backup {
    /// Writes all keys of a data folder into a new file; gives their devices.
    ///
    /// # Errors
    /// There are none, one cannot be used, or the file is there already or cannot be written.
    pub fn export(store: &KeyStore, path: &Path, passphrase: &Passphrase) -> Result<Vec<Id>, KeyStoreError> {
        if path.symlink_metadata().is_ok() {
            return Err(KeyStoreError::Exists(path.to_owned()));
        }
        let mut text = Zeroizing::new(format!("{TITLE}\n"));
        let devices = store.devices()?;
        // In one piece, so that no copy of it is left where it was moved from.
        text.reserve(devices.len() * (Id::new().capacity() + 2 * LEN + 2));
        for device in &devices {
            if let Some(key) = store.get(device)? {
                let _ = write!(text, "{device} ");
                for byte in key.reveal() {
                    let _ = write!(text, "{byte:02x}");
                }
                text.push('\n');
            }
        }
        if devices.is_empty() {
            return Err(KeyStoreError::Nothing);
        }
        let mut recipient = Recipient::new(passphrase.0.clone());
        recipient.set_work_factor(WORK);
        let encrypted = encrypt(&recipient, text.as_bytes());
        let encrypted = encrypted.map_err(|error| KeyStoreError::NotEncrypted(error.to_string()))?;
        write_private(path, &encrypted)
            .map_err(|error| KeyStoreError::Io { path: path.to_owned(), error })?;
        Ok(devices)
    }

    /// The keys in such a file.
    ///
    /// # Errors
    /// It cannot be read, is none, or the passphrase does not open it.
    pub fn open(path: &Path, passphrase: &Passphrase) -> Result<Pairs, KeyStoreError> {
        let io = |error| KeyStoreError::Io { path: path.to_owned(), error };
        let mut encrypted = Vec::new();
        File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut encrypted)).map_err(io)?;
        let mut identity = Identity::new(passphrase.0.clone());
        identity.set_max_work_factor(MOST_WORK);
        let text = decrypt(&identity, &encrypted).map_err(|error| match error {
            DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => {
                KeyStoreError::WrongPassphrase(path.to_owned())
            }
            DecryptError::ExcessiveWork { .. } => KeyStoreError::TooMuchWork(path.to_owned()),
            _ => KeyStoreError::NotABackup(path.to_owned()),
        })?;
        pairs(&Zeroizing::new(text)).ok_or_else(|| KeyStoreError::NotABackup(path.to_owned()))
    }

    /// Keeps such keys; gives what became of each, in their order.
    ///
    /// # Errors
    /// One cannot be kept; those before it are.
    pub fn keep(
        pairs: &Pairs,
        store: &KeyStore,
        replace: bool,
    ) -> Result<Vec<(Id, Imported)>, KeyStoreError> {
        let kept = |(device, key): &(Id, PairingKey)| Ok((device.clone(), store.put(device, key, replace)?));
        pairs.iter().map(kept).collect()
    }
}

pub(super) fn pairs(text: &[u8]) -> Option<Pairs> {
    let mut lines = std::str::from_utf8(text).ok()?.lines();
    (lines.next()? == TITLE).then_some(())?;
    lines.map(pair).collect()
}

fn pair(line: &str) -> Option<(Id, PairingKey)> {
    let (device, digits) = line.split_once(' ')?;
    let device = Some(device).filter(|id| is_device_id(id)).and_then(|id| Id::try_from(id).ok())?;
    let mut key = Zeroizing::new([0; LEN]);
    if digits.len() != 2 * LEN || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, pair) in key.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some((device, PairingKey::try_from(key.as_slice()).ok()?))
}
