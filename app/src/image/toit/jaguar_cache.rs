//! What an installed Jaguar has downloaded: for each of its versions a folder with an SDK, and with its own service.
//!
//! Jaguar keeps it in `$XDG_CACHE_HOME/jaguar`, else in `~/.cache/jaguar`, on all operating systems.

use std::env;
use std::path::PathBuf;

/// More versions than anybody keeps.
const MOST: usize = 64;

/// The folders of its versions, the last one that was downloaded first.
pub(super) fn folders() -> Vec<PathBuf> {
    let set = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = set.or_else(|| Some(env::home_dir()?.join(".cache")));
    let Some(all) = cache.map(|cache| cache.join("jaguar")) else { return Vec::new() };
    let versions = all.read_dir().into_iter().flatten().flatten().take(MOST);
    let mut folders: Vec<_> = versions
        .filter_map(|version| {
            let found = version.path().metadata().ok().filter(std::fs::Metadata::is_dir)?;
            Some((found.modified().ok()?, version.path()))
        })
        .collect();
    folders.sort_by(|a, b| b.cmp(a));
    // Old ones kept a single version, in the folder itself.
    folders.into_iter().map(|(_, path)| path).chain([all]).collect()
}
