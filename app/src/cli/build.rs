//! `skylift build SOURCE -o ota.bin`: makes an image, shows the compiler's lines, and keeps it in the library.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use clap::Args;
use skylift_protocol::Chip;

use super::demo_image::chip;
use super::exit::Exit;
use super::failure::Failure;
use super::interrupt::interrupted;
use super::keys::signer_name;
use super::made;
use super::session::{Session, wait_for};
use super::sign::signed_by;
use crate::image::build::{BuildNews, BuildRequest, build};
use crate::image::sign::SignerName;

/// From what, and where the image goes.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// A Cargo project, an ELF, a build folder of ESP-IDF or PlatformIO, a merged image, or an app image
    #[arg(value_name = "SOURCE")]
    source: PathBuf,
    /// The file to write; without it the image goes into the library only
    #[arg(short, long, value_name = "F")]
    output: Option<PathBuf>,
    /// The chip: a Cargo project is compiled for it, of other sources it is told if they do not say
    #[arg(long, value_name = "C", value_parser = chip)]
    chip: Option<Chip>,
    /// Of a Cargo project with several programs, this one
    #[arg(long, value_name = "NAME")]
    bin: Option<String>,
    /// Of a Cargo project, this example
    #[arg(long, value_name = "NAME", conflicts_with = "bin")]
    example: Option<String>,
    /// Sign it with the key of this name
    #[arg(long, value_name = "N", value_parser = signer_name)]
    sign: Option<SignerName>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Further arguments for cargo build: -- --locked
    #[arg(last = true, value_name = "CARGO")]
    cargo: Vec<String>,
}

pub(super) fn run(args: Arguments, session: &Session) -> Result<Exit, Failure> {
    let request = BuildRequest {
        source: args.source,
        chip: args.chip,
        cargo_arguments: [named("--bin", args.bin), named("--example", args.example), args.cargo].concat(),
        colour: std::io::stderr().is_terminal(),
    };
    wait_for(async {
        let built = tokio::select! {
            built = build(request, tell) => built?,
            () = interrupted() => return Err(Failure::new("cancelled; nothing was written")),
        };
        let source = std::path::absolute(&built.image.path).unwrap_or_else(|_| built.image.path.clone());
        let signed = args.sign.as_ref().map(|signer| signed_by(&built.image, signer, false, session));
        let image = signed.transpose()?.unwrap_or_else(|| built.image.clone());
        let made = made::Made {
            image: &image,
            elf: built.elf.as_ref(),
            source: source.display().to_string(),
            origin: format!("made from {}", built.from),
        };
        made.keep(args.output.as_deref(), args.json, session)
    })
}

fn named(option: &str, name: Option<String>) -> Vec<String> {
    name.map_or_else(Vec::new, |name| vec![option.to_owned(), name])
}

/// The compiler speaks on stderr, as it does without us: stdout is for the outcome.
pub(super) fn tell(news: BuildNews<'_>) {
    let mut stderr = std::io::stderr().lock();
    // If nobody reads it, nobody wants to know.
    let _ = match news {
        BuildNews::Compiling(project) => writeln!(stderr, "cargo build in {}", project.display()),
        BuildNews::Line(line) => writeln!(stderr, "{line}"),
    };
}
