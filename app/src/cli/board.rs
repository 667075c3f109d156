//! `skylift board`: what a board on a cable is, and what its flash holds; which slot boots.

mod json;
mod show;

use clap::Args;

use super::ask::confirmed;
use super::cable::{CableArguments, by_cable, leave};
use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use crate::usb::board::{Board, Depth};
use crate::usb::flash::set_boot;
use crate::usb::wire::Link;

pub(super) use show::identity;

/// Which board, and what to do with it.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// Read all of every app, to tell whether a bootloader would start it
    #[arg(long)]
    verify: bool,
    /// Have the app in this slot start from now on, for example ota_1; all of it is read before
    #[arg(long, value_name = "SLOT")]
    boot: Option<String>,
    /// With --boot: do not ask
    #[arg(long, requires = "boot")]
    yes: bool,
    #[command(flatten)]
    cable: CableArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let approach = args.cable.approach()?;
    if let Some(slot) = &args.boot
        && !args.yes
        && !confirmed(
            &format!("the board on {} starts {slot} from now on", approach.port),
            "--yes does so without asking",
        )?
    {
        return Ok(Exit::Refused);
    }
    let depth = if args.verify { Depth::Whole } else { Depth::Heads };
    let board = by_cable(|work| {
        let mut link = Link::connect(&approach, work)?;
        let set = args.boot.as_ref().map_or(Ok(()), |slot| set_boot(&mut link, slot, work));
        let read = set.and_then(|()| Board::read(&mut link, depth, work));
        leave(link, read)
    })?;
    if args.json {
        session.output.json(&json::board(&board));
    } else {
        show::board(&board, session);
    }
    Ok(Exit::Done)
}
