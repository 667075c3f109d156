//! `skylift envelope create`: a new envelope, of what a build of Toit's firmware leaves.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Call, files};
use crate::cli::failure::Failure;
use crate::image::envelope::{Envelope, Esp32Parts, WordSize};

#[derive(Subcommand, Clone, Debug)]
pub(super) enum What {
    /// One for a chip
    Esp32(Esp32),
    /// One for a computer
    Host(Host),
}

// The options have dots, as Toit's tool has them.
#[derive(Args, Clone, Debug)]
pub(super) struct Esp32 {
    /// The app image
    #[arg(long = "firmware.bin", value_name = "F")]
    firmware_bin: PathBuf,
    /// The snapshot of the system
    #[arg(long = "system.snapshot", value_name = "F")]
    system_snapshot: PathBuf,
    /// The program that the app image was made of
    #[arg(long = "firmware.elf", value_name = "F")]
    firmware_elf: Option<PathBuf>,
    /// The bootloader
    #[arg(long = "bootloader.bin", value_name = "F")]
    bootloader_bin: Option<PathBuf>,
    /// The partition table
    #[arg(long = "partitions.bin", value_name = "F")]
    partitions_bin: Option<PathBuf>,
    /// The first content of otadata
    #[arg(long = "otadata.bin", value_name = "F")]
    otadata_bin: Option<PathBuf>,
    /// How to flash them: ESP-IDF's flasher_args.json
    #[arg(long = "flashing.json", value_name = "F")]
    flashing_json: Option<PathBuf>,
}

#[derive(Args, Clone, Debug)]
pub(super) struct Host {
    /// The program that runs containers
    #[arg(long, value_name = "F")]
    run_image: PathBuf,
    /// The bytes of its words: 4 or 8
    #[arg(long, value_name = "BYTES", value_parser = word_size)]
    word_size: WordSize,
    /// The SDK it belongs to, such as v2.0.0-alpha.195; Toit's tool takes its own
    #[arg(long, value_name = "VERSION")]
    sdk_version: String,
}

fn word_size(text: &str) -> Result<WordSize, String> {
    text.parse().ok().and_then(WordSize::of_bytes).ok_or_else(|| "words have 4 or 8 bytes".to_owned())
}

pub(super) fn run(what: &What, call: &Call<'_>) -> Result<(), Failure> {
    let envelope = match what {
        What::Esp32(args) => esp32(args)?,
        What::Host(args) => {
            Envelope::create_host(files::read(&args.run_image)?, args.word_size, &args.sdk_version)
        }
    };
    Ok(envelope.save(call.path)?)
}

fn esp32(args: &Esp32) -> Result<Envelope, Failure> {
    let read = |path: &Option<PathBuf>| path.as_deref().map(files::read).transpose();
    let parts = Esp32Parts {
        firmware_bin: files::read(&args.firmware_bin)?,
        system_snapshot: files::read(&args.system_snapshot)?,
        firmware_elf: read(&args.firmware_elf)?,
        bootloader_bin: read(&args.bootloader_bin)?,
        partitions_bin: read(&args.partitions_bin)?,
        otadata_bin: read(&args.otadata_bin)?,
        flashing_json: read(&args.flashing_json)?,
    };
    Ok(Envelope::create_esp32(parts)?)
}
