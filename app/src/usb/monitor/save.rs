//! A log as a text file: a line each, with the time of its arrival.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::MonitorError;
use super::line::Line;
use crate::image::write_whole;

/// Writes lines to a file, whole or not at all.
///
/// # Errors
/// The folder does not take it.
pub fn save(path: &Path, lines: &[Arc<Line>]) -> Result<(), MonitorError> {
    let zone = TimeZone::system();
    let mut text = Vec::new();
    let written = lines
        .iter()
        .try_for_each(|line| write(&mut text, line, &zone))
        .and_then(|()| write_whole(path, &text));
    written.map_err(|error| refused(path, &error))
}

/// A file to which lines are added as they arrive.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    file: File,
    zone: TimeZone,
}

impl LogFile {
    /// Opens a file; what it holds already stays.
    ///
    /// # Errors
    /// It cannot be written to.
    pub fn append_to(path: &Path) -> Result<Self, MonitorError> {
        let opened = File::options().create(true).append(true).open(path);
        let file = opened.map_err(|error| refused(path, &error))?;
        Ok(Self { path: path.to_owned(), file, zone: TimeZone::system() })
    }

    /// Adds lines.
    ///
    /// # Errors
    /// They cannot be written: the disk is full, say.
    pub fn add(&mut self, lines: &[Arc<Line>]) -> Result<(), MonitorError> {
        let mut text = Vec::new();
        let written = lines.iter().try_for_each(|line| write(&mut text, line, &self.zone));
        written.and_then(|()| self.file.write_all(&text)).map_err(|error| refused(&self.path, &error))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn write(out: &mut Vec<u8>, line: &Line, zone: &TimeZone) -> io::Result<()> {
    writeln!(out, "{}  {}", time(line.at, zone), line.text)
}

/// On the clock of this computer, to the millisecond.
fn time(at: SystemTime, zone: &TimeZone) -> impl std::fmt::Display {
    Timestamp::try_from(at)
        .unwrap_or_default()
        .to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M:%S%.3f")
        .to_string()
}

fn refused(path: &Path, error: &io::Error) -> MonitorError {
    MonitorError::File { path: path.to_owned(), problem: error.to_string() }
}
