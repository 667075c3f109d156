//! The tracked sources: a small file of JSON, for its owner's eyes, because a URL may hold a key.

use std::path::PathBuf;

use super::DataDir;
use super::kept::{KeptError, lock, read, write};
use crate::engine::SourceBook;
use crate::image::source::{NetSource, Pattern, TrackedSource};

const SOURCES: &str = "tracked-sources.json";
const LOCK: &str = "tracked-sources.lock";

/// The tracked sources of a data folder. Several processes may use them at the same time.
#[derive(Clone, Debug)]
pub struct SourceList(DataDir);

impl SourceList {
    /// The list of a data folder.
    #[must_use]
    pub fn new(data_dir: &DataDir) -> Self {
        Self(data_dir.clone())
    }

    /// All of them, in the order in which they were added.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn load(&self) -> Result<Vec<TrackedSource>, KeptError> {
        Ok(read(&self.path())?.unwrap_or_default())
    }

    /// Adds a source, in place of the same one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn add(&self, source: TrackedSource) -> Result<(), KeptError> {
        self.change(|list| match list.iter_mut().find(|known| known.is_same(&source)) {
            Some(known) => *known = source,
            None => list.push(source),
        })
    }

    /// Takes a source off it, with this asset or with any. How many that were.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn remove(&self, source: &NetSource, asset: Option<&Pattern>) -> Result<usize, KeptError> {
        let is_meant = |known: &TrackedSource| {
            known.source == *source && (asset.is_none() || known.asset.as_ref() == asset)
        };
        let mut removed = 0;
        self.change(|list| {
            removed = list.iter().filter(|known| is_meant(known)).count();
            list.retain(|known| !is_meant(known));
        })?;
        Ok(removed)
    }

    /// Keeps what came of looking a source up. One that was taken off meanwhile stays off.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn update(&self, looked: &TrackedSource) -> Result<(), KeptError> {
        self.change(|list| {
            if let Some(known) = list.iter_mut().find(|known| known.is_same(looked)) {
                *known = looked.clone();
            }
        })
    }

    fn change(&self, change: impl FnOnce(&mut Vec<TrackedSource>)) -> Result<(), KeptError> {
        let _alone = lock(&self.0, LOCK)?;
        let mut list = self.load()?;
        change(&mut list);
        write(&self.path(), &list)
    }

    fn path(&self) -> PathBuf {
        self.0.path().join(SOURCES)
    }
}

/// For the engine: a file that cannot be used holds nothing, which `skylift sources` tells.
impl SourceBook for SourceList {
    fn sources(&self) -> Vec<TrackedSource> {
        self.load().unwrap_or_default()
    }

    fn keep(&self, looked: &TrackedSource) {
        // Without it, the next process looks once more.
        let _ = self.update(looked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_kept_once_each_and_for_their_owner() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = DataDir::new(Some(folder.path().join("new")));
        let list = SourceList::new(&data_dir);
        assert_eq!(list.load().unwrap(), []);
        let net: NetSource = "acme/lamp".parse().unwrap();
        let asset = |text: &str| Some(text.parse::<Pattern>().unwrap());
        let [c3, c6] = ["*c3.bin", "*c6.bin"].map(|text| TrackedSource::new(net.clone(), asset(text)));
        for source in [&c3, &c6, &c3] {
            list.add(source.clone()).unwrap();
        }
        assert_eq!(list.load().unwrap(), [c3.clone(), c6.clone()]);
        let looked = TrackedSource { failures: 2, ..c6.clone() };
        list.keep(&looked);
        assert_eq!(list.sources(), [c3, looked.clone()]);
        assert_eq!(list.remove(&net, asset("*c3.bin").as_ref()).unwrap(), 1);
        assert_eq!(list.remove(&net, asset("*s3.bin").as_ref()).unwrap(), 0);
        assert_eq!(list.remove(&net, None).unwrap(), 1);
        // A lookup that ends late does not bring it back.
        list.keep(&looked);
        assert_eq!(list.load().unwrap(), []);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = list.path().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_file_is_told_and_stops_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let list = SourceList::new(&DataDir::new(Some(folder.path().to_owned())));
        std::fs::write(list.path(), r#"[{"source":"ftp://x"}]"#).unwrap();
        assert!(list.load().unwrap_err().to_string().contains("is damaged"));
        assert_eq!(list.sources(), []);
    }
}
