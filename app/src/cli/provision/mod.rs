//! `skylift provision`: name, WiFi, key and signers of a board on a cable, and its first contact.

mod contact;
mod options;
mod shown;

use std::io::Write as _;

use clap::Args;

use super::cable::{CableArguments, by_cable, leave};
use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use crate::store::{KeyStore, NetworkList};
use crate::usb::provision::{ContactEnd, Prepared, Settings, Wishes, board_id};
use crate::usb::wire::{After, Approach, Link};

pub(super) use contact::{Watching, first_contact};
pub(super) use options::ProvisionOptions;
pub(super) use shown::{as_json, contact_in_words, in_words};

/// What the board is to be.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    settings: ProvisionOptions,
    #[command(flatten)]
    watching: Watching,
    #[command(flatten)]
    cable: CableArguments,
    /// Print one JSON object with what was written and what came of it
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let approach = args.cable.approach()?;
    let mut wishes = args.settings.wishes(session)?;
    loop {
        let prepared = write(&approach, &wishes, &session.keys())?;
        if !args.json {
            in_words(&prepared).iter().for_each(|line| session.output.line(line));
        }
        let contact = match approach.after {
            After::Reset => first_contact(&approach.port, &prepared, &wishes, &args.watching, session)?,
            After::NoReset => None,
        };
        remember(&wishes, contact.as_ref(), &args.settings, session);
        if args.json {
            session.output.json(&as_json(&prepared, contact.as_ref()));
        } else if let Some(contact) = &contact {
            contact_in_words(&prepared, contact).iter().for_each(|line| session.output.line(line));
        }
        match contact {
            Some(end @ ContactEnd::WrongPassword { .. }) if !args.json => {
                match args.settings.asked_again(&wishes, &end)? {
                    Some(corrected) => wishes = corrected,
                    None => return Ok(Exit::Failed),
                }
            }
            Some(end) if !end.is_well() => return Ok(Exit::Failed),
            _ => return Ok(Exit::Done),
        }
    }
}

/// Reads the settings of the board, and writes what is to change.
fn write(approach: &Approach, wishes: &Wishes, keys: &KeyStore) -> Result<Prepared, Failure> {
    by_cable(|work| {
        let mut link = Link::connect(approach, work)?;
        let written = (|| {
            let device = board_id(&mut link)?;
            let prepared = Settings::of_board(&mut link, work)?.prepared(&device, wishes, keys)?;
            prepared.write(&mut link, keys, work)?;
            Ok(prepared)
        })();
        leave(link, written)
    })
}

/// Remembers a network that a board was given, unless that is known not to be right.
pub(super) fn remember(
    wishes: &Wishes,
    contact: Option<&ContactEnd>,
    options: &ProvisionOptions,
    session: &Session,
) {
    let Some(network) = wishes.networks.network().filter(|_| options.remembers()) else { return };
    if contact.is_some_and(|end| end.network().is_some()) {
        return;
    }
    if let Err(error) = NetworkList::new(&session.data_dir).remember(network) {
        // The board has it: that it has to be typed again is no failure.
        let _ = writeln!(std::io::stderr(), "note: the network is not remembered: {error}");
    }
}
