//! `skylift history`: past updates and those in progress, one of them in full, what to send to who helps, and
//! certificates.

mod bundle;
mod certificates;
mod list;
mod show;
mod words;

use clap::{Args, Subcommand};

use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use crate::store::{Database, PastUpdate};

/// The list, or one update of it.
#[derive(Args, Clone, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    one: Option<One>,
    #[command(flatten)]
    list: list::ListArguments,
}

/// What can be done with one update; and the list of what is not about a device.
#[derive(Subcommand, Clone, Debug)]
enum One {
    /// Show all that is known of one update
    Show(show::Arguments),
    /// Write all that is known of one update into a file, without secrets
    Bundle(bundle::Arguments),
    /// List the updates that have been proven to survive power cuts
    Certificates(certificates::Arguments),
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let history = session.history_to_read()?;
    match &args.one {
        None => list::run(&args.list, &history, session),
        Some(One::Show(args)) => show::run(args, &history, session),
        Some(One::Bundle(args)) => bundle::run(args, &history, session),
        Some(One::Certificates(args)) => certificates::run(args, &history, session),
    }
}

/// So many fit on a screen.
const SHOWN: u32 = 20;

/// How many of a list are wanted; a table is for a screen. `None` is all.
fn latest(limit: Option<u32>, is_table: bool) -> Option<u32> {
    match limit {
        Some(0) => None,
        Some(limit) => Some(limit),
        None => is_table.then_some(SHOWN),
    }
}

/// The update of a number.
fn find(number: i64, history: &Database) -> Result<PastUpdate, Failure> {
    history.update(number)?.ok_or_else(|| {
        Failure::new(format!("the history has no update {number}"))
            .try_this("`skylift history` lists them with their numbers")
    })
}
