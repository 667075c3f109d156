//! The zip file of a backup: written, and read within bounds.

use std::fs::File;
use std::io::{self, Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};
use skylift_protocol::Digest;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::about::{About, MAX_FLASH};
use super::csv;
use super::error::{BackupError, Flaw};

/// What is in it.
const ABOUT: &str = "backup.json";
const TABLE: &str = "partitions.csv";
const FLASH: &str = "flash.bin";
/// Neither description is longer.
const MAX_TEXT: u64 = 256 * 1024;
/// Bytes of the largest backup: a flash that cannot be packed, and the rest.
const MAX_FILE: u64 = MAX_FLASH as u64 + 0x10_0000;

/// Packs a backup.
pub(super) fn pack(about: &About, flash: &[u8]) -> io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(moment(about.taken))
        .unix_permissions(0o600);
    let json = serde_json::to_vec_pretty(about)?;
    let table = csv::table(&about.held.partitions);
    for (name, bytes) in [(ABOUT, &json[..]), (TABLE, table.as_bytes()), (FLASH, flash)] {
        zip.start_file(name, options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// Zip files know the time of the clock on the wall, from 1980 on.
fn moment(taken: Timestamp) -> DateTime {
    let wall = taken.to_zoned(TimeZone::system()).datetime();
    let small = |number: i8| u8::try_from(number).unwrap_or_default();
    let [month, day, hour, minute, second] =
        [wall.month(), wall.day(), wall.hour(), wall.minute(), wall.second()].map(small);
    let year = u16::try_from(wall.year()).unwrap_or_default();
    DateTime::from_date_and_time(year, month, day, hour, minute, second).unwrap_or_default()
}

/// The file of a backup, opened.
pub(super) struct Archive {
    path: PathBuf,
    zip: ZipArchive<File>,
    /// Bytes of the file.
    pub(super) size: u64,
}

impl Archive {
    /// # Errors
    /// It cannot be read, or is no zip file.
    pub(super) fn open(path: &Path) -> Result<Self, BackupError> {
        let opened =
            open(path).and_then(|(file, size)| Ok((ZipArchive::new(file).map_err(flaw(ABOUT))?, size)));
        let (zip, size) = opened.map_err(|flaw| BackupError::Damaged { path: path.to_owned(), flaw })?;
        Ok(Self { path: path.to_owned(), zip, size })
    }

    /// What it says of itself.
    ///
    /// # Errors
    /// It does not, or not so that it can be understood.
    pub(super) fn about(&mut self) -> Result<About, BackupError> {
        let about = self.read(ABOUT, MAX_TEXT).and_then(|json| About::read(&json));
        about.map_err(|flaw| self.damaged(flaw))
    }

    /// The whole flash: exactly what was read from the board.
    ///
    /// # Errors
    /// It is not.
    pub(super) fn flash(&mut self, about: &About) -> Result<Vec<u8>, BackupError> {
        let size = u64::from(about.held.flash_size.min(MAX_FLASH));
        let read = self.read(FLASH, size).and_then(|flash| {
            let same =
                flash.len() as u64 == size && Digest(Sha256::digest(&flash).into()) == about.held.sha256;
            if same { Ok(flash) } else { Err(Flaw::OtherBytes) }
        });
        read.map_err(|flaw| self.damaged(flaw))
    }

    /// Whether the table for people is there and whole; nothing reads it.
    ///
    /// # Errors
    /// It is not.
    pub(super) fn check_table(&mut self) -> Result<(), BackupError> {
        self.read(TABLE, MAX_TEXT).map(drop).map_err(|flaw| self.damaged(flaw))
    }

    /// Reads something to its end, where its CRC is checked. What is named there is only ever these three.
    fn read(&mut self, name: &'static str, most: u64) -> Result<Vec<u8>, Flaw> {
        let entry = self.zip.by_name(name).map_err(flaw(name))?;
        if entry.size() > most {
            return Err(Flaw::TooLarge(name));
        }
        let mut bytes = Vec::new();
        // Its size was only what it says of itself.
        entry.take(most + 1).read_to_end(&mut bytes).map_err(Flaw::Unreadable)?;
        if bytes.len() as u64 > most { Err(Flaw::TooLarge(name)) } else { Ok(bytes) }
    }

    fn damaged(&self, flaw: Flaw) -> BackupError {
        BackupError::Damaged { path: self.path.clone(), flaw }
    }
}

fn open(path: &Path) -> Result<(File, u64), Flaw> {
    // Looked at before it is opened: opening a pipe would wait for its writer.
    if !path.metadata().map_err(Flaw::Unreadable)?.is_file() {
        return Err(Flaw::NotAFile);
    }
    let file = File::open(path).map_err(Flaw::Unreadable)?;
    let size = file.metadata().map_err(Flaw::Unreadable)?.len();
    if size > MAX_FILE { Err(Flaw::TooLarge("file")) } else { Ok((file, size)) }
}

fn flaw(name: &'static str) -> impl Fn(ZipError) -> Flaw {
    move |error| match error {
        ZipError::Io(error) => Flaw::Unreadable(error),
        ZipError::FileNotFound => Flaw::Missing(name),
        error => Flaw::NotAZip(error.to_string()),
    }
}
