//! What belongs to a source: which folders are watched, and whose changes count.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::super::build::Source;
use super::WatchError;

/// More folders are not watched: no project has them, and a home folder does.
const MOST_FOLDERS: usize = 10_000;
/// Marks folders whose content can be made again (bford.info/cachedir); cargo puts it into its target folder.
const CACHE_TAG: &str = "CACHEDIR.TAG";

/// What belongs to a source. All paths are canonical.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// A project with everything in it that people write.
    trees: Vec<PathBuf>,
    /// Folders in which a build leaves its images.
    outcomes: Vec<PathBuf>,
    /// Single files.
    files: BTreeSet<PathBuf>,
}

impl Scope {
    pub(super) fn of(source: &Source) -> Result<Self, WatchError> {
        let mut scope = Self::default();
        match source {
            Source::Cargo(folder) => scope.trees.push(canonical(folder)?),
            Source::EspIdf(folder) => scope.outcomes.push(canonical(folder)?),
            Source::PlatformIo(folder) => scope.outcomes = environments(&canonical(folder)?),
            Source::Elf(file) | Source::Merged(file) | Source::App(file) => {
                // The name that the user gave, and the file it leads to: a build may write either anew.
                let folder =
                    canonical(file.parent().filter(|folder| *folder != "").unwrap_or(Path::new(".")))?;
                scope.files.extend(file.file_name().map(|name| folder.join(name)));
                scope.files.insert(canonical(file)?);
            }
        }
        if scope.outcomes.is_empty() && matches!(source, Source::PlatformIo(_)) {
            return Err(WatchError::NotThere(source.path().join(".pio").join("build")));
        }
        Ok(scope)
    }

    /// Takes further files in, unless they are in a project already or can be made again.
    pub(super) fn include(&mut self, files: &[PathBuf]) {
        let files = files.iter().filter_map(|file| file.canonicalize().ok());
        let others = files.filter(|file| !self.trees.iter().any(|tree| file.starts_with(tree)));
        let written = others.filter(|file| !file.ancestors().any(|folder| folder.join(CACHE_TAG).exists()));
        self.files.extend(written.collect::<Vec<_>>());
    }

    /// Whether a change of this file counts.
    pub(super) fn concerns(&self, path: &Path) -> bool {
        let is_outcome = |name: &OsStr| ["bin", "elf", "json"].iter().any(|wanted| name == *wanted);
        self.files.contains(path)
            || self.trees.iter().any(|tree| path.strip_prefix(tree).is_ok_and(is_written_by_people))
            || path.extension().is_some_and(is_outcome)
                && path.parent().is_some_and(|folder| self.outcomes.iter().any(|outcome| outcome == folder))
    }

    /// Whether a folder that comes must be watched.
    pub(super) fn watches(&self, folder: &Path) -> bool {
        let in_tree = |tree: &PathBuf| {
            folder.strip_prefix(tree).is_ok_and(|below| below.iter().all(|name| !is_set_aside(name)))
        };
        self.roots().any(|root| root.starts_with(folder)) || self.trees.iter().any(in_tree)
    }

    /// The folders that must be watched, as they are now. What lies above them tells when they come back.
    pub(super) fn folders(&self) -> BTreeSet<PathBuf> {
        let mut folders = BTreeSet::new();
        for root in self.roots() {
            let above = root.ancestors().skip(1).find(|folder| folder.is_dir());
            folders.extend(above.into_iter().chain([root]).map(Path::to_owned));
        }
        let mut unseen: Vec<PathBuf> = self.trees.clone();
        while let Some(folder) = unseen.pop().filter(|_| folders.len() < MOST_FOLDERS) {
            let entries = folder.read_dir().into_iter().flatten().flatten();
            // Links are not followed: they may lead in circles.
            let below = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
            unseen.extend(below.map(|entry| entry.path()).filter(|folder| is_project_folder(folder)));
            folders.insert(folder);
        }
        folders.retain(|folder| folder.is_dir());
        folders
    }

