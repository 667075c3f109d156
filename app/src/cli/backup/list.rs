//! `skylift backup list`: the backups that there are, and what is left of others.

use serde_json::Value;

use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::figures;
use super::super::moments::date_and_time;
use super::super::session::Session;
use crate::engine::printable;
use crate::usb::backup::{About, Backup, Backups, Slot};

pub(super) fn list(backups: &Backups, json: bool, session: &Session) -> Result<Exit, Failure> {
    let listing = backups.list()?;
    let sound = listing.damaged.is_empty();
    listing.damaged.into_iter().for_each(|damaged| Failure::from(damaged).tell());
    if json {
        listing.backups.iter().for_each(|backup| session.output.json(&as_json(backup)));
    } else if listing.backups.is_empty() {
        session.output.line("No backups yet. Take one: skylift backup --port P.");
    } else {
        let rows: Vec<_> = listing.backups.iter().map(row).collect();
        session.output.table(["ID", "TAKEN", "BOARD", "CHIP", "FLASH", "FILE", "RAN"], &rows);
        session.output.line(format_args!("\nThey are kept in {}.", backups.folder().display()));
    }
    Ok(if sound { Exit::Done } else { Exit::Failed })
}

fn row(backup: &Backup) -> [String; 7] {
    let about = &backup.about;
    [
        printable(&backup.id),
        date_and_time(about.taken.into()),
        about.mac.as_deref().map_or_else(|| "-".to_owned(), printable),
        printable(&about.chip),
        figures::flash_size(about.held.flash_size),
        figures::bytes(backup.size),
        ran(about).unwrap_or_else(|| "-".to_owned()),
    ]
}

/// The image in the slot that was chosen.
fn ran(about: &About) -> Option<String> {
    let chosen = |slot: &&Slot| slot.chosen;
    let image = about.held.slots.iter().find(chosen)?.image.as_ref()?;
    let damaged = if image.whole { "" } else { " (damaged)" };
    Some(format!("{} {}{damaged}", printable(&image.project), printable(&image.version)))
}

/// A backup as JSON: what it says of itself but the digests of its pieces, and where it is.
pub(super) fn as_json(backup: &Backup) -> Value {
    let mut object = serde_json::to_value(&backup.about).unwrap_or_default();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("pieces_md5");
        fields.insert("id".to_owned(), backup.id.clone().into());
        fields.insert("path".to_owned(), backup.path.display().to_string().into());
        fields.insert("bytes".to_owned(), backup.size.into());
    }
    object
}
