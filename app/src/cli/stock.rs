//! What could be sent: the images of the library and the tracked sources, and how it is said that one is newer.

use std::sync::Arc;

use serde_json::{Value, json};

use super::github::Github;
use super::session::Session;
use crate::engine::{LookupTiming, Lookups, Snapshot, Stock, printable};
use crate::image::library::Library;
use crate::image::newest::{Newer, OnShelf, Relation, Shelf};
use crate::store::SourceList;

impl Session {
    /// What there is now. Why it is nothing, if it cannot be read, `skylift images` and `skylift sources` tell.
    pub(super) fn shelf(&self) -> Shelf {
        let sources = SourceList::new(&self.data_dir).load().unwrap_or_default();
        Shelf::of(&Library::new(&self.data_dir), &sources).unwrap_or_default()
    }

    /// What an engine that has not run for long has seen, with what there is.
    pub(super) fn with_stock(&self, seen: &Snapshot) -> Snapshot {
        let stock = Arc::new(Stock { shelf: self.shelf(), ..Stock::default() });
        Snapshot { stock, ..seen.clone() }
    }

    /// For an engine that runs for long: sources are looked up as it goes on.
    pub(super) fn lookups(&self) -> Lookups {
        Lookups {
            library: Library::new(&self.data_dir),
            book: Arc::new(SourceList::new(&self.data_dir)),
            // What is wrong with a token, or with certificates, the commands for sources tell.
            fetcher: Github::of_environment().fetcher(self).ok().map(Arc::new),
            timing: LookupTiming::default(),
        }
    }
}

/// Where an image comes from, in a word or two.
fn origin(image: &OnShelf) -> String {
    image.from.as_deref().map_or_else(|| "library".to_owned(), printable)
}

/// In a table, behind the version that runs.
pub(super) fn beside(version: &str, newer: Option<&Newer<'_>>) -> String {
    let Some(Newer { image, relation }) = newer else { return version.to_owned() };
    let there = match relation {
        Relation::Newer => "newer",
        Relation::DifferentBuild => "other build",
    };
    format!("{version}, {there}: {} ({})", printable(&image.entry.version), origin(image))
}

/// In a line of its own: its title, and what there is.
pub(super) fn line(newer: &Newer<'_>) -> (&'static str, String) {
    let entry = &newer.image.entry;
    match newer.relation {
        Relation::Newer => ("newer", format!("{} ({})", printable(&entry.version), origin(newer.image))),
        Relation::DifferentBuild => (
            "other build",
            format!(
                "{}, {:.12} ({})",
                printable(&entry.version),
                entry.file_sha256.to_string(),
                origin(newer.image)
            ),
        ),
    }
}

/// As JSON; `null` if there is nothing newer.
pub(super) fn as_json(newer: Option<&Newer<'_>>) -> Value {
    newer.map_or(Value::Null, |Newer { image, relation }| {
        json!({
            "relation": relation.as_str(),
            "version": image.entry.version,
            "file_sha256": image.entry.file_sha256,
            "image_sha256": image.entry.image_sha256,
            "source": image.from,
        })
    })
}
