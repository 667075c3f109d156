//! `skylift restore`: what a board held is written back to it.

use clap::Args;
use serde_json::json;

use super::ask::confirmed;
use super::backup::{find, in_words, part};
use super::cable::{CableArguments, by_cable, leave};
use super::exit::Exit;
use super::failure::Failure;
use super::figures::bytes as size;
use super::session::Session;
use crate::usb::backup::{Backup, Backups, Restore};
use crate::usb::wire::{Link, Written};
use crate::usb::{UsbError, Work};

/// Which backup, and where to.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// The backup: id, MAC address, date, or a file [default: the newest of this board]
    #[arg(value_name = "ID|FILE")]
    backup: Option<String>,
    /// This partition alone; the board has to have the same one at the same place
    #[arg(long, value_name = "NAME")]
    partition: Option<String>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// It may be another board than the one that was backed up, whose name and keys this one gets
    #[arg(long)]
    other_board: bool,
    #[command(flatten)]
    cable: CableArguments,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let backups = Backups::new(&session.data_dir);
    let named = args.backup.as_deref().map(|called| find(called, &backups)).transpose()?;
    let approach = args.cable.approach()?;
    // Ctrl-C ends the program as long as nothing is written.
    let mut link = Link::connect(&approach, &mut Work::unwatched())?;
    let (backup, restore) = match prepare(named, &backups, &mut link, args) {
        Ok(prepared) => prepared,
        Err(error) => return leave(link, Err(error)).map_err(Failure::from),
    };
    match agreed(&backup, &restore, &approach.port, args) {
        Ok(true) => {}
        answer => {
            leave(link, Ok(()))?;
            answer?;
            session.output.line("Nothing was written.");
            return Ok(Exit::Refused);
        }
    }
    let written = by_cable(|work| {
        let written = restore.write(&mut link, work);
        leave(link, written)
    });
    tell(&backup, written.map_err(half_done)?, args, session);
    Ok(Exit::Done)
}

fn prepare(
    named: Option<Backup>,
    backups: &Backups,
    link: &mut Link,
    args: &Arguments,
) -> Result<(Backup, Restore), UsbError> {
    let backup = match named {
        Some(backup) => backup,
        None => backups.newest_of(link.identity()?.mac.as_deref())?,
    };
    let part = part(args.partition.as_deref());
    let restore = Restore::prepare(&backup, &part, link, &mut Work::unwatched())?;
    Ok((backup, restore))
}

/// Whether the user wants that. What is another board's needs a word of its own.
fn agreed(backup: &Backup, restore: &Restore, port: &str, args: &Arguments) -> Result<bool, Failure> {
    let doubt = restore.doubt().filter(|_| !args.other_board);
    let what = match &args.partition {
        Some(name) => format!("the partition {name:?} of the board on {port}"),
        None => format!("all that the board on {port} holds"),
    };
    let what = format!("{what} is overwritten with the backup {}", in_words(backup));
    match doubt {
        Some(doubt) => confirmed(&format!("{what}; {doubt}"), "--yes --other-board begins without asking")
            .map_err(|failure| Failure { sentence: doubt.to_string(), ..failure }),
        None if args.yes => Ok(true),
        None => confirmed(&what, "--yes begins without asking"),
    }
}

fn half_done(failure: Failure) -> Failure {
    let sentence =
        format!("{}; part of the backup is written, and the board may not start", failure.sentence);
    Failure { sentence, ..failure }
        .try_this("the same command again: what is written already is not sent again")
}

fn tell(backup: &Backup, written: Written, args: &Arguments, session: &Session) {
    if args.json {
        session.output.json(&json!({
            "backup": backup.id,
            "partition": args.partition,
            "written": written.bytes - written.unchanged,
            "unchanged": written.unchanged,
        }));
        return;
    }
    let what = args.partition.as_deref().unwrap_or("The whole flash");
    session.output.line(format_args!(
        "{what} is what it was: {} written, {} there already; every byte was read back",
        size(written.bytes - written.unchanged),
        size(written.unchanged)
    ));
}
