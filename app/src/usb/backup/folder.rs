//! The folder of the backups: listed, found, checked, exported, deleted.

use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use super::about::About;
use super::archive::{Archive, pack};
use super::contents::part;
use super::error::BackupError;
use super::restore::{Part, region};
use crate::image::{is_left_over, write_private};
use crate::store::DataDir;

const ENDING: &str = "zip";
/// Fewer characters call no backup: nobody deletes one by a slip.
const SHORTEST: usize = 4;

/// The backups in a data folder. Several processes may use them at the same time.
#[derive(Clone, Debug)]
pub struct Backups {
    data: DataDir,
    folder: PathBuf,
}

/// A backup that is there. Its flash has not been looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// What it is called: the name of its file.
    pub id: String,
    /// Its file.
    pub path: PathBuf,
    /// Bytes of its file.
    pub size: u64,
    /// What it says of itself.
    pub about: About,
}

/// What is in the folder.
#[derive(Debug, Default)]
pub struct Listing {
    /// The backups, the newest first.
    pub backups: Vec<Backup>,
    /// Files that are no backups, or no more; they are left alone.
    pub damaged: Vec<BackupError>,
}

impl Backup {
    /// A backup in any file.
    ///
    /// # Errors
    /// It is none.
    pub fn open(path: &Path) -> Result<Self, BackupError> {
        let mut archive = Archive::open(path)?;
        let about = archive.about()?;
        let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { id, path: path.to_owned(), size: archive.size, about })
    }

    /// The whole flash, checked.
    ///
    /// # Errors
    /// It is not what was read from the board.
    pub fn flash(&self) -> Result<Vec<u8>, BackupError> {
        Archive::open(&self.path)?.flash(&self.about)
    }

    /// Reads all of it, and compares it with what was read from the board.
    ///
    /// # Errors
    /// It is not that.
    pub fn verify(&self) -> Result<(), BackupError> {
        let mut archive = Archive::open(&self.path)?;
        archive.flash(&self.about)?;
        archive.check_table()
    }

    /// Writes its flash, or a partition of it, to a file as it is, for its owner alone.
    ///
    /// # Errors
    /// The backup is damaged, has no such partition, or the file cannot be written.
    pub fn export(&self, part_of: &Part, path: &Path) -> Result<u32, BackupError> {
        let flash = self.flash()?;
        let region = region(&flash, part_of)?;
        let bytes = part(&flash, region).unwrap_or_default();
        write_private(path, bytes).map_err(|error| failed(path, "exported", error))?;
        Ok(region.size)
    }

    /// Whether a user calls it so: the beginning of its id, its board's MAC address or the end of it, or the beginning
    /// of its date on the clock of this computer.
    fn answers_to(&self, called: &str) -> bool {
        let called = called.trim().to_lowercase();
        let mac = self.about.mac.as_deref().is_some_and(|mac| mac.ends_with(&called));
        let date = self.about.taken.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string();
        called.len() >= SHORTEST && (self.id.starts_with(&called) || mac || date.starts_with(&called))
    }
}

impl Backups {
    /// The backups in a data folder. Nothing is created before the first is taken.
    #[must_use]
    pub fn new(data: &DataDir) -> Self {
        Self { data: data.clone(), folder: data.path().join("backups") }
    }

    /// Where they are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is there. Flashes are not looked at for it.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> Result<Listing, BackupError> {
        let mut listing = Listing::default();
        for path in self.files()? {
            match Backup::open(&path) {
                Ok(backup) => listing.backups.push(backup),
                // Deleted by another process in this moment.
                Err(_) if !path.exists() => {}
                Err(damaged) => listing.damaged.push(damaged),
            }
        }
        listing.backups.sort_by(|a, b| (b.about.taken, &b.id).cmp(&(a.about.taken, &a.id)));
        listing.damaged.sort_by_key(ToString::to_string);
        Ok(listing)
    }

    /// The backup that a user calls by its id, MAC address or date, or the beginning of the first or the last.
    ///
    /// # Errors
    /// There is none, or there are several.
    pub fn find(&self, called: &str) -> Result<Backup, BackupError> {
        let mut found = self.list()?.backups;
        if let Some(named) = found.iter().position(|backup| backup.id == called) {
            return Ok(found.remove(named));
        }
        found.retain(|backup| backup.answers_to(called));
        match found.len() {
            0 => self.unknown(called),
            1 => Ok(found.remove(0)),
            _ => {
                let ids = found.into_iter().map(|backup| backup.id).collect();
                Err(BackupError::Ambiguous { called: called.to_owned(), ids })
            }
        }
    }

    /// The newest backup of the board with this MAC address.
    ///
    /// # Errors
    /// There is none, or it cannot be told.
    pub fn newest_of(&self, mac: Option<&str>) -> Result<Backup, BackupError> {
        let mut backups = self.list()?.backups.into_iter();
        let newest = backups.find(|backup| mac.is_some() && backup.about.mac.as_deref() == mac);
        newest.ok_or_else(|| BackupError::NoneOf(mac.map(str::to_owned)))
    }

    /// Deletes a backup, or what is left of one.
    ///
    /// # Errors
    /// The operating system does not let it.
    pub fn delete(&self, path: &Path) -> Result<(), BackupError> {
        fs::remove_file(path).map_err(|error| failed(path, "deleted", error))
    }

    /// Sees to it that a backup can be put here, before a board is read for minutes.
    pub(super) fn prepare(&self) -> Result<(), BackupError> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let created = self.data.create().and_then(|()| builder.create(&self.folder));
        created.map_err(|error| failed(&self.folder, "written", error))?;
        self.sweep();
        Ok(())
    }

    /// Removes what a crash has left half written: it may hold passwords, too.
    fn sweep(&self) {
        for file in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if is_left_over(&file) {
                // Next time, then.
                let _ = fs::remove_file(file.path());
            }
        }
    }

    /// Writes a backup: into the folder, or to a file of the user's.
    pub(super) fn put(&self, about: About, flash: &[u8], out: Option<&Path>) -> Result<Backup, BackupError> {
        let path = out.map_or_else(|| self.path(&about.id()), Path::to_path_buf);
        let written =
            pack(&about, flash).and_then(|bytes| write_private(&path, &bytes).map(|()| bytes.len()));
        let size = written.map_err(|error| failed(&path, "written", error))? as u64;
        let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Backup { id, path, size, about })
    }

    /// A damaged one can be called by its whole name, to be told what is wrong with it.
    fn unknown(&self, called: &str) -> Result<Backup, BackupError> {
        let unknown = || BackupError::Unknown(called.to_owned());
        let path = self.files()?.into_iter().find(|path| path.file_stem().is_some_and(|stem| stem == called));
        Backup::open(&path.ok_or_else(unknown)?)
    }

    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(id).with_extension(ENDING)
    }

    fn files(&self) -> Result<Vec<PathBuf>, BackupError> {
        let files = match fs::read_dir(&self.folder) {
            // None has been taken yet.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            files => files.map_err(|error| failed(&self.folder, "listed", error))?,
        };
        let paths = files.filter_map(|file| Some(file.ok()?.path()));
        Ok(paths.filter(|path| path.extension().is_some_and(|ending| ending == ENDING)).collect())
    }
}

fn failed(path: &Path, doing: &'static str, error: io::Error) -> BackupError {
    BackupError::Io { path: path.to_owned(), doing, error }
}
