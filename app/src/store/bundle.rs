//! A diagnostic bundle: all that is known of one update as one zip file, without secrets, to be given to others.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::redact::{redact, redact_json};
use super::{Course, Exported, PastUpdate, What, moment_in};
use crate::advice::Advice;

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
#[error("the bundle {} cannot be written: {source}", path.display())]
pub struct BundleError {
    path: PathBuf,
    source: io::Error,
}

impl Advice for BundleError {
    fn advice(&self) -> Vec<String> {
        vec!["another place, with -o FILE".to_owned()]
    }
}

/// Writes a bundle. Its times are in UTC, because it leaves this computer.
///
/// # Errors
/// The file cannot be written.
pub fn write_bundle(update: &PastUpdate, course: &Course, path: &Path) -> Result<(), BundleError> {
    let home = std::env::home_dir().map(|home| home.display().to_string());
    let written = File::create(path).and_then(|file| write_to(update, course, home.as_deref(), file));
    written.map_err(|source| BundleError { path: path.to_owned(), source })
}

fn write_to(update: &PastUpdate, course: &Course, home: Option<&str>, file: File) -> io::Result<()> {
    let mut zip = ZipWriter::new(file);
    // A few KiB are not worth a compressor.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in contents(update, course, home) {
        zip.start_file(name, options)?;
        zip.write_all(content.as_bytes())?;
    }
    zip.finish()?.sync_all()
}

fn contents(update: &PastUpdate, course: &Course, home: Option<&str>) -> Vec<(&'static str, String)> {
    let mut row =
        serde_json::to_value(Exported::new(update, &TimeZone::UTC).with_course(course)).unwrap_or_default();
    redact_json(&mut row, home);
    let mut files = vec![
        ("about.json", pretty(&about())),
        ("update.json", pretty(&row)),
        ("timeline.txt", redact(&timeline(update), home)),
    ];
    if let Some(log) = &update.log {
        files.push(("device.log", redact(log, home)));
    }
    files
}

fn about() -> Value {
    json!({
        "skylift": env!("CARGO_PKG_VERSION"),
        "os": std::env::consts::OS,
        "arch": std::env::consts::ARCH,
        "sqlite": rusqlite::version(),
        "written": moment_in(&TimeZone::UTC, std::time::SystemTime::now()),
    })
}

fn timeline(update: &PastUpdate) -> String {
    let line = |at, what: &str| format!("{}  {what}\n", moment_in(&TimeZone::UTC, at));
    let mut lines: String = update
        .timeline
        .iter()
        .map(|moment| match &moment.what {
            What::Phase(what) | What::Note(what) => line(moment.at, what),
        })
        .collect();
    if let Some(end) = &update.end {
        let words = [Some(&end.verdict), end.reason.as_ref(), end.detail.as_ref()];
        lines += &line(end.at, &words.into_iter().flatten().cloned().collect::<Vec<_>>().join(": "));
    }
    lines
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests;