    /// The folders with everything in them.
    fn roots(&self) -> impl Iterator<Item = &Path> {
        let of_files = self.files.iter().filter_map(|file| file.parent());
        self.trees.iter().chain(&self.outcomes).map(PathBuf::as_path).chain(of_files)
    }

    /// The single files, whose content is known from the beginning.
    pub(super) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.iter()
    }
}

/// A path below a project: neither hidden, nor built, nor what an editor leaves while it works.
fn is_written_by_people(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(OsStr::to_str) else { return false };
    let by_machines =
        name == "Cargo.lock" || name.ends_with('~') || name.starts_with('#') || name.starts_with('.');
    let folders = path.parent().into_iter().flat_map(Path::components);
    !by_machines && folders.into_iter().all(|folder| !is_set_aside(folder.as_os_str()))
}

fn is_project_folder(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| !is_set_aside(name)) && !folder.join(CACHE_TAG).exists()
}

fn is_set_aside(name: &OsStr) -> bool {
    let hidden = name.as_encoded_bytes().starts_with(b".") && name != ".cargo";
    hidden || name == "target" || name == "node_modules"
}

/// The folders of the environments that PlatformIO has built, or the one that the source is.
fn environments(folder: &Path) -> Vec<PathBuf> {
    let built = folder.join(".pio").join("build");
    if !built.is_dir() {
        let is_one = folder.parent().is_some_and(|parent| parent.ends_with(Path::new(".pio").join("build")));
        return if is_one { vec![folder.to_owned()] } else { Vec::new() };
    }
    let folders = built.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
    folders.filter(|path| path.is_dir()).collect()
}

fn canonical(path: &Path) -> Result<PathBuf, WatchError> {
    path.canonicalize().map_err(|error| WatchError::of(path, &notify::Error::io(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_people_write_counts_in_a_project() {
        for (path, counts) in [
            ("src/main.rs", true),
            ("Cargo.toml", true),
            (".cargo/config.toml", true),
            ("assets/page.html", true),
            ("Cargo.lock", false),
            ("src/.main.rs.swp", false),
            ("src/main.rs~", false),
            ("src/#main.rs#", false),
            (".git/index", false),
            ("target/release/lamp", false),
            ("sub/target/x.rs", false),
            (".embuild/x", false),
        ] {
            assert_eq!(is_written_by_people(Path::new(path)), counts, "{path}");
        }
    }

    #[test]
    fn folders_that_can_be_made_again_are_not_watched() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().canonicalize().unwrap().join("lamp");
        for folder in ["src/deep", "target/release", ".git/objects", "out", ".cargo"] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
        }
        std::fs::write(root.join("out").join(CACHE_TAG), "").unwrap();
        let scope = Scope::of(&Source::Cargo(root.clone())).unwrap();
        let watched: Vec<_> = scope
            .folders()
            .iter()
            .filter_map(|folder| Some(folder.strip_prefix(&root).ok()?.to_owned()))
            .collect();
        assert_eq!(watched, ["", ".cargo", "src", "src/deep"].map(PathBuf::from));
    }

    #[test]
    fn of_a_build_folder_only_outcomes_count() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().canonicalize().unwrap();
        let scope = Scope::of(&Source::EspIdf(root.clone())).unwrap();
        assert!(scope.concerns(&root.join("lamp.bin")) && scope.concerns(&root.join("lamp.elf")));
        assert!(!scope.concerns(&root.join("main.o")) && !scope.concerns(&root.join("bootloader/x.bin")));
        std::fs::write(root.join("ota.bin"), "").unwrap();
        let scope = Scope::of(&Source::App(root.join("ota.bin"))).unwrap();
        assert!(scope.concerns(&root.join("ota.bin")) && !scope.concerns(&root.join("other.bin")));
        let missing = Scope::of(&Source::PlatformIo(root.clone()));
        assert!(matches!(missing, Err(WatchError::NotThere(_))), "{missing:?}");
    }
}
