//! Which images the list shows, and in which order. Pure.

use std::cmp::Ordering;

use skylift_updater::signature::SignatureError;

use super::View;
use crate::image::library::Entry;
use crate::image::newest::compare;

/// Which images are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// All.
    #[default]
    All,
    /// Of each project, for each chip, the newest.
    Newest,
    /// Those without a signature.
    Unsigned,
}

/// What the list is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Column {
    /// Project and version.
    Image,
    /// Chip.
    Chip,
    /// Bytes.
    Size,
    /// Whether it is signed.
    Signature,
    /// When it came into the library; the newest first.
    #[default]
    Added,
    /// How many devices run it or had it; the most first.
    Uses,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SortBy {
    /// By what.
    pub column: Column,
    /// The other way round.
    pub reversed: bool,
}

impl SortBy {
    /// What a click on the head of a column makes of it.
    #[must_use]
    pub fn clicked(self, column: Column) -> Self {
        Self { column, reversed: self.column == column && !self.reversed }
    }
}

impl Filter {
    /// All of them, with their names.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::All, "All"), (Self::Newest, "Newest of each"), (Self::Unsigned, "Unsigned")];
}

impl View {
    /// The entries that filter and search leave, in their order.
    #[must_use]
    pub fn shown(&self) -> Vec<&Entry> {
        let wanted = self.search.trim().to_lowercase();
        let finds = |entry: &&Entry| {
            let text =
                format!("{} {} {} {}", entry.project, entry.version, entry.chip, entry.source).to_lowercase();
            wanted.is_empty() || text.contains(&wanted)
        };
        let mut shown: Vec<_> =
            self.entries.iter().filter(|entry| self.keeps(self.filter, entry)).filter(finds).collect();
        shown.sort_by(|one, other| self.order(one, other));
        shown
    }

    /// How many a filter would show.
    #[must_use]
    pub fn count(&self, filter: Filter) -> usize {
        self.entries.iter().filter(|entry| self.keeps(filter, entry)).count()
    }

    fn keeps(&self, filter: Filter, entry: &Entry) -> bool {
        match filter {
            Filter::All => true,
            Filter::Newest => !self.entries.iter().any(|other| is_newer(other, entry)),
            Filter::Unsigned => {
                matches!(self.signatures.get(&entry.file_sha256), Some(Err(SignatureError::Unsigned)))
            }
        }
    }

    fn order(&self, one: &Entry, other: &Entry) -> Ordering {
        let by = match self.sort.column {
            Column::Image => one.project.cmp(&other.project).then_with(|| newest_first(one, other)),
            Column::Chip => one.chip.as_str().cmp(other.chip.as_str()),
            Column::Size => one.size.cmp(&other.size),
            Column::Signature => self.is_signed(other).cmp(&self.is_signed(one)),
            Column::Added => other.added.cmp(&one.added),
            Column::Uses => self.tried(other).cmp(&self.tried(one)),
        };
        let by = if self.sort.reversed { by.reverse() } else { by };
        by.then_with(|| other.added.cmp(&one.added)).then_with(|| newest_first(one, other))
    }

    fn is_signed(&self, entry: &Entry) -> bool {
        matches!(self.signatures.get(&entry.file_sha256), Some(Ok(_)))
    }

    fn tried(&self, entry: &Entry) -> usize {
        self.uses_of(entry).map_or(0, super::Uses::tried)
    }
}

fn newest_first(one: &Entry, other: &Entry) -> Ordering {
    compare(&other.version, &one.version).unwrap_or(Ordering::Equal).then(other.added.cmp(&one.added))
}

/// Whether one goes before the other among the images of a project for a chip.
fn is_newer(one: &Entry, other: &Entry) -> bool {
    one.project == other.project && one.chip == other.chip && newest_first(one, other) == Ordering::Less
}

#[cfg(test)]
mod tests {
    use skylift_protocol::{Chip, Digest};

    use super::*;

    fn entry(project: &str, version: &str, number: u8) -> Entry {
        Entry {
            file_sha256: Digest([number; 32]),
            image_sha256: Digest([number; 32]),
            elf_sha256: Digest::default(),
            project: project.to_owned(),
            version: version.to_owned(),
            chip: Chip::Esp32C3,
            size: u32::from(number),
            added: u64::from(number),
            source: String::new(),
        }
    }

    fn versions(view: &View) -> Vec<String> {
        view.shown().iter().map(|entry| format!("{} {}", entry.project, entry.version)).collect()
    }

    #[test]
    fn of_each_project_the_newest_is_told_by_its_version_and_else_by_its_age() {
        let entries = vec![
            entry("lamp", "1.10.0", 1),
            entry("lamp", "1.9.0", 2),
            entry("pump", "nightly", 3),
            entry("pump", "other", 4),
        ];
        let mut view = View { entries, filter: Filter::Newest, ..View::default() };
        assert_eq!(versions(&view), ["pump other", "lamp 1.10.0"]);
        assert_eq!(view.count(Filter::Newest), 2);
        view.filter = Filter::All;
        view.sort = view.sort.clicked(Column::Image);
        assert_eq!(versions(&view), ["lamp 1.10.0", "lamp 1.9.0", "pump other", "pump nightly"]);
        view.sort = view.sort.clicked(Column::Image);
        assert_eq!(versions(&view)[0], "pump nightly");
        view.sort = view.sort.clicked(Column::Size);
        assert_eq!(versions(&view)[0], "lamp 1.10.0");
    }

    #[test]
    fn an_image_that_was_not_looked_at_yet_is_not_called_unsigned() {
        let mut view = View { entries: vec![entry("lamp", "1.0.0", 1)], ..View::default() };
        assert_eq!(view.count(Filter::Unsigned), 0);
        view.signatures.insert(Digest([1; 32]), Err(SignatureError::Unsigned));
        assert_eq!(view.count(Filter::Unsigned), 1);
    }
}
