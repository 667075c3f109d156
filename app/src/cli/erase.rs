//! `skylift erase`: all of a board's flash, or one partition.

use std::io::{IsTerminal as _, Write as _};

use clap::Args;

use super::board::identity;
use super::cable::{CableArguments, by_cable, leave};
use super::exit::Exit;
use super::failure::Failure;
use super::figures;
use super::session::Session;
use crate::engine::printable;
use crate::usb::board::{Board, Depth};
use crate::usb::flash::Refusal;
use crate::usb::wire::Link;
use crate::usb::{UsbError, Work};

/// What is erased.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// The partition
    #[arg(value_name = "PARTITION", required_unless_present = "all")]
    partition: Option<String>,
    /// All of its flash
    #[arg(long, conflicts_with = "partition")]
    all: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    cable: CableArguments,
}

/// What becomes nothing.
struct Place {
    name: String,
    offset: u32,
    size: u32,
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let approach = args.cable.approach()?;
    let (mut link, board, place) = by_cable(|work| {
        let mut link = Link::connect(&approach, work)?;
        match look(&mut link, args.partition.as_deref(), work) {
            Ok((board, place)) => Ok((link, board, place)),
            Err(error) => leave(link, Err(error)),
        }
    })?;
    let allowed = if args.yes { Ok(true) } else { may_erase(&board, &place) };
    if !matches!(allowed, Ok(true)) {
        by_cable(|_| leave(link, Ok(())))?;
        allowed?;
        session.output.line("nothing was erased");
        return Ok(Exit::Refused);
    }
    by_cable(|work| {
        let erased = link.erase(place.offset, place.size, work);
        leave(link, erased)
    })?;
    session.output.line(format_args!("{}: erased, {}", printable(&place.name), figures::size(place.size)));
    Ok(Exit::Done)
}

/// An encrypted flash may be erased: then nothing is in it that could be lost.
fn look(link: &mut Link, partition: Option<&str>, work: &mut Work<'_>) -> Result<(Board, Place), UsbError> {
    let board = Board::read(link, Depth::Heads, work)?;
    if board.security.secure_boot && partition.is_none() {
        return Err(Refusal::SecureBoot.into());
    }
    let place = match partition {
        None => Place { name: "all of the flash".to_owned(), offset: 0, size: board.identity.flash_size },
        Some(label) => {
            let found = board.table().and_then(|table| table.called(label));
            let found = found.ok_or_else(|| Refusal::NoPartition(label.to_owned()))?;
            Place { name: found.label.clone(), offset: found.offset, size: found.size }
        }
    };
    Ok((board, place))
}

/// Whoever erases all of a board types which one it is.
fn may_erase(board: &Board, place: &Place) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        let failure = Failure::new("nobody can be asked here whether the board may be erased");
        return Err(failure.try_this("--yes erases without asking"));
    }
    let (chip, port) = (identity(&board.identity), &board.port);
    let word = if place.offset == 0 { &board.identity.name } else { &place.name };
    let question = format!(
        "On {port}: {chip}. Erasing {} cannot be undone.\nType {} to erase it: ",
        printable(&place.name),
        printable(word)
    );
    let mut answer = String::new();
    let asked = std::io::stderr()
        .write_all(question.as_bytes())
        .and_then(|()| std::io::stdin().read_line(&mut answer));
    asked.map_err(|error| Failure::new(format!("the answer cannot be read: {error}")))?;
    Ok(answer.trim().eq_ignore_ascii_case(word))
}
