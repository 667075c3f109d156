//! Why a key is not kept, or is not used, in sentences for people.

use std::io;
use std::path::PathBuf;

use crate::advice::Advice;

/// Why a key is not kept, or is not used. No sentence says anything of the key itself.
#[derive(Debug, thiserror::Error)]
pub enum KeyStoreError {
    /// The operating system does not let it be read or written.
    #[error("{} cannot be read or written: {error}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
    /// Other users of this computer have a way to it.
    #[error("{} can be read or changed by other users of this computer (its mode is {mode:03o}), so it is not used", path.display())]
    Exposed {
        /// The file or folder.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
        /// Those that it should have.
        wanted: u32,
    },
    /// It holds something else.
    #[error("{} holds no key: 32 random bytes are expected", .0.display())]
    NotAKey(PathBuf),
    /// The system has no random numbers.
    #[error("the operating system gives no random bytes: {0}")]
    Random(getrandom::Error),
    /// Nothing to be written.
    #[error("there are no keys on this computer that could be exported")]
    Nothing,
    /// Something would be overwritten.
    #[error("{} is there already, and is not overwritten", .0.display())]
    Exists(PathBuf),
    /// It is no file that was exported.
    #[error("{} is no file of exported keys, or is damaged", .0.display())]
    NotABackup(PathBuf),
    /// It does not open it.
    #[error("the passphrase does not open {}", .0.display())]
    WrongPassphrase(PathBuf),
    /// It takes too long.
    #[error("{} was encrypted so that opening it would take this computer minutes", .0.display())]
    TooMuchWork(PathBuf),
    /// It cannot be encrypted.
    #[error("the keys cannot be encrypted: {0}")]
    NotEncrypted(String),
}

impl Advice for KeyStoreError {
    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::Io { .. } => "check the path, and that this user may read and write there".to_owned(),
            Self::Exposed { path, wanted, .. } => {
                return vec![
                    format!("chmod {wanted:03o} {}", path.display()),
                    "if somebody else may have read it, pair the device anew by cable: skylift provision --re-pair".to_owned(),
                ];
            }
            Self::NotAKey(_) => {
                "skylift keys import FILE --replace, or by cable: skylift provision".to_owned()
            }
            Self::Exists(_) => "another name for the file".to_owned(),
            Self::WrongPassphrase(_) => "type it again: small and capital letters differ".to_owned(),
            Self::NotABackup(_) | Self::TooMuchWork(_) => {
                "a file that skylift keys export has written".to_owned()
            }
            Self::Nothing | Self::Random(_) | Self::NotEncrypted(_) => return Vec::new(),
        };
        vec![advice]
    }
}
