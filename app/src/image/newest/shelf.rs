//! What is there to be sent: the images of the library, by the project they belong to.

use std::cmp::Ordering;
use std::collections::HashMap;

use skylift_protocol::{Chip, Digest, Status};

use super::super::library::{Entry, Library, LibraryError};
use super::super::source::TrackedSource;
use super::compare;

/// The images of the library, as they were at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shelf(HashMap<String, Vec<OnShelf>>);

/// An image of the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnShelf {
    /// What the library knows of it.
    pub entry: Entry,
    /// The tracked source that has it now, for people.
    pub from: Option<String>,
}

/// What runs on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running<'a> {
    /// The project in its app descriptor.
    pub project: &'a str,
    /// The version there.
    pub version: &'a str,
    /// The device's chip.
    pub chip: Chip,
    /// Which build it is.
    pub image_sha256: Digest,
}

/// An image that a device does not run, and could.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Newer<'s> {
    /// The image.
    pub image: &'s OnShelf,
    /// What can be said of it.
    pub relation: Relation,
}

/// How an image relates to the one that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Its version is the higher one.
    Newer,
    /// It is another build, and the versions do not say which of the two is newer.
    DifferentBuild,
}

impl Relation {
    /// Its word, as in JSON output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Newer => "newer",
            Self::DifferentBuild => "different_build",
        }
    }
}

impl<'a> Running<'a> {
    /// What a device says of itself.
    #[must_use]
    pub fn of(status: &'a Status) -> Self {
        let running = &status.running;
        Self {
            project: &running.project,
            version: &running.version,
            chip: status.chip,
            image_sha256: running.image_sha256,
        }
    }
}

impl Shelf {
    /// The images of the library. Damaged ones are left out.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn of(library: &Library, sources: &[TrackedSource]) -> Result<Self, LibraryError> {
        Ok(Self::new(library.list()?.entries, sources))
    }

    /// These images, with where they come from.
    #[must_use]
    pub fn new(entries: Vec<Entry>, sources: &[TrackedSource]) -> Self {
        let mut shelf: HashMap<String, Vec<OnShelf>> = HashMap::new();
        for entry in entries {
            let has_it = |source: &&TrackedSource| {
                source.found.as_ref().is_some_and(|found| found.file_sha256 == entry.file_sha256)
            };
            let from = sources.iter().find(has_it).map(|source| source.source.to_string());
            shelf.entry(entry.project.clone()).or_default().push(OnShelf { entry, from });
        }
        Self(shelf)
    }

    /// The newest image for a device, if it does not run it already: of its project, for its chip. Versions are
    /// believed where both follow Semantic Versioning; else the build that came last into the library is told as what
    /// it is, unless what runs came after it.
    #[must_use]
    pub fn newer(&self, running: &Running<'_>) -> Option<Newer<'_>> {
        let fits = |image: &&OnShelf| image.entry.chip == running.chip && running.chip != Chip::Unknown;
        let images = || self.0.get(running.project).into_iter().flatten().filter(fits);
        let order = |image: &OnShelf| compare(&image.entry.version, running.version);
        let others = || images().filter(|image| image.entry.image_sha256 != running.image_sha256);
        let higher = others().filter(|image| order(image) == Some(Ordering::Greater));
        if let Some(image) = higher.max_by(|one, other| newest_last(one, other)) {
            return Some(Newer { image, relation: Relation::Newer });
        }
        let unordered = others().filter(|image| matches!(order(image), None | Some(Ordering::Equal)));
        let image = unordered.max_by_key(|image| image.entry.added)?;
        let own = images().find(|image| image.entry.image_sha256 == running.image_sha256);
        let came_later = own.is_none_or(|own| own.entry.added < image.entry.added);
        came_later.then_some(Newer { image, relation: Relation::DifferentBuild })
    }
}

fn newest_last(one: &OnShelf, other: &OnShelf) -> Ordering {
    let versions = compare(&one.entry.version, &other.entry.version).unwrap_or(Ordering::Equal);
    versions.then(one.entry.added.cmp(&other.entry.added))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u8, version: &str) -> Entry {
        Entry {
            file_sha256: Digest([number; 32]),
            image_sha256: Digest([number; 32]),
            elf_sha256: Digest([0; 32]),
            project: "lamp".to_owned(),
            version: version.to_owned(),
            chip: Chip::Esp32C3,
            size: 1000,
            added: u64::from(number),
            source: "/build/lamp.bin".to_owned(),
        }
    }

    fn running(number: u8, version: &str) -> Running<'_> {
        Running { project: "lamp", version, chip: Chip::Esp32C3, image_sha256: Digest([number; 32]) }
    }

    /// What a device that runs this image is told, by number and relation.
    fn newer(shelf: &[Entry], running: &Running<'_>) -> Option<(u8, Relation)> {
        let shelf = Shelf::new(shelf.to_vec(), &[]);
        shelf.newer(running).map(|newer| (newer.image.entry.file_sha256.0[0], newer.relation))
    }

    #[test]
    fn the_highest_version_is_the_newest_whenever_it_came() {
        let shelf = [entry(1, "1.10.0"), entry(2, "1.9.0"), entry(3, "1.8.0"), entry(4, "nightly")];
        assert_eq!(newer(&shelf, &running(3, "1.8.0")), Some((1, Relation::Newer)));
        assert_eq!(newer(&shelf[..3], &running(1, "1.10.0")), None);
        // Older ones are not offered, and one that cannot be compared is not called newer.
        assert_eq!(newer(&shelf[..3], &running(9, "2.0.0")), None);
        assert_eq!(newer(&shelf, &running(9, "2.0.0")), Some((4, Relation::DifferentBuild)));
    }

    #[test]
    fn without_an_order_it_is_a_different_build() {
        let shelf = [entry(1, "a1b2c3d"), entry(2, "0f9e8d7"), entry(3, "0f9e8d7")];
        assert_eq!(newer(&shelf, &running(1, "a1b2c3d")), Some((3, Relation::DifferentBuild)));
        assert_eq!(newer(&shelf, &running(8, "unknown")), Some((3, Relation::DifferentBuild)));
        // What runs came last: an earlier build is no news.
        assert_eq!(newer(&shelf, &running(3, "0f9e8d7")), None);
        // The same version, built again.
        assert_eq!(newer(&[entry(1, "1.0.0")], &running(7, "1.0.0")), Some((1, Relation::DifferentBuild)));
    }

    #[test]
    fn other_projects_and_chips_do_not_count() {
        let shelf = [entry(1, "9.0.0")];
        assert_eq!(newer(&shelf, &Running { project: "door", ..running(7, "1.0.0") }), None);
        for chip in [Chip::Esp32S3, Chip::Unknown] {
            assert_eq!(newer(&shelf, &Running { chip, ..running(7, "1.0.0") }), None);
            let unknown = Entry { chip: Chip::Unknown, ..entry(1, "9.0.0") };
            assert_eq!(newer(&[unknown], &Running { chip, ..running(7, "1.0.0") }), None);
        }
    }
}
