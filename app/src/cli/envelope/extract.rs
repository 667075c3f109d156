//! `skylift envelope extract`: makes the image for devices of an envelope, or another file.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Call, files, tell, warn};
use crate::cli::failure::Failure;
use crate::cli::interrupt::interrupted;
use crate::cli::made::{Readers, write_for};
use crate::cli::session::wait_for;
use crate::image::envelope::Envelope;
use crate::image::envelope::extract::{self, Config, Content, Format, PartitionContent, Partitions};
use crate::image::toit::recipe::convert_by_installed;

#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// The file to write
    #[arg(short, long, value_name = "F")]
    output: PathBuf,
    /// What to write
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "binary")]
    format: FormatWord,
    /// Give the programs the configuration in F: JSON or UBJSON
    #[arg(long, value_name = "F")]
    config: Option<PathBuf>,
    /// Take the partition table in F, not the envelope's (format image)
    #[arg(long, value_name = "F")]
    partitions: Option<PathBuf>,
    /// Fill a partition, or add one: `file:NAME=FILE` or `empty:NAME=BYTES` (format image)
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = Filling::parse)]
    partition: Vec<Filling>,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum FormatWord {
    /// The app image that a device takes as an update, usually ota.bin; of an envelope for a computer its bits.bin
    Binary,
    /// The same, with the places of its parts
    Ubjson,
    /// All of the flash, from its first byte
    Image,
    /// The old name of image
    Qemu,
    /// The program before it was made into an image
    Elf,
}

/// What goes into a partition.
#[derive(Clone, Debug)]
enum Filling {
    File { name: String, path: PathBuf },
    Empty { name: String, bytes: u64 },
}

impl Filling {
    fn parse(text: &str) -> Result<Self, String> {
        let shape = || "file:NAME=FILE or empty:NAME=BYTES is expected".to_owned();
        let (kind, rest) = text.split_once(':').ok_or_else(shape)?;
        let (name, value) = rest.split_once('=').ok_or_else(shape)?;
        let name = name.to_owned();
        match kind {
            "file" => Ok(Self::File { name, path: value.into() }),
            "empty" => {
                let bytes = number(value).ok_or_else(|| format!("{value:?} is no number of bytes"))?;
                Ok(Self::Empty { name, bytes })
            }
            _ => Err(shape()),
        }
    }

    fn read(&self) -> Result<PartitionContent, Failure> {
        Ok(match self {
            Self::File { name, path } => {
                PartitionContent { name: name.clone(), content: Content::Bytes(files::read(path)?) }
            }
            Self::Empty { name, bytes } => {
                PartitionContent { name: name.clone(), content: Content::Empty(*bytes) }
            }
        })
    }
}

/// Decimal, or hexadecimal behind `0x`.
fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

pub(super) fn run(args: &Arguments, call: &Call<'_>) -> Result<(), Failure> {
    let mut envelope = call.open()?;
    let config = match &args.config {
        Some(file) => Config::read(&files::read(file)?).map_err(|error| Failure::from(error).of(file))?,
        None => Config::default(),
    };
    let partitions = Partitions {
        table: args.partitions.as_deref().map(files::read).transpose()?,
        contents: args.partition.iter().map(Filling::read).collect::<Result<_, _>>()?,
    };
    if !matches!(args.format, FormatWord::Elf) {
        convert(&mut envelope, call)?;
    }
    let made = extract::extract(&envelope, args.format.into(), &config, &partitions)
        .map_err(|error| Failure::from(error).of(call.path))?;
    made.warnings.iter().for_each(|warning| warn(&warning.to_string()));
    write_for(if made.private { Readers::Owner } else { Readers::Others }, &args.output, &made.bytes)
}

/// An installed SDK converts what Skylift does not.
fn convert(envelope: &mut Envelope, call: &Call<'_>) -> Result<(), Failure> {
    let chosen = call.session.settings()?.toit_sdk.clone();
    let converted = wait_for(async {
        tokio::select! {
            converted = convert_by_installed(envelope, None, chosen.as_deref(), tell) => converted.map_err(Failure::from),
            () = interrupted() => Err(Failure::new("cancelled; nothing was written")),
        }
    });
    converted.map_err(|failure| failure.of(call.path))
}

impl From<FormatWord> for Format {
    fn from(word: FormatWord) -> Self {
        match word {
            FormatWord::Binary => Self::Binary,
            FormatWord::Ubjson => Self::Ubjson,
            FormatWord::Image => Self::Image,
            FormatWord::Qemu => Self::Qemu,
            FormatWord::Elf => Self::Elf,
        }
    }
}
