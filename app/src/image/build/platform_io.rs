//! A PlatformIO project: `.pio/build/<environment>/firmware.bin`.

use std::path::{Path, PathBuf};

use skylift_protocol::Chip;

use super::super::library::Elf;
use super::{BuildError, Material, app, elf};

const IMAGE: &str = "firmware.bin";
const PROGRAM: &str = "firmware.elf";

/// Whether it is a project, or the build folder of an environment.
pub(super) fn is_one(folder: &Path) -> bool {
    folder.join("platformio.ini").is_file() || folder.join(".pio").is_dir() || is_built(folder)
}

/// The app of a project that has one built environment, or of the environment's folder itself.
pub(super) fn material(folder: &Path, chip: Option<Chip>) -> Result<Material, BuildError> {
    let environment = if is_built(folder) { folder.to_owned() } else { the_only_one(folder)? };
    let image = environment.join(IMAGE);
    if image.is_file() {
        return app(&image, "the PlatformIO build");
    }
    elf::material(Elf::open(&environment.join(PROGRAM))?, chip)
}

fn is_built(folder: &Path) -> bool {
    [IMAGE, PROGRAM].iter().any(|name| folder.join(name).is_file())
}

fn the_only_one(project: &Path) -> Result<PathBuf, BuildError> {
    let folders = project.join(".pio").join("build").read_dir().into_iter().flatten().flatten();
    let mut built: Vec<PathBuf> = folders.map(|folder| folder.path()).filter(|path| is_built(path)).collect();
    built.sort();
    match built.len() {
        0 => Err(BuildError::NotBuilt { path: project.to_owned(), command: "pio run" }),
        1 => Ok(built.remove(0)),
        _ => {
            let name = |path: &PathBuf| Some(path.file_name()?.to_string_lossy().into_owned());
            Err(BuildError::Environments {
                path: project.to_owned(),
                names: built.iter().filter_map(name).collect(),
            })
        }
    }
}
