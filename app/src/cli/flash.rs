//! `skylift flash [SOURCE]`: a board gets its firmware by cable, is set up, and seen on the network.

mod options;
mod shown;
mod steps;

use clap::Args;

use super::ask::confirmed;
use super::cable::{CableArguments, by_cable, leave};
use super::exit::Exit;
use super::failure::Failure;
use super::made;
use super::monitor;
use super::provision::{self, ProvisionOptions, Watching};
use super::session::Session;
use crate::usb::flash::{Plan, Target};
use crate::usb::wire::After;
use options::FlashOptions;
use steps::Ready;

/// What is flashed, and what the board is to be.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    flash: FlashOptions,
    #[command(flatten)]
    settings: ProvisionOptions,
    #[command(flatten)]
    watching: Watching,
    #[command(flatten)]
    cable: CableArguments,
    /// Show the board's log afterwards, until Ctrl-C
    #[arg(long, conflicts_with = "json")]
    monitor: bool,
    /// Print one JSON object with what was written and what came of it
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let source = args.flash.source()?;
    if let Some(path) = &args.flash.merged_out {
        let (chip, flash_size) = args.flash.kind_of_board(&source)?;
        let firmware = source.firmware(chip)?;
        let plan = Plan::make(&firmware, &args.flash.wish()?, &Target::blank(chip, flash_size))?;
        let merged = plan.merged();
        made::write(path, &merged)?;
        session.output.line(shown::merged(path, merged.len(), &plan));
        return Ok(Exit::Done);
    }
    let approach = args.cable.approach()?;
    let wishes = args.settings.wishes(session)?;
    let backs_up = !args.flash.no_backup && session.settings()?.backup_before_flash;
    let ready = by_cable(|work| Ready::look(&approach, &source, &args.flash, work))??;
    if !args.json {
        shown::plan(&ready.board, &ready.plan, args.flash.dry_run, session);
    }
    if args.flash.dry_run {
        by_cable(|_| leave(ready.link, Ok(())))?;
        return Ok(Exit::Done);
    }
    let asks = !backs_up && !ready.board.is_blank() && !args.flash.yes;
    let allowed = if asks { overwrite_unsaved(&approach.port) } else { Ok(true) };
    if !matches!(allowed, Ok(true)) {
        by_cable(|_| leave(ready.link, Ok(())))?;
        allowed?;
        return Ok(Exit::Refused);
    }
    let flashed = by_cable(|work| ready.flash(backs_up, &wishes, session, work))?;
    if !args.json {
        shown::flashed(&flashed, session);
    }
    let contact = match &flashed.prepared {
        Some(prepared) if approach.after == After::Reset => {
            provision::first_contact(&approach.port, prepared, &wishes, &args.watching, session)?
        }
        _ => None,
    };
    provision::remember(&wishes, contact.as_ref(), &args.settings, session);
    if args.json {
        session.output.json(&shown::as_json(&flashed, contact.as_ref()));
    } else if let (Some(contact), Some(prepared)) = (&contact, &flashed.prepared) {
        provision::contact_in_words(prepared, contact).iter().for_each(|line| session.output.line(line));
    }
    if args.monitor {
        return monitor::run(&monitor::Arguments::on(&approach.port), session);
    }
    let well = contact.is_none_or(|contact| contact.is_well());
    Ok(if well { Exit::Done } else { Exit::Failed })
}

fn overwrite_unsaved(port: &str) -> Result<bool, Failure> {
    confirmed(&format!("what is on the board on {port} is lost: no backup is taken"), "--yes does not ask")
}
