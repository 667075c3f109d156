//! What a source is: told by its folder's files or its first bytes, never by a question.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::super::WrongFile;
use super::{BuildError, esp_idf, platform_io};

/// As many bytes tell a merged image: the partition table lies at 0x8000.
const TELLING: u64 = 0x9000;

/// What an image can be made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The folder of a Cargo project.
    Cargo(PathBuf),
    /// An ELF.
    Elf(PathBuf),
    /// The build folder of an ESP-IDF project.
    EspIdf(PathBuf),
    /// A PlatformIO project, or the build folder of one of its environments.
    PlatformIo(PathBuf),
    /// Bootloader, partition table and app in one.
    Merged(PathBuf),
    /// An app image, or something that will be judged as one.
    App(PathBuf),
}

impl Source {
    /// Recognises a source.
    ///
    /// # Errors
    /// It cannot be read, or it is a folder in which nothing is known.
    pub fn recognise(path: &Path) -> Result<Self, BuildError> {
        let unreadable = |error| BuildError::Unreadable { path: path.to_owned(), error };
        if path.metadata().map_err(unreadable)?.is_dir() {
            return folder(path);
        }
        if path.file_name().is_some_and(|name| name == "Cargo.toml") {
            return Ok(Self::Cargo(folder_of(path)));
        }
        if path.file_name().is_some_and(|name| name == "platformio.ini") {
            return Ok(Self::PlatformIo(folder_of(path)));
        }
        if !path.is_file() {
            // Opening a pipe would wait for its writer; the judge says what is wrong with it.
            return Ok(Self::App(path.to_owned()));
        }
        let mut head = Vec::new();
        File::open(path).and_then(|file| file.take(TELLING).read_to_end(&mut head)).map_err(unreadable)?;
        Ok(match WrongFile::recognise(&head) {
            Some(WrongFile::Elf) => Self::Elf(path.to_owned()),
            Some(WrongFile::MergedFlash) => Self::Merged(path.to_owned()),
            _ => Self::App(path.to_owned()),
        })
    }

    /// The file or folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Cargo(path)
            | Self::Elf(path)
            | Self::EspIdf(path)
            | Self::PlatformIo(path)
            | Self::Merged(path)
            | Self::App(path) => path,
        }
    }
}

fn folder(path: &Path) -> Result<Source, BuildError> {
    let holds = |name: &str| path.join(name).exists();
    // Before ESP-IDF: a Rust project on ESP-IDF may hold one of its build folders too.
    if holds("Cargo.toml") {
        return Ok(Source::Cargo(path.to_owned()));
    }
    if platform_io::is_one(path) {
        return Ok(Source::PlatformIo(path.to_owned()));
    }
    if esp_idf::is_build_folder(path) {
        return Ok(Source::EspIdf(path.to_owned()));
    }
    if holds("CMakeLists.txt") || holds("sdkconfig") {
        // The project itself: its build folder is called so unless the user asked otherwise.
        return Ok(Source::EspIdf(path.join("build")));
    }
    Err(BuildError::NothingToBuild(path.to_owned()))
}

fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
