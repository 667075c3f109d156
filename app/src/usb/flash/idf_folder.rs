//! What an ESP-IDF build folder brings: `flasher_args.json` says which file goes where.
//!
//! Format: ESP-IDF's `components/esptool_py/flasher_args.json.in`.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Brought, Piece};
use crate::image::build::BuildError;
use crate::image::read_bounded;
use crate::usb::board::Table;

const FLASHING: &str = "flasher_args.json";
/// No such description is longer, and no flash holds a larger file.
const MAX_DESCRIPTION: u64 = 4 << 20;
const MAX_FILE: u64 = 32 << 20;

/// Of `flasher_args.json`, what is needed.
#[derive(Debug, Deserialize)]
struct Flashing {
    flash_files: BTreeMap<String, PathBuf>,
    bootloader: Option<Named>,
    #[serde(rename = "partition-table")]
    table: Option<Named>,
    app: Option<Named>,
    otadata: Option<Named>,
}

#[derive(Debug, Deserialize)]
struct Named {
    offset: String,
}

/// All but the app. Without `flasher_args.json`, nothing: then only the app is known.
pub(super) fn brought(folder: &Path) -> Result<Brought, BuildError> {
    let path = folder.join(FLASHING);
    let text = match read_bounded(&path, MAX_DESCRIPTION) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Brought::default()),
        Err(error) => return Err(BuildError::Unreadable { path, error }),
    };
    let wrong = |why: String| BuildError::Description { path: path.clone(), why };
    let flashing: Flashing = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
    let at = |named: &Option<Named>| named.as_ref().and_then(|named| offset(&named.offset));
    let (bootloader, table) = (at(&flashing.bootloader), at(&flashing.table));
    let (app, otadata) = (at(&flashing.app), at(&flashing.otadata));
    let mut brought = Brought { app_at: app, ..Brought::default() };
    for (place, file) in &flashing.flash_files {
        let place = offset(place).ok_or_else(|| wrong(format!("{place:?} is no place in a flash")))?;
        if Some(place) == app || Some(place) == otadata {
            continue;
        }
        let path = folder.join(file);
        let bytes = read_bounded(&path, MAX_FILE);
        let bytes = bytes.map_err(|error| BuildError::Unreadable { path: path.clone(), error })?;
        match Some(place) {
            it if it == bootloader => brought.bootloader = Some(bytes),
            it if it == table => {
                let table = Table::from_bytes(&bytes);
                brought.table = Some(table.map_err(|error| BuildError::Table { path, error })?);
            }
            _ => {
                let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                brought.pieces.push(Piece { offset: place, bytes, what: name });
            }
        }
    }
    Ok(brought)
}

fn offset(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}
