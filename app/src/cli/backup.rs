//! `skylift backup`: what a board holds, read into a file; and the backups that there are.

mod list;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::Value;

use super::ask::confirmed;
use super::cable::{CableArguments, by_cable, leave};
use super::exit::Exit;
use super::failure::Failure;
use super::figures;
use super::session::Session;
use crate::engine::printable;
use crate::usb::backup::{Backup, BackupError, Backups, Part, Taken};
use crate::usb::wire::Link;

/// What to do; without a word, back a board up.
#[derive(Args, Clone, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
    /// Write the backup to FILE [default: the folder of the backups]
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    cable: CableArguments,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand, Clone, Debug)]
enum What {
    /// List the backups
    List {
        /// Print one JSON object a backup
        #[arg(long)]
        json: bool,
    },
    /// Read backups again, and tell whether they are what was read from the board
    Verify {
        /// Which: id, MAC address, date, or a file; a part of them does if it is clear [default: all]
        #[arg(value_name = "ID")]
        backups: Vec<String>,
    },
    /// Delete backups
    Delete {
        /// Which: id, MAC address or date
        #[arg(value_name = "ID", required = true)]
        backups: Vec<String>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Write the flash in a backup to a file as it is; other programs can write that to a board
    Export {
        /// Which: id, MAC address, date, or a file
        #[arg(value_name = "ID")]
        backup: String,
        /// The file to be written
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// This partition alone
        #[arg(long, value_name = "NAME")]
        partition: Option<String>,
    },
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let backups = Backups::new(&session.data_dir);
    match &args.what {
        None => take(args, &backups, session),
        Some(What::List { json }) => list::list(&backups, *json, session),
        Some(What::Verify { backups: called }) => verify(called, &backups, session),
        Some(What::Delete { backups: called, yes }) => delete(called, *yes, &backups, session),
        Some(What::Export { backup, file, partition }) => {
            let size = find(backup, &backups)?.export(&part(partition.as_deref()), file)?;
            session.output.line(format_args!(
                "{}: {}; what a flash holds may be passwords and keys",
                file.display(),
                figures::size(size)
            ));
            Ok(Exit::Done)
        }
    }
}

fn take(args: &Arguments, backups: &Backups, session: &Session) -> Result<Exit, Failure> {
    let approach = args.cable.approach()?;
    let taken = by_cable(|work| {
        let mut link = Link::connect(&approach, work)?;
        let taken = backups.take(&mut link, args.out.as_deref(), work);
        leave(link, taken)
    })?;
    if args.json {
        session.output.json(&taken_as_json(&taken));
    } else {
        taken_in_words(&taken).iter().for_each(|line| session.output.line(line));
    }
    Ok(Exit::Done)
}

/// What came of a backup, for people.
pub(super) fn taken_in_words(taken: &Taken) -> [String; 3] {
    let Taken { backup, blank, shared, shared_with, read } = taken;
    let about = &backup.about;
    let earlier = if *shared_with == 1 { "an earlier backup" } else { "earlier backups" };
    let known = if *shared == 0 {
        String::new()
    } else {
        format!(", {} known from {earlier}", figures::bytes(*shared))
    };
    [
        format!(
            "{}: {} of the {} {}, in {}",
            backup.id,
            figures::flash_size(about.held.flash_size),
            printable(&about.chip),
            printable(about.mac.as_deref().unwrap_or("without a MAC address")),
            figures::bytes(backup.size),
        ),
        format!("  {} read{known}, {} blank", figures::bytes(*read), figures::bytes(*blank)),
        format!("  {}; it may hold passwords and keys", backup.path.display()),
    ]
}

fn taken_as_json(taken: &Taken) -> Value {
    let mut object = list::as_json(&taken.backup);
    if let Some(fields) = object.as_object_mut() {
        fields.insert("read".to_owned(), taken.read.into());
        fields.insert("shared".to_owned(), taken.shared.into());
        fields.insert("shared_with".to_owned(), taken.shared_with.into());
        fields.insert("blank".to_owned(), taken.blank.into());
    }
    object
}

fn verify(called: &[String], backups: &Backups, session: &Session) -> Result<Exit, Failure> {
    let mut sound = true;
    let mut tell = |name: &str, verified: Result<(), Failure>| match verified {
        Ok(()) => session.output.line(format_args!("{name}: it is what was read from the board")),
        Err(failure) => {
            sound = false;
            failure.tell();
        }
    };
    if called.is_empty() {
        let listing = backups.list()?;
        listing.backups.iter().for_each(|it| tell(&it.id, it.verify().map_err(Failure::from)));
        listing.damaged.into_iter().for_each(|damaged| tell("", Err(damaged.into())));
    }
    for called in called {
        tell(called, find(called, backups).and_then(|backup| Ok(backup.verify()?)));
    }
    Ok(if sound { Exit::Done } else { Exit::Failed })
}

fn delete(called: &[String], yes: bool, backups: &Backups, session: &Session) -> Result<Exit, Failure> {
    // All of them are found before the first is deleted.
    let found = called.iter().map(|called| to_delete(called, backups)).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    let what = format!("{} {verb} deleted for good", names.join(", "));
    if !yes && !confirmed(&what, "--yes deletes without asking")? {
        session.output.line("Nothing was deleted.");
        return Ok(Exit::Failed);
    }
    for (name, path) in &found {
        backups.delete(path)?;
        session.output.line(format_args!("{name} is deleted"));
    }
    Ok(Exit::Done)
}

/// A backup, or a damaged one that is called by its whole name: what to call it, and its file.
fn to_delete(called: &str, backups: &Backups) -> Result<(String, PathBuf), Failure> {
    match backups.find(called) {
        Ok(backup) => Ok((in_words(&backup), backup.path)),
        Err(BackupError::Damaged { path, .. }) => Ok((format!("{} (damaged)", printable(called)), path)),
        Err(error) => Err(error.into()),
    }
}

/// A backup as it is called in a sentence.
pub(super) fn in_words(backup: &Backup) -> String {
    let about = &backup.about;
    let whose = about.mac.as_deref().unwrap_or(&about.chip);
    let when = super::moments::date_and_time(about.taken.into());
    format!("{} ({}, {when})", printable(&backup.id), printable(whose))
}

/// What the user calls a backup: a file, or else one of those in the folder.
pub(super) fn find(called: &str, backups: &Backups) -> Result<Backup, Failure> {
    let path = Path::new(called);
    let is_file = path.is_file() || path.extension().is_some_and(|ending| ending == "zip");
    Ok(if is_file { Backup::open(path)? } else { backups.find(called)? })
}

/// What of a backup is meant.
pub(super) fn part(partition: Option<&str>) -> Part {
    partition.map_or(Part::Whole, |name| Part::Partition(name.to_owned()))
}
