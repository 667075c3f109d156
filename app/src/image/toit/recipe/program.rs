//! A program of a recipe: a source, a snapshot or a ready image, and the container it becomes.

use std::path::{Path, PathBuf};

use super::RecipeError;
use crate::image::envelope::snapshot::Bundle;
use crate::image::envelope::{EnvelopeError, Start, assets};
use crate::image::read_bounded;
use crate::image::toit::sdk::is_source;

/// Larger programs and assets are not read: no device could hold them.
const MAX_BYTES: u64 = 32 << 20;
/// As much as fits the name of a container, in bytes.
const MAX_NAME: usize = 14;

/// A program and the container it becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The container's name: 1 to 14 bytes.
    pub name: String,
    /// Its source, a snapshot of it, or an image.
    pub file: PathBuf,
    /// A file of encoded assets.
    pub assets: Option<PathBuf>,
    /// What starts it, and what its end means.
    pub start: Start,
}

/// What a program is given as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgramKind {
    /// Source, which an SDK compiles.
    Source,
    /// A snapshot.
    Snapshot,
    /// Whatever else: a relocatable image, if it can be used.
    Image,
}

impl Program {
    /// A program that runs at boot, in a container that is called after its file.
    #[must_use]
    pub fn of_file(file: &Path) -> Self {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let usual =
            |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
        let name: String = stem
            .chars()
            .map(|character| if usual(character) { character } else { '-' })
            .take(MAX_NAME)
            .collect();
        let name = if name.is_empty() { "program".to_owned() } else { name };
        Self { name, file: file.to_owned(), assets: None, start: Start::default() }
    }

    /// What it is given as. A source is known by its name, the others by what is in them.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn kind(&self) -> Result<ProgramKind, RecipeError> {
        if is_source(&self.file) {
            return Ok(ProgramKind::Source);
        }
        let bytes = read(&self.file)?;
        Ok(if Bundle::is_snapshot(&bytes) { ProgramKind::Snapshot } else { ProgramKind::Image })
    }

    /// What is in the file.
    pub(super) fn content(&self) -> Result<Vec<u8>, RecipeError> {
        read(&self.file)
    }

    /// What is in the file of its assets, if it has one.
    pub(super) fn assets(&self) -> Result<Option<Vec<u8>>, RecipeError> {
        let Some(path) = &self.assets else { return Ok(None) };
        let blob = read(path)?;
        assets::decode(&blob).map_err(|why| {
            let error = EnvelopeError::Assets { name: self.name.clone(), why };
            RecipeError::Program { path: path.clone(), error }
        })?;
        Ok(Some(blob))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, RecipeError> {
    read_bounded(path, MAX_BYTES).map_err(|error| RecipeError::Unreadable { path: path.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_called_after_the_file() {
        for (file, name) in [
            ("src/validate.toit", "validate"),
            ("blink.snapshot", "blink"),
            ("a-program-with-a-long-name.toit", "a-program-with"),
            ("$system.toit", "-system"),
            ("läuft gut.toit", "l-uft-gut"),
            ("..", "program"),
        ] {
            assert_eq!(Program::of_file(Path::new(file)).name, name);
        }
    }
}
