//! `skylift sources`: projects and URLs that are looked up again and again for new images.

use std::io::Write as _;
use std::time::SystemTime;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::exit::Exit;
use super::failure::Failure;
use super::github::{ABOUT_TOKENS, Github};
use super::interrupt::interrupted;
use super::moments;
use super::session::{Session, wait_for};
use crate::engine::{LookupTiming, look_up, printable};
use crate::image::source::{Fetched, Fetcher, NetSource, Pattern, Setback, SourceError, TrackedSource};
use crate::store::{SourceList, moment_in};

/// What to do with the sources; without a word, list them.
#[derive(Args, Clone, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Sources are looked up every 6 hours while `devices --watch`, `update --watch`, `serve` or `resume-waiting` runs, and by `sources check`."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand, Clone, Debug)]
enum What {
    /// List the sources, and what came of their last lookups
    List(ListArguments),
    /// Track a source, and look it up once
    Add(AddArguments),
    /// Look all sources up now
    Check(CheckArguments),
    /// Track a source no longer; the images that it had stay in the library
    Remove(WhichArguments),
}

#[derive(Args, Clone, Debug)]
struct ListArguments {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Args, Clone, Debug)]
#[command(after_help = ABOUT_TOKENS)]
struct AddArguments {
    #[command(flatten)]
    which: WhichArguments,
    #[command(flatten)]
    github: Github,
}

#[derive(Args, Clone, Debug)]
#[command(after_help = ABOUT_TOKENS)]
struct CheckArguments {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    github: Github,
}

#[derive(Args, Clone, Debug)]
struct WhichArguments {
    /// OWNER/REPO of a project on GitHub, or https://...
    #[arg(value_name = "SOURCE")]
    source: String,
    /// Which asset of its releases; * stands for any characters [default: *.bin]
    #[arg(long, value_name = "PATTERN")]
    asset: Option<Pattern>,
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let list = SourceList::new(&session.data_dir);
    match &args.what {
        None => show_all(&list, args.json, session),
        Some(What::List(here)) => show_all(&list, here.json, session),
        Some(What::Add(AddArguments { which, github })) => {
            let source = TrackedSource::new(which.source.parse()?, which.asset.clone());
            let fetcher = github.fetcher(session)?;
            wait_for(add(&list, source, &fetcher, session))
        }
        Some(What::Check(here)) => {
            let fetcher = here.github.fetcher(session)?;
            wait_for(check(&list, &fetcher, here.json, session))
        }
        Some(What::Remove(which)) => {
            let source: NetSource = which.source.parse()?;
            if list.remove(&source, which.asset.as_ref())? == 0 {
                return Err(Failure::new(format!("{source} is not tracked"))
                    .try_this("list what is with: skylift sources"));
            }
            session.output.line(format_args!("{source} is not tracked any more"));
            Ok(Exit::Done)
        }
    }
}

/// A source that is wrong is not taken in; one that only cannot be reached now is.
async fn add(
    list: &SourceList,
    source: TrackedSource,
    fetcher: &Fetcher,
    session: &Session,
) -> Result<Exit, Failure> {
    let (source, outcome) = look(fetcher, source).await?;
    match &outcome {
        Ok(fetched) => session.output.line(told(&source, fetched)),
        Err(error) if Setback::of(error) != Setback::Wrong => {
            // If nobody reads it, nobody wants to know.
            let _ = writeln!(std::io::stderr(), "note: {error}");
        }
        Err(_) => {
            outcome?;
            return Ok(Exit::Failed);
        }
    }
    let name = named(&source);
    list.add(source)?;
    let later = if outcome.is_ok() { "" } else { "; it is looked up later" };
    session.output.line(format_args!("{name} is tracked{later}"));
    Ok(Exit::Done)
}

async fn check(list: &SourceList, fetcher: &Fetcher, json: bool, session: &Session) -> Result<Exit, Failure> {
    let sources = list.load()?;
    if sources.is_empty() && !json {
        session.output.line(NONE);
    }
    let mut exit = Exit::Done;
    for source in sources {
        let (source, outcome) = look(fetcher, source).await?;
        list.update(&source)?;
        if json {
            session.output.json(&as_json(&source));
        }
        match outcome {
            Ok(fetched) if !json => session.output.line(told(&source, &fetched)),
            Ok(_) => {}
            Err(error) => {
                exit = Exit::Failed;
                Failure::from(error).tell();
            }
        }
    }
    Ok(exit)
}

async fn look(
    fetcher: &Fetcher,
    source: TrackedSource,
) -> Result<(TrackedSource, Result<Fetched, SourceError>), Failure> {
    let timing = LookupTiming::default();
    tokio::select! {
        looked = look_up(fetcher, source, &timing) => Ok(looked),
        () = interrupted() => Err(Failure::new("cancelled")),
    }
}

const NONE: &str = "No sources yet. Add one: skylift sources add OWNER/REPO, or an https URL.";

fn show_all(list: &SourceList, json: bool, session: &Session) -> Result<Exit, Failure> {
    let sources = list.load()?;
    if json {
        sources.iter().for_each(|source| session.output.json(&as_json(source)));
    } else if sources.is_empty() {
        session.output.line(NONE);
    } else {
        let rows: Vec<_> = sources.iter().map(row).collect();
        session.output.table(["SOURCE", "ASSET", "HAS", "LOOKED UP", "PROBLEM"], &rows);
    }
    Ok(Exit::Done)
}

fn row(source: &TrackedSource) -> [String; 5] {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let has = source
        .found
        .as_ref()
        .map(|found| format!("{} {}, {}", printable(&found.project), printable(&found.version), found.chip));
    [
        printable(&source.source.to_string()),
        or_dash(source.asset.as_ref().map(|asset| printable(&asset.to_string()))),
        or_dash(has),
        source.looked.map_or("never".to_owned(), moments::date_and_time),
        or_dash(source.problem.as_deref().map(printable)),
    ]
}

fn as_json(source: &TrackedSource) -> Value {
    let time = |time: Option<SystemTime>| time.map(|time| moment_in(&jiff::tz::TimeZone::system(), time));
    json!({
        "source": source.source.to_string(),
        "asset": source.asset.as_ref().map(ToString::to_string),
        "found": source.found,
        "looked_up": time(source.looked),
        "next": time(source.next),
        "failures": source.failures,
        "problem": source.problem,
    })
}

fn named(source: &TrackedSource) -> String {
    let asset = source.asset.as_ref().map(|asset| format!(", {asset}")).unwrap_or_default();
    printable(&format!("{}{asset}", source.source))
}

/// What a source has, and whether that is news.
fn told(source: &TrackedSource, fetched: &Fetched) -> String {
    let image = &fetched.image;
    let release = fetched.release.as_ref().map(|tag| format!("release {tag}, ")).unwrap_or_default();
    let news = if fetched.downloaded { "new here, now in the library" } else { "known already" };
    printable(&format!(
        "{}: {release}{} {}, {}, {news}",
        source.source, image.project, image.version, image.chip
    ))
}
