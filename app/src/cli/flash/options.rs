//! What is flashed, as options: the firmware, the table, the bootloader.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clap::Args;
use skylift_protocol::Chip;

use super::super::build::tell;
use super::super::demo_image::chip;
use super::super::failure::Failure;
use super::super::session::wait_for;
use crate::image::build::{BuildRequest, Built, Source as Kind, build};
use crate::image::bundled::BundledFirmware;
use crate::usb::flash::{BootloaderWish, Firmware, Refusal, Scope, TableWish, Wish};

/// A flash of so many bytes, if nobody says otherwise.
const USUAL_FLASH: u32 = 4 << 20;

/// What is flashed.
#[derive(Args, Clone, Debug)]
pub(super) struct FlashOptions {
    /// An app image, an ELF, a merged image, a build folder of ESP-IDF, or a Cargo project [default: the firmware that
    /// comes with Skylift]
    #[arg(value_name = "SOURCE")]
    source: Option<PathBuf>,
    /// The chip, if the source does not say
    #[arg(long, value_name = "C", value_parser = chip)]
    chip: Option<Chip>,
    /// Write the app alone: bootloader and partition table stay
    #[arg(long, conflicts_with_all = ["table", "bootloader", "merged_out"])]
    app_only: bool,
    /// A partition table: CSV or binary [default: that of the source, else Skylift's for the size of the flash]
    #[arg(long, value_name = "FILE", conflicts_with = "keep_table")]
    table: Option<PathBuf>,
    /// Keep the board's partition table
    #[arg(long, conflicts_with = "merged_out")]
    keep_table: bool,
    /// A bootloader [default: that of the source, else ESP-IDF's, which does not roll back]
    #[arg(long, value_name = "FILE")]
    bootloader: Option<PathBuf>,
    /// The bootloader is built with rollback, which is recorded on the board
    #[arg(long, requires = "bootloader")]
    bootloader_rolls_back: bool,
    /// Overwrite a board that holds something without a backup
    #[arg(long)]
    pub(super) no_backup: bool,
    /// Do not ask
    #[arg(long)]
    pub(super) yes: bool,
    /// Say what would become of the board, and write nothing
    #[arg(long, conflicts_with = "merged_out")]
    pub(super) dry_run: bool,
    /// Write all of it into FILE, as one image from the beginning of the flash on; no board is needed
    #[arg(long, value_name = "FILE")]
    pub(super) merged_out: Option<PathBuf>,
    /// With --merged-out: MiB of the flash that it is for
    #[arg(long, value_name = "MIB", requires = "merged_out", value_parser = clap::value_parser!(u32).range(1..=128))]
    flash_size: Option<u32>,
}

/// Where the firmware comes from, as far as that can be told without a board.
pub(super) enum Source {
    /// What comes with Skylift for the chip of the board.
    Bundled(Option<Chip>),
    /// This.
    Given(Box<Firmware>),
}

impl Source {
    /// The firmware for a chip.
    pub(super) fn firmware(&self, chip: Chip) -> Result<Firmware, Refusal> {
        match self {
            Self::Given(firmware) => Ok((**firmware).clone()),
            Self::Bundled(wanted) => Firmware::bundled(wanted.unwrap_or(chip)),
        }
    }
}

impl FlashOptions {
    /// Opens the source; a Cargo project is compiled.
    pub(super) fn source(&self) -> Result<Source, Failure> {
        let Some(path) = &self.source else { return Ok(Source::Bundled(self.chip)) };
        if let Some(bundled) = path.to_str().and_then(BundledFirmware::called) {
            let name = path.display().to_string();
            let bundled = bundled.ok_or_else(|| Failure::new(format!("there is no {name}")))?;
            return Ok(Source::Bundled(Some(bundled.chip)));
        }
        let firmware = match Kind::recognise(path)? {
            Kind::Cargo(_) => Firmware::built(self.compile(path)?),
            _ => Firmware::open(path, self.chip)?,
        };
        Ok(Source::Given(Box::new(firmware)))
    }

    fn compile(&self, project: &Path) -> Result<Built, Failure> {
        let request = BuildRequest {
            source: project.to_owned(),
            chip: self.chip,
            colour: std::io::stderr().is_terminal(),
            ..BuildRequest::default()
        };
        wait_for(async { Ok(build(request, tell).await?) })
    }

    /// The chip, and bytes of its flash, that a merged image is for.
    pub(super) fn kind_of_board(&self, source: &Source) -> Result<(Chip, u32), Failure> {
        let size = self.flash_size.map_or(USUAL_FLASH, |mib| mib << 20);
        let chip = match source {
            Source::Given(firmware) => Some(firmware.app.chip),
            Source::Bundled(chip) => *chip,
        };
        let unknown =
            || Failure::new("without a board, nobody knows for which chip").try_this("--chip esp32c3");
        Ok((chip.ok_or_else(unknown)?, size))
    }

    /// What is wanted of table and bootloader.
    pub(super) fn wish(&self) -> Result<Wish, Refusal> {
        let table = match &self.table {
            Some(path) => TableWish::read(path)?,
            None if self.keep_table => TableWish::Keep,
            None => TableWish::Fitting,
        };
        let bootloader = match &self.bootloader {
            Some(path) => BootloaderWish::read(path, self.bootloader_rolls_back)?,
            None => BootloaderWish::Fitting,
        };
        let scope = if self.app_only { Scope::AppOnly } else { Scope::Everything };
        Ok(Wish { scope, table, bootloader })
    }
}
