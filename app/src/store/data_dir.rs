//! The folder that holds everything Skylift keeps.

use std::env;
use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};

const NAME: &str = "skylift";

/// The folder that holds everything Skylift keeps. It is created when something is kept in it for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// The given folder, or the operating system's place for such things.
    #[must_use]
    pub fn new(given: Option<PathBuf>) -> Self {
        Self(given.unwrap_or_else(usual_place))
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Sees to it that the folder is there. A new one is for the user only.
    ///
    /// # Errors
    /// The operating system does not let it be created.
    pub fn create(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0)
    }
}

fn usual_place() -> PathBuf {
    let home = env::home_dir().unwrap_or_default();
    let set = |variable| env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = match env::consts::OS {
        "windows" => set("LOCALAPPDATA").unwrap_or_else(|| home.join("AppData").join("Local")),
        "macos" => home.join("Library").join("Application Support"),
        _ => set("XDG_DATA_HOME").unwrap_or_else(|| home.join(".local").join("share")),
    };
    base.join(NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_word_counts_and_else_the_systems() {
        assert_eq!(DataDir::new(Some("here".into())).path(), Path::new("here"));
        let usual = DataDir::new(None);
        assert!(usual.path().ends_with(NAME) && usual.path() != Path::new(NAME), "{usual:?}");
    }
}
