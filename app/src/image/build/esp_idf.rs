//! An ESP-IDF build folder: what its build says of itself, in `project_description.json` and `flasher_args.json`.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use skylift_protocol::Chip;

use super::super::library::Elf;
use super::{BuildError, Material, app, elf};

/// No such description is longer.
const MAX_DESCRIPTION: u64 = 4 * 1024 * 1024;
const PROJECT: &str = "project_description.json";
const FLASHING: &str = "flasher_args.json";
const BUILD: &str = "idf.py build";

/// Of `project_description.json`, what is needed; paths are relative to the folder.
#[derive(Debug, Default, Deserialize)]
struct Project {
    app_bin: Option<PathBuf>,
    app_elf: Option<PathBuf>,
    target: Option<String>,
}

/// Of `flasher_args.json`, what is needed.
#[derive(Debug, Default, Deserialize)]
struct Flashing {
    app: Option<FlashedFile>,
    extra_esptool_args: Option<EsptoolArguments>,
}

#[derive(Debug, Deserialize)]
struct FlashedFile {
    file: PathBuf,
}

#[derive(Debug, Deserialize)]
struct EsptoolArguments {
    chip: Option<String>,
}

pub(super) fn is_build_folder(folder: &Path) -> bool {
    [PROJECT, FLASHING].iter().any(|name| folder.join(name).is_file())
}

/// The app of a build folder: its image, or one made from its ELF if only that is there.
pub(super) fn material(folder: &Path, chip: Option<Chip>) -> Result<Material, BuildError> {
    let project: Option<Project> = read(&folder.join(PROJECT))?;
    let flashing: Option<Flashing> = read(&folder.join(FLASHING))?;
    let (project, flashing) = (project.unwrap_or_default(), flashing.unwrap_or_default());
    let there = |file: Option<PathBuf>| file.map(|file| folder.join(file)).filter(|path| path.is_file());
    let elf = there(project.app_elf);
    if let Some(image) = there(project.app_bin).or_else(|| there(flashing.app.map(|app| app.file))) {
        let mut material = app(&image, "the ESP-IDF build")?;
        material.elf = material.elf.or_else(|| Elf::open(&elf?).ok());
        return Ok(material);
    }
    let not_built = || BuildError::NotBuilt { path: folder.to_owned(), command: BUILD };
    let elf = elf.ok_or_else(not_built)?;
    let told = project.target.or(flashing.extra_esptool_args.and_then(|arguments| arguments.chip));
    let told = told.map(|word| Chip::from_word(&word)).filter(|chip| *chip != Chip::Unknown);
    elf::material(Elf::open(&elf)?, chip.or(told))
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, BuildError> {
    let mut text = Vec::new();
    match File::open(path).and_then(|file| file.take(MAX_DESCRIPTION).read_to_end(&mut text)) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(BuildError::Unreadable { path: path.to_owned(), error }),
    }
    let parsed = serde_json::from_slice(&text);
    parsed
        .map(Some)
        .map_err(|error| BuildError::Description { path: path.to_owned(), why: error.to_string() })
}
