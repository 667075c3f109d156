//! An image that was built or fetched: written to its file, kept in the library, and told.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::exit::Exit;
use super::failure::Failure;
use super::figures;
use super::inspect;
use super::session::Session;
use crate::engine::printable;
use crate::image::library::{Elf, Library};
use crate::image::{Image, write_private, write_whole};

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readers {
    /// Whom the user's umask allows.
    Others,
    /// The owner alone: a password may be in it.
    Owner,
}

/// An image that is new to this computer.
pub(super) struct Made<'a> {
    pub(super) image: &'a Image,
    pub(super) elf: Option<&'a Elf>,
    /// Path or URL, as the library keeps it.
    pub(super) source: String,
    /// Half a sentence: "made from ..." or "fetched from ...".
    pub(super) origin: String,
}

impl Made<'_> {
    pub(super) fn keep(&self, output: Option<&Path>, json: bool, session: &Session) -> Result<Exit, Failure> {
        let path = self.store(output, Readers::Others, session)?;
        if json {
            session.output.json(&self.as_json(&path, session));
        } else {
            self.tell(&path, session);
        }
        Ok(Exit::Done)
    }

    /// Writes it to its file, if it gets one, and keeps it in the library. Gives where it is.
    pub(super) fn store(
        &self,
        output: Option<&Path>,
        readers: Readers,
        session: &Session,
    ) -> Result<PathBuf, Failure> {
        if let Some(output) = output {
            write_for(readers, output, &self.image.bytes)?;
        }
        let library = Library::new(&session.data_dir);
        let entry = library.add(self.image, self.elf, &self.source)?;
        Ok(output.map_or_else(|| library.path(&entry), Path::to_path_buf))
    }

    pub(super) fn as_json(&self, path: &Path, session: &Session) -> Value {
        let mut object = inspect::as_json(self.image, session);
        if let Some(fields) = object.as_object_mut() {
            fields.insert("path".to_owned(), path.display().to_string().into());
            fields.insert("source".to_owned(), self.source.clone().into());
            fields.insert("elf".to_owned(), self.elf.map(|elf| elf.path.display().to_string()).into());
        }
        object
    }

    pub(super) fn tell(&self, path: &Path, session: &Session) {
        let image = self.image;
        session.output.line(format_args!(
            "{}: {} {}, {}, {}",
            path.display(),
            printable(&image.project),
            printable(&image.version),
            image.chip,
            figures::size(image.size())
        ));
        session.output.line(format_args!("  {}", printable(&self.origin)));
        let elf = if self.elf.is_some() { ", with its ELF" } else { "" };
        session.output.line(format_args!("  in the library as {:.12}{elf}", image.file_sha256.to_string()));
    }
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_for(Readers::Others, path, bytes)
}

/// Writes a file for certain readers.
pub(super) fn write_for(readers: Readers, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let written = match readers {
        Readers::Others => write_whole(path, bytes),
        Readers::Owner => write_private(path, bytes),
    };
    written.map_err(|error| {
        Failure::new(format!("{}: it cannot be written: {error}", path.display()))
            .try_this("check that the folder exists and that this user may write there")
    })
}
