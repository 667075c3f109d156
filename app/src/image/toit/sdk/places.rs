//! Where SDKs lie: the user's choice, `TOIT_SDK`, `PATH`, and what Jaguar has downloaded.

use std::env::{self, consts::EXE_SUFFIX};
use std::path::{Path, PathBuf};

use super::Origin;
use super::tool::Tool;
use crate::image::build::in_path;
use crate::image::toit::jaguar_cache;

/// Where its programs are below an SDK; an SDK may also be named by its folder of programs.
const FOLDERS: [&str; 3] = ["bin", "", "lib/toit/bin"];

/// What looks like an SDK, the preferred first. Nothing is started to find out.
pub(super) fn tools(chosen: Option<&Path>) -> Vec<(Tool, Origin)> {
    if let Some(chosen) = chosen {
        let chosen = std::path::absolute(chosen).unwrap_or_else(|_| chosen.to_owned());
        return tool(&chosen).map(|tool| (tool, Origin::Chosen)).into_iter().collect();
    }
    let named = env::var_os("TOIT_SDK").map(PathBuf::from).and_then(|root| tool(&root));
    let toit = in_path("toit").map(Tool::Toit).chain(in_path("toit.compile").map(Tool::Compiler));
    let jaguar = jaguar_cache::folders().into_iter().filter_map(|folder| tool(&folder.join("sdk")));
    let found = named.map(|tool| (tool, Origin::Environment)).into_iter();
    found
        .chain(toit.map(|tool| (tool, Origin::Path)))
        .chain(jaguar.map(|tool| (tool, Origin::Jaguar)))
        .collect()
}

/// The tool of an SDK that is named by its folder, or by the tool itself.
fn tool(place: &Path) -> Option<Tool> {
    if place.is_file() {
        let is_compiler = place.file_name()?.to_string_lossy().starts_with("toit.compile");
        let path = place.to_owned();
        return Some(if is_compiler { Tool::Compiler(path) } else { Tool::Toit(path) });
    }
    let find = |name: &str| {
        let program = format!("{name}{EXE_SUFFIX}");
        FOLDERS.iter().map(|folder| place.join(folder).join(&program)).find(|path| path.is_file())
    };
    find("toit").map(Tool::Toit).or_else(|| find("toit.compile").map(Tool::Compiler))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(folder: &Path, file: &str) -> PathBuf {
        let path = folder.join(format!("{file}{EXE_SUFFIX}"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, b"").unwrap();
        path
    }

    #[test]
    fn an_sdk_may_be_named_by_its_folder_its_programs_or_its_tool() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert_eq!(tool(root), None);
        let compiler = made(root, "bin/toit.compile");
        for place in [root.to_owned(), root.join("bin"), compiler.clone()] {
            assert_eq!(tool(&place), Some(Tool::Compiler(compiler.clone())), "{}", place.display());
        }
        // Newer ones have both.
        let toit = made(root, "bin/toit");
        for place in [root.to_owned(), root.join("bin"), toit.clone()] {
            assert_eq!(tool(&place), Some(Tool::Toit(toit.clone())), "{}", place.display());
        }
        assert_eq!(tools(Some(root)), [(Tool::Toit(toit), Origin::Chosen)]);
        assert_eq!(tools(Some(&root.join("nowhere"))), []);
    }
}
