//! What a project's `.cargo/config.toml` says of how it is compiled (Cargo book, "Configuration").

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item};

/// Longer ones are not read.
const MOST: u64 = 1024 * 1024;
/// Both names are read by cargo; the older has no ending.
const NAMES: [&str; 2] = ["config.toml", "config"];

/// The configuration of a project: its own first, then those of the folders around it, then the user's.
pub(super) struct CargoConfig {
    files: Vec<DocumentMut>,
    target: Option<String>,
}

impl CargoConfig {
    /// Reads it. What cannot be read says nothing here; cargo says what is wrong with it.
    pub(super) fn of(project: &Path) -> Self {
        let project = std::path::absolute(project).unwrap_or_else(|_| project.to_owned());
        let around = project.ancestors().map(|folder| folder.join(".cargo"));
        let texts =
            around.chain(home()).filter_map(|folder| NAMES.iter().find_map(|name| read(&folder.join(name))));
        let target = std::env::var("CARGO_BUILD_TARGET").ok().filter(|target| !target.is_empty());
        Self { target, ..Self::from_texts(texts) }
    }

    pub(super) fn from_texts(texts: impl IntoIterator<Item = String>) -> Self {
        Self { files: texts.into_iter().filter_map(|text| text.parse().ok()).collect(), target: None }
    }

    /// What is compiled for unless the command says otherwise.
    pub(super) fn target(&self) -> Option<String> {
        let configured = || {
            let target = self.first(&["build", "target"])?;
            let first = target.as_array().and_then(|targets| targets.get(0)?.as_str());
            Some(target.as_str().or(first)?.to_owned())
        };
        self.target.clone().or_else(configured)
    }

    /// Whether it compiles the standard library too, and so says itself how that is done.
    pub(super) fn builds_std(&self) -> bool {
        self.first(&["unstable", "build-std"]).is_some()
    }

    /// Whether it names the linker for a target.
    pub(super) fn names_linker(&self, target: &str) -> bool {
        let variable = format!("CARGO_TARGET_{}_LINKER", target.to_uppercase().replace('-', "_"));
        std::env::var_os(variable).is_some() || self.first(&["target", target, "linker"]).is_some()
    }

    fn first(&self, keys: &[&str]) -> Option<&Item> {
        self.files.iter().find_map(|file| keys.iter().try_fold(file.as_item(), |item, key| item.get(key)))
    }
}

fn home() -> Option<PathBuf> {
    let named = std::env::var_os("CARGO_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    named.or_else(|| Some(std::env::home_dir()?.join(".cargo")))
}

/// The text of a file of cargo's, if there is one.
pub(super) fn read(path: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(path).ok()?.take(MOST).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_counts() {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().join("around").join("project");
        for (place, text) in [
            (project.as_path(), "[unstable]\nbuild-std = [\"core\"]\n[target.a-b]\nlinker = \"x\""),
            (project.parent().unwrap(), "[build]\ntarget = \"near\""),
            (folder.path(), "[build]\ntarget = \"far\""),
        ] {
            std::fs::create_dir_all(place.join(".cargo")).unwrap();
            std::fs::write(place.join(".cargo").join("config.toml"), text).unwrap();
        }
        let config = CargoConfig { target: None, ..CargoConfig::of(&project) };
        assert_eq!(config.target().as_deref(), Some("near"));
        assert!(config.builds_std() && config.names_linker("a-b") && !config.names_linker("c-d"));
        // What cargo will complain about says nothing.
        assert!(CargoConfig::from_texts(["[build".to_owned()]).target().is_none());
    }
}
