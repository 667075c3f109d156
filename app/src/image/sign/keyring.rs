//! The signing keys of this computer: `signers/NAME.pem` in the data folder, for the eyes of their owner alone.

use std::fs::{DirBuilder, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use p256::elliptic_curve::zeroize::Zeroizing;

use super::{SignError, Signer, SignerName, SigningKey};
use crate::image::write_private;
use crate::store::DataDir;

const FOLDER: &str = "signers";
const LOCK: &str = "signers.lock";
const ENDING: &str = "pem";
/// No key of this kind is longer, in bytes.
const MOST: u64 = 16 * 1024;

/// The signing keys of this computer.
#[derive(Clone, Debug)]
pub struct Keyring {
    data: DataDir,
    folder: PathBuf,
}

impl Keyring {
    /// The keys in a data folder. Nothing is created before there is one.
    #[must_use]
    pub fn new(data: &DataDir) -> Self {
        Self { data: data.clone(), folder: data.path().join(FOLDER) }
    }

    /// Makes a new key.
    ///
    /// # Errors
    /// The name is taken, or the folder cannot be written to.
    pub fn create(&self, name: &SignerName) -> Result<Signer, SignError> {
        self.add(name, &SigningKey::random()?)
    }

    /// Takes over a key that another program made.
    ///
    /// # Errors
    /// The file holds no such key, the name is taken, or the folder cannot be written to.
    pub fn import(&self, name: &SignerName, from: &Path) -> Result<Signer, SignError> {
        self.add(name, &read_private(from)?)
    }

    /// All keys, by name. What is in the folder and no key is left out.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> Result<Vec<Signer>, SignError> {
        let entries = match self.folder.read_dir() {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(Vec::new());
            }
            entries => entries.map_err(|error| self.io(error))?,
        };
        let mut signers = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| self.io(error))?.path();
            let name = path.file_stem().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
            let name = name.filter(|_| path.extension().is_some_and(|ending| ending == ENDING));
            if let Some(name) = name
                && let Ok(key) = read_private(&path)
            {
                signers.push(described(name, &key, &path));
            }
        }
        signers.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(signers)
    }

    /// The key of a signer.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn open(&self, name: &SignerName) -> Result<SigningKey, SignError> {
        match read_private(&self.path(name)) {
            Err(SignError::Io { error, .. }) if error.kind() == io::ErrorKind::NotFound => {
                Err(SignError::NoSigner(name.clone()))
            }
            key => key,
        }
    }

    fn add(&self, name: &SignerName, key: &SigningKey) -> Result<Signer, SignError> {
        self.create_folder().map_err(|error| self.io(error))?;
        let path = self.path(name);
        // Two processes may make a key of one name: neither may lose the other's.
        let lock = File::create(self.data.path().join(LOCK)).and_then(|file| file.lock().map(|()| file));
        let _alone = match lock {
            // Some network drives know no locks.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => None,
            lock => Some(lock.map_err(|error| self.io(error))?),
        };
        if path.symlink_metadata().is_ok() {
            return Err(SignError::Exists(name.clone()));
        }
        let pem = key.to_pem()?;
        write_private(&path, pem.as_bytes()).map_err(|error| SignError::Io { path: path.clone(), error })?;
        Ok(described(name.clone(), key, &path))
    }

    fn create_folder(&self) -> io::Result<()> {
        self.data.create()?;
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.folder)
    }

    /// Where the key of this name is kept.
    #[must_use]
    pub fn path(&self, name: &SignerName) -> PathBuf {
        // Not `with_extension`: a name may have dots.
        self.folder.join(format!("{name}.{ENDING}"))
    }

    fn io(&self, error: io::Error) -> SignError {
        SignError::Io { path: self.folder.clone(), error }
    }
}

fn described(name: SignerName, key: &SigningKey, path: &Path) -> Signer {
    let created = path.metadata().and_then(|metadata| metadata.modified()).ok();
    Signer { name, digest: key.verifying_key().digest(), created }
}

fn read_private(path: &Path) -> Result<SigningKey, SignError> {
    let text = read_key_file(path)?;
    SigningKey::from_pem(&text)
        .ok_or_else(|| SignError::NotAKey { path: path.to_owned(), wanted: "private key" })
}

/// A file with a key in it; what is cut or no text is no key.
pub(super) fn read_key_file(path: &Path) -> Result<Zeroizing<String>, SignError> {
    let io = |error| SignError::Io { path: path.to_owned(), error };
    // Looked at before it is opened: opening a pipe would wait for its writer.
    if !path.metadata().map_err(io)?.is_file() {
        return Err(SignError::NotAKey { path: path.to_owned(), wanted: "key" });
    }
    let mut bytes = Zeroizing::new(Vec::new());
    File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut bytes)).map_err(io)?;
    Ok(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
}
