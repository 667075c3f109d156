//! `skylift envelope build -e ENVELOPE PROGRAM...`: the whole way from programs to `ota.bin` in one command.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::programs::ProgramOptions;
use super::{LeftOut, OutputFormat};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::fetch_image::Bar;
use crate::cli::github::Github;
use crate::cli::interrupt::interrupted;
use crate::cli::made::{self, Readers};
use crate::cli::network_options::NetworkOptions;
use crate::cli::session::{Session, wait_for};
use crate::image::envelope::Uuid;
use crate::image::envelope::extract::Config;
use crate::image::toit::recipe::{Made, News, Recipe, Warning};
use crate::image::toit::source::{EnvelopeSource, EnvelopeSourceError};

/// What goes into the image, and where it goes.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "ENVELOPE is a file, https://..., or CHIP@SDK of Toit's releases: esp32@v2.0.0-alpha.195.\n\
    Sources are compiled by the Toit SDK of the envelope's version: the one that --sdk names, or else that of the \
    setting toit.sdk, of TOIT_SDK, of PATH, or what Jaguar has downloaded."
)]
pub(super) struct Arguments {
    #[command(flatten)]
    programs: ProgramOptions,
    #[command(flatten)]
    network: NetworkOptions,
    #[command(flatten)]
    left_out: LeftOut,
    /// The file to write; without it the image goes into the library only
    #[arg(short, long, value_name = "F")]
    output: Option<PathBuf>,
    /// Give the programs the configuration in F: JSON or UBJSON
    #[arg(long, value_name = "F")]
    config: Option<PathBuf>,
    /// The system that the firmware is, which containers installed later must belong to
    #[arg(long, value_name = "UUID")]
    uuid: Option<Uuid>,
    /// The Toit SDK that compiles: its folder
    #[arg(long, value_name = "DIR")]
    sdk: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    github: Github,
}

pub(super) fn run(
    args: &Arguments,
    envelope: &Path,
    format: OutputFormat,
    session: &Session,
) -> Result<Exit, Failure> {
    let json = args.json || format == OutputFormat::Json;
    let source = source(envelope)?;
    let recipe = Recipe {
        programs: args.programs.programs()?,
        without: args.left_out.names(),
        uuid: args.uuid,
        config: config(args.config.as_deref())?,
        sdk: args.sdk.clone().or(session.settings()?.toit_sdk.clone()),
        // Last, because it may ask the user.
        wifi: args.network.network(session)?,
    };
    let made = wait_for(async {
        tokio::select! {
            made = make(&recipe, &source, args, json, session) => made,
            () = interrupted() => Err(Failure::new("cancelled; nothing was written")),
        }
    })?;
    for warning in &made.warnings {
        super::warn(&warning.to_string());
    }
    keep(&made, &recipe, &source, args.output.as_deref(), json, session)?;
    if let Some(network) = &recipe.wifi {
        args.network.remember(network, session);
    }
    Ok(Exit::Done)
}

async fn make(
    recipe: &Recipe,
    source: &EnvelopeSource,
    args: &Arguments,
    json: bool,
    session: &Session,
) -> Result<Made, Failure> {
    let bar = Bar::new(json);
    let fetcher = || args.github.fetcher(session);
    let envelope = source.open(fetcher, |progress| bar.show(progress)).await?;
    bar.end();
    Ok(recipe.make(envelope, tell).await?)
}

fn keep(
    made: &Made,
    recipe: &Recipe,
    source: &EnvelopeSource,
    output: Option<&Path>,
    json: bool,
    session: &Session,
) -> Result<(), Failure> {
    let changes = changes(recipe);
    let kept = made::Made {
        image: &made.image,
        elf: None,
        source: format!("{source}{changes}"),
        origin: format!("made from {source}{changes}"),
    };
    let readers = if made.private { Readers::Owner } else { Readers::Others };
    let path = kept.store(output, readers, session)?;
    if !json {
        kept.tell(&path, session);
        return Ok(());
    }
    let mut object = kept.as_json(&path, session);
    if let Some(fields) = object.as_object_mut() {
        let warning = |it: &Warning| json!({ "warning": it.as_str(), "text": it.to_string() });
        fields.insert("warnings".to_owned(), made.warnings.iter().map(warning).collect());
        fields.insert("sdk_version".to_owned(), made.envelope.sdk_version().into());
    }
    session.output.json(&object);
    Ok(())
}

/// What was put into the envelope, and what was left out.
fn changes(recipe: &Recipe) -> String {
    let list = |word: &str, names: Vec<&str>| {
        if names.is_empty() { String::new() } else { format!(" {word} {}", names.join(", ")) }
    };
    let with = recipe.programs.iter().map(|program| program.name.as_str()).collect();
    list("with", with) + &list("without", recipe.left_out().collect())
}

fn source(envelope: &Path) -> Result<EnvelopeSource, Failure> {
    match envelope.to_str() {
        Some(text) => Ok(text.parse().map_err(EnvelopeSourceError::Net)?),
        None => Ok(EnvelopeSource::File(envelope.to_owned())),
    }
}

fn config(file: Option<&Path>) -> Result<Config, Failure> {
    match file {
        Some(file) => Ok(Config::read(&super::files::read(file)?)?),
        None => Ok(Config::default()),
    }
}

/// The compiler speaks on stderr, as it does without us: stdout is for the outcome.
pub(in crate::cli) fn tell(news: News<'_>) {
    use std::io::Write as _;
    let mut stderr = std::io::stderr().lock();
    // If nobody reads it, nobody wants to know.
    let _ = match news {
        News::Step(step) => writeln!(stderr, "{step}"),
        News::Line(line) => writeln!(stderr, "{line}"),
    };
}
