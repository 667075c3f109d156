//! `skylift firmware`: the firmware that comes with Skylift, ready to flash.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use skylift_protocol::{Chip, Digest};

use super::demo_image::chip;
use super::exit::Exit;
use super::failure::Failure;
use super::figures;
use super::made::write;
use super::session::Session;
use crate::image::Image;
use crate::image::bundled::BundledFirmware;
use crate::image::library::OpenError;

/// What to do with it; without a word, list it.
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
    /// Write the firmware for a chip to a file
    Save {
        /// The chip
        #[arg(value_name = "CHIP", value_parser = chip)]
        chip: Chip,
        /// The file to write
        #[arg(short, long, value_name = "F")]
        output: PathBuf,
    },
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    match &args.what {
        None => list(args.json, session),
        Some(What::Save { chip, output }) => save(*chip, output.clone(), session),
    }
}

fn list(json: bool, session: &Session) -> Result<Exit, Failure> {
    let mut rows = Vec::new();
    for firmware in BundledFirmware::all() {
        let image = firmware.image()?;
        if json {
            session.output.json(&as_json(&firmware, &image));
        } else {
            rows.push(row(&firmware, &image));
        }
    }
    if !json {
        let titles =
            ["CHIP", "PROJECT", "VERSION", "SIZE", "GUARD", "FILE SHA256", "IMAGE SHA256", "MADE OF COMMIT"];
        session.output.table(titles, &rows);
        session.output.line("");
        session.output.line("To send one: skylift update bundled:CHIP DEVICE");
    }
    Ok(Exit::Done)
}

fn row(firmware: &BundledFirmware, image: &Image) -> [String; 8] {
    let guard = image.guard().map_or_else(|| "none".to_owned(), |guard| format!("version {}", guard.version));
    [
        firmware.chip.to_string(),
        image.project.clone(),
        image.version.clone(),
        figures::size(image.size()),
        guard,
        format!("{:.12}", image.file_sha256),
        format!("{:.12}", image.image_sha256),
        short_commit(firmware.commit()),
    ]
}

/// Ten digits, and whether there were changes that are not in it.
fn short_commit(commit: &str) -> String {
    let (hash, changes) = commit.find('+').map_or((commit, ""), |at| commit.split_at(at));
    format!("{hash:.10}{changes}")
}

fn as_json(firmware: &BundledFirmware, image: &Image) -> Value {
    json!({
        "name": firmware.name(),
        "chip": firmware.chip,
        "project": image.project,
        "version": image.version,
        "size": image.size(),
        "guard": image.guard().map(|guard| guard.version),
        "file_sha256": image.file_sha256,
        "image_sha256": image.image_sha256,
        "elf_sha256": Digest(image.info.descriptor().elf_sha256),
        "commit": firmware.commit(),
        "source_sha256": firmware.source_sha256(),
        "toolchain": firmware.toolchain(),
    })
}

fn save(chip: Chip, output: PathBuf, session: &Session) -> Result<Exit, Failure> {
    let firmware = BundledFirmware::of(chip).ok_or(OpenError::NotBundled(chip.to_string()))?;
    let image = firmware.image()?;
    write(&output, &image.bytes)?;
    session.output.line(format_args!(
        "{}: {} {}, {}, {}",
        output.display(),
        image.project,
        image.version,
        image.chip,
        figures::size(image.size())
    ));
    Ok(Exit::Done)
}
