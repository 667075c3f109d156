//! `skylift images`: the images that this computer knows.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::exit::Exit;
use super::failure::Failure;
use super::figures;
use super::session::Session;
use crate::advice::Advice as _;
use crate::engine::printable;
use crate::image::Image;
use crate::image::library::{Elf, Entry, Library};

/// What to do with the images; without a word, list them.
#[derive(Args, Clone, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand, Clone, Debug)]
enum What {
    /// Add an image
    Add {
        /// The image: ota.bin, or <project>.bin
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The ELF it was made from, to read its backtraces
        #[arg(long, value_name = "F")]
        elf: Option<PathBuf>,
    },
    /// Forget images
    Forget {
        /// The first digits of its digest, or its version
        #[arg(value_name = "DIGEST", required = true)]
        images: Vec<String>,
    },
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let library = Library::new(&session.data_dir);
    match &args.what {
        None => list(&library, args.json, session),
        Some(What::Add { file, elf }) => {
            let image = Image::open(file)?;
            let elf = match elf {
                Some(elf) => Some(Elf::open(elf)?),
                // The build writes it beside the image.
                None => Elf::of(&image, &file.with_extension("elf")),
            };
            let source = std::path::absolute(file).unwrap_or_else(|_| file.clone());
            let entry = library.add(&image, elf.as_ref(), &source.display().to_string())?;
            let with = if elf.is_some() { ", with its ELF" } else { "" };
            session.output.line(format_args!("{} is in the library{with}", name(&entry)));
            Ok(Exit::Done)
        }
        Some(What::Forget { images }) => {
            for called in images {
                let entry = library.find(called)?;
                library.forget(&entry)?;
                session.output.line(format_args!("{} is forgotten", name(&entry)));
            }
            Ok(Exit::Done)
        }
    }
}

fn list(library: &Library, json: bool, session: &Session) -> Result<Exit, Failure> {
    let listing = library.list()?;
    for damaged in &listing.damaged {
        Failure { advice: damaged.advice(), ..Failure::new(damaged.to_string()) }.tell();
    }
    if json {
        listing.entries.iter().for_each(|entry| session.output.json(&as_json(library, entry)));
    } else if listing.entries.is_empty() {
        session
            .output
            .line("No images yet. Add one: skylift build, skylift fetch-image, or skylift images add.");
    } else {
        let rows: Vec<_> = listing.entries.iter().map(|entry| row(library, entry)).collect();
        session.output.table(["DIGEST", "PROJECT", "VERSION", "CHIP", "SIZE", "ELF", "SOURCE"], &rows);
    }
    Ok(if listing.damaged.is_empty() { Exit::Done } else { Exit::Failed })
}

fn row(library: &Library, entry: &Entry) -> [String; 7] {
    [
        short(entry),
        printable(&entry.project),
        printable(&entry.version),
        entry.chip.to_string(),
        figures::size(entry.size),
        if library.elf(entry.elf_sha256).is_some() { "yes" } else { "-" }.to_owned(),
        printable(&entry.source),
    ]
}

fn as_json(library: &Library, entry: &Entry) -> Value {
    json!({
        "file_sha256": entry.file_sha256,
        "image_sha256": entry.image_sha256,
        "elf_sha256": entry.elf_sha256,
        "project": entry.project,
        "version": entry.version,
        "chip": entry.chip,
        "size": entry.size,
        "added": entry.added,
        "source": entry.source,
        "path": library.path(entry).display().to_string(),
        "elf": library.elf(entry.elf_sha256).map(|path| path.display().to_string()),
    })
}

/// As many digits as tell a thousand images apart.
pub(super) fn short(entry: &Entry) -> String {
    format!("{:.12}", entry.file_sha256)
}

fn name(entry: &Entry) -> String {
    format!("{} ({} {})", short(entry), printable(&entry.project), printable(&entry.version))
}
