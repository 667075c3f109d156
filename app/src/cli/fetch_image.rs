//! `skylift fetch-image SOURCE`: gets an image from the net, and keeps it in the library.

use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::exit::Exit;
use super::failure::Failure;
use super::github::{ABOUT_TOKENS, Github};
use super::interrupt::interrupted;
use super::made::Made;
use super::output::Output;
use super::session::{Session, wait_for};
use crate::image::source::{Fetched, NetSource, Pattern, Progress};

/// From where, and where the image goes.
#[derive(Args, Clone, Debug)]
#[command(after_help = ABOUT_TOKENS)]
pub(super) struct Arguments {
    /// https://..., or OWNER/REPO of a project on GitHub, for a certain release OWNER/REPO@TAG
    #[arg(value_name = "SOURCE")]
    source: String,
    /// Which asset of the release; * stands for any characters [default: *.bin]
    #[arg(long, value_name = "PATTERN")]
    asset: Option<Pattern>,
    /// The file to write; without it the image goes into the library only
    #[arg(short, long, value_name = "F")]
    output: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    github: Github,
}

pub(super) fn run(args: Arguments, session: &Session) -> Result<Exit, Failure> {
    let source: NetSource = args.source.parse()?;
    let fetcher = args.github.fetcher(session)?;
    let bar = Bar::new(args.json);
    wait_for(async {
        let fetched = tokio::select! {
            fetched = fetcher.fetch(&source, args.asset.as_ref(), |progress| bar.show(progress)) => fetched?,
            () = interrupted() => return Err(Failure::new("cancelled; nothing was written")),
        };
        bar.end();
        let made = Made {
            image: &fetched.image,
            elf: None,
            source: fetched.image.path.display().to_string(),
            origin: origin(&fetched),
        };
        made.keep(args.output.as_deref(), args.json, session)
    })
}

fn origin(fetched: &Fetched) -> String {
    let how = if fetched.downloaded { "fetched from" } else { "known already, and unchanged at" };
    let release = fetched.release.as_ref().map(|tag| format!("release {tag}, ")).unwrap_or_default();
    format!("{how} {release}{}", fetched.image.path.display())
}

/// How far the download is, if somebody looks.
pub(super) struct Bar(Option<ProgressBar>);

impl Bar {
    pub(super) fn new(json: bool) -> Self {
        let look =
            ProgressStyle::with_template("{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left");
        let bar = ProgressBar::hidden().with_style(look.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self((!json && Output::is_terminal()).then(|| {
            bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
            bar
        }))
    }

    pub(super) fn show(&self, progress: Progress) {
        if let Self(Some(bar)) = self {
            bar.set_length(progress.total.unwrap_or(progress.received));
            bar.set_position(progress.received);
        }
    }

    pub(super) fn end(&self) {
        if let Self(Some(bar)) = self {
            bar.finish_and_clear();
        }
    }
}
