//! The database of the history: one file, which several processes may use at the same time.
//!
//! Every call blocks. It belongs on a thread of its own, as the recorder's, or into a command that does nothing else.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tempfile::TempDir;

use super::schema::{self, Unfit};
use super::{DataDir, StoreError};

const FILE: &str = "history.db";
/// How long a process waits for another one that writes.
const BUSY: Duration = Duration::from_secs(10);
/// Held while the file is created: no other thread has it open in SQLite then.
static CREATING: Mutex<()> = Mutex::new(());

/// The open database.
#[derive(Debug)]
pub struct Database {
    pub(super) connection: Connection,
    path: PathBuf,
    /// Where a copy lies that is read instead; it goes with this.
    _copy: Option<TempDir>,
}

impl Database {
    /// Opens the history in a folder, and begins one if there is none. Only the user may read it.
    ///
    /// # Errors
    /// It cannot be created, is damaged, or belongs to another program or a later Skylift.
    pub fn open(folder: &DataDir) -> Result<Self, StoreError> {
        folder.create().map_err(|source| StoreError::Folder { path: folder.path().to_owned(), source })?;
        let path = folder.path().join(FILE);
        if let Err(error) = create_private(&path) {
            return Err(StoreError::NotWritable { path, problem: error.to_string() });
        }
        let opened = Connection::open(&path).map_err(Unfit::from).and_then(|mut connection| {
            connection.busy_timeout(BUSY)?;
            schema::migrate(&mut connection)?;
            prepare(&connection)?;
            Ok(connection)
        });
        match opened {
            Ok(connection) => Ok(Self { connection, path, _copy: None }),
            Err(Unfit::Foreign) => Err(StoreError::Foreign(path)),
            Err(Unfit::Newer(found)) => Err(StoreError::Newer { path, found, known: schema::latest() }),
            Err(Unfit::Sqlite(error)) => Err(StoreError::of(&path, error)),
        }
    }

    /// Whether a history is in a folder.
    #[must_use]
    pub fn is_in(folder: &DataDir) -> bool {
        folder.path().join(FILE).is_file()
    }

    /// Opens the history to be read only, also where nothing may be written: a copy is read then, brought up to date.
    ///
    /// # Errors
    /// As for [`open`](Self::open), and if it cannot be read or copied either.
    pub fn open_to_read(folder: &DataDir) -> Result<Self, StoreError> {
        match Self::open(folder) {
            Err(StoreError::NotWritable { path, problem }) => {
                Self::copy_of(folder).map_err(|_| StoreError::NotWritable { path, problem })
            }
            opened => opened,
        }
    }

    fn copy_of(folder: &DataDir) -> Result<Self, StoreError> {
        let temporary = tempfile::Builder::new().prefix("skylift-history-").tempdir();
        let copied = temporary.and_then(|to| {
            copy(&folder.path().join(FILE), &to.path().join(FILE))?;
            // What other processes have written last lies beside it.
            let log = format!("{FILE}-wal");
            match copy(&folder.path().join(&log), &to.path().join(&log)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(to),
            }
        });
        let place = |source| StoreError::Folder { path: folder.path().to_owned(), source };
        let copied = copied.map_err(place)?;
        let opened = Self::open(&DataDir::new(Some(copied.path().to_owned())))?;
        Ok(Self { _copy: Some(copied), ..opened })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Does several things, all or none of them. It takes the turn to write at once: a transaction that begins by
    /// reading could not wait for another one that writes.
    pub(super) fn together<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let Self { connection, path, .. } = self;
        let done =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|transaction| {
                let done = work(&transaction)?;
                transaction.commit()?;
                Ok(done)
            });
        done.map_err(|error| StoreError::of(path, error))
    }

    /// Reads something.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        work(&self.connection).map_err(|error| StoreError::of(&self.path, error))
    }
}

/// Creates the file, readable for the user only; SQLite gives its further files the same permissions.
fn create_private(path: &Path) -> io::Result<()> {
    let _creating = CREATING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut options = OpenOptions::new();
    // One that is there is never opened here: closing it again would let go of SQLite's locks in this process.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => make_private(path),
        created => created.map(drop),
    }
}

/// Copies a file without its permissions: the copy may be written.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut from = std::fs::File::open(from)?;
    io::copy(&mut from, &mut std::fs::File::create(to)?).map(drop)
}

/// One that was there before may have been readable for others.
#[cfg(unix)]
fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = std::fs::metadata(path)?;
    let mut permissions = metadata.permissions();
    if !metadata.is_file() || permissions.mode() & 0o077 == 0 {
        return Ok(());
    }
    permissions.set_mode(0o600);
    std::fs::set_permissions(path, permissions)
}

/// On Windows the folder's permissions hold for what is in it.
#[cfg(not(unix))]
fn make_private(_: &Path) -> io::Result<()> {
    Ok(())
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "foreign_keys", true)?;
    // With a write-ahead log, this loses nothing when a process is killed.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    let begun = Instant::now();
    loop {
        // SQLite does not wait here when another process changes the mode at the same moment.
        match connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())) {
            Err(error) if is_busy(&error) && begun.elapsed() < BUSY => {
                std::thread::sleep(Duration::from_millis(20));
            }
            done => return done,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
}

#[cfg(test)]
mod tests;
