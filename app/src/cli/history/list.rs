//! `skylift history [DEVICE]`: the updates as a table, or for other programs.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use jiff::tz::TimeZone;

use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::session::Session;
use super::super::{figures, moments};
use super::words;
use crate::store::{Database, Exported, PastUpdate, Selection, write_csv};

/// Which updates, and in which form.
#[derive(Args, Clone, Debug)]
#[command(group = ArgGroup::new("form").args(["json", "csv"]))]
pub(super) struct ListArguments {
    /// Id or name
    #[arg(value_name = "DEVICE")]
    device: Option<String>,
    /// Only the latest so many; 0 for all [default: 20 in a table, all in JSON and CSV]
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    /// Print one JSON object an update
    #[arg(long)]
    json: bool,
    /// Print a table of comma-separated values
    #[arg(long)]
    csv: bool,
    /// Write JSON or CSV into a file instead
    #[arg(short, long, value_name = "FILE", requires = "form")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &ListArguments, history: &Database, session: &Session) -> Result<Exit, Failure> {
    let is_table = !args.json && !args.csv;
    let latest = super::latest(args.limit, is_table);
    let updates = history.updates(&Selection { device: args.device.clone(), latest })?;
    if is_table {
        show(&updates, args, session);
        return Ok(Exit::Done);
    }
    let text = if args.csv { csv(&updates)? } else { json(&updates) };
    match &args.output {
        None if text.is_empty() => {}
        None => session.output.line(text.trim_end()),
        Some(path) => std::fs::write(path, text)
            .map_err(|error| Failure::new(format!("{} cannot be written: {error}", path.display())))?,
    }
    Ok(Exit::Done)
}

fn json(updates: &[PastUpdate]) -> String {
    let zone = TimeZone::system();
    let rows = updates.iter().map(|update| Exported::new(update, &zone));
    rows.filter_map(|row| serde_json::to_string(&row).ok()).map(|line| line + "\n").collect()
}

fn csv(updates: &[PastUpdate]) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    write_csv(updates, &TimeZone::system(), &mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn show(updates: &[PastUpdate], args: &ListArguments, session: &Session) {
    if updates.is_empty() {
        let of = args.device.as_ref().map_or(String::new(), |device| format!(" of {device}"));
        session.output.line(format_args!("No updates{of} are in the history."));
        return;
    }
    let rows: Vec<_> = updates.iter().map(row).collect();
    let titles = ["NO", "STARTED", "DEVICE", "UPDATE", "END", "TIME", "OVER THE AIR", "RATE"];
    session.output.table(titles, &rows);
}

fn row(update: &PastUpdate) -> [String; 8] {
    [
        update.number.to_string(),
        moments::date_and_time(update.started),
        words::device(update),
        words::versions(update),
        words::state(update),
        update.duration().map_or("-".to_owned(), figures::time),
        words::air(update),
        update.rate.map_or("-".to_owned(), figures::speed),
    ]
}
