//! `skylift demo-image`: writes an image for simulated devices, of a chosen version and behaviour.

use std::path::PathBuf;

use clap::Args;
use skylift_protocol::Chip;
use skylift_simulator::demo_image::{Behaviour, DemoImage};

use super::exit::Exit;
use super::failure::Failure;
use super::figures;
use super::session::Session;

/// What the image is like, and where it goes.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// The version in its descriptor
    #[arg(long, value_name = "V")]
    version: String,
    /// healthy, crash, hang, no-network, never-validates, late-crash, or sensor: that has a page and fields of its own
    #[arg(long, value_name = "B")]
    behaviour: Behaviour,
    /// The chip in its header
    #[arg(long, value_name = "C", default_value = "esp32c3", value_parser = chip)]
    chip: Chip,
    /// Its size in bytes; the image has up to 15 less
    #[arg(long, value_name = "BYTES")]
    size: Option<u32>,
    /// The file to write
    #[arg(short, long, value_name = "F")]
    output: PathBuf,
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let defaults = DemoImage::default();
    let demo = DemoImage {
        version: args.version.clone(),
        behaviour: args.behaviour,
        chip: args.chip,
        size: args.size.unwrap_or(defaults.size),
        ..defaults
    };
    let image = demo.build().map_err(|error| Failure::new(error.to_string()))?;
    let path = args.output.display();
    std::fs::write(&args.output, &image).map_err(|error| {
        Failure::new(format!("{path}: it cannot be written: {error}"))
            .try_this("check that the folder exists and that this user may write there")
    })?;
    let size = figures::size(u32::try_from(image.len()).unwrap_or(u32::MAX));
    session.output.line(format_args!(
        "{path}: {} {}, {}, {}, {size}",
        demo.project, demo.version, demo.chip, demo.behaviour
    ));
    Ok(Exit::Done)
}

pub(super) fn chip(word: &str) -> Result<Chip, String> {
    match Chip::from_word(word) {
        Chip::Unknown => {
            let known: Vec<&str> = Chip::ALL.iter().map(|chip| chip.as_str()).collect();
            Err(format!("there are {}", known.join(", ")))
        }
        chip => Ok(chip),
    }
}
