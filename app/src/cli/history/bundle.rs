//! `skylift history bundle N -o FILE`: all that is known of one update, to be given to who can help.

use std::path::PathBuf;

use clap::Args;

use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::session::Session;
use crate::store::{Database, write_bundle};

/// Which update, and where to.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// The update's number
    #[arg(value_name = "N")]
    number: i64,
    /// The zip file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub(super) fn run(args: &Arguments, history: &Database, session: &Session) -> Result<Exit, Failure> {
    let update = super::find(args.number, history)?;
    write_bundle(&update, &history.course(args.number)?, &args.output)?;
    session.output.line(format_args!(
        "{} holds update {} without passwords, keys and tokens; look into it before you give it away",
        args.output.display(),
        update.number
    ));
    Ok(Exit::Done)
}
