//! `skylift keys export | import FILE`: the keys of devices in a file that a passphrase opens.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::secret::from_file;
use super::super::session::Session;
use crate::store::{Backup, Imported, Passphrase};

/// Where to.
#[derive(Args, Clone, Debug)]
pub(in super::super) struct ExportArguments {
    /// The file to be written; what the program `age` reads as well
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseArguments,
}

/// Where from.
#[derive(Args, Clone, Debug)]
pub(in super::super) struct ImportArguments {
    /// A file that was exported
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Keys in the file take the place of others that are here
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    passphrase: PassphraseArguments,
    /// Print one JSON object a device
    #[arg(long)]
    json: bool,
}

#[derive(Args, Clone, Debug)]
struct PassphraseArguments {
    /// Read the passphrase from FILE, or from standard input (-) [default: you are asked]
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

pub(super) fn export(args: &ExportArguments, session: &Session) -> Result<Exit, Failure> {
    let passphrase = new_passphrase(args.passphrase.passphrase_file.as_deref())?;
    let devices = Backup::export(&session.keys(), &args.file, &passphrase)?;
    session.output.line(format_args!("{}: the keys of {}", args.file.display(), devices_of(devices.len())));
    session.output.line("Who has this file and its passphrase can give these devices orders.");
    Ok(Exit::Done)
}

pub(super) fn import(args: &ImportArguments, session: &Session) -> Result<Exit, Failure> {
    let passphrase = match args.passphrase.passphrase_file.as_deref() {
        Some(path) => Passphrase::new(from_file(path, "passphrase")?),
        None => Passphrase::new(asked("Passphrase")?),
    };
    let pairs = Backup::open(&args.file, &passphrase)?;
    let kept = Backup::keep(&pairs, &session.keys(), args.replace)?;
    for (device, imported) in &kept {
        if args.json {
            session.output.json(&json!({ "device": device.as_str(), "key": word(*imported) }));
        } else {
            session.output.line(format_args!("{device:<20} {}", sentence(*imported)));
        }
    }
    let differing = kept.iter().filter(|(_, imported)| *imported == Imported::Differs).count();
    if differing > 0 {
        return Err(Failure::new(format!("{} not taken over", keys_are(differing)))
            .try_this("--replace, if the file has the newer keys"));
    }
    Ok(Exit::Done)
}

const fn word(imported: Imported) -> &'static str {
    match imported {
        Imported::New => "new",
        Imported::Same => "same",
        Imported::Replaced => "replaced",
        Imported::Differs => "differs",
    }
}

const fn sentence(imported: Imported) -> &'static str {
    match imported {
        Imported::New => "new: this computer has its key now",
        Imported::Same => "the same key was here already",
        Imported::Replaced => "another key was here, and was replaced",
        Imported::Differs => "another key is here, and stays",
    }
}

fn devices_of(count: usize) -> String {
    if count == 1 { "one device".to_owned() } else { format!("{count} devices") }
}

fn keys_are(count: usize) -> String {
    if count == 1 { "one key was".to_owned() } else { format!("{count} keys were") }
}

/// A passphrase that is typed is typed twice: nobody could open the file by a slip.
fn new_passphrase(file: Option<&Path>) -> Result<Passphrase, Failure> {
    let text = match file {
        Some(path) => from_file(path, "passphrase")?,
        None => {
            let first = asked("New passphrase")?;
            if asked("Once more")? != first {
                return Err(Failure::new("these are two passphrases: nothing was written"));
            }
            first
        }
    };
    if text.chars().count() < Passphrase::SHORTEST {
        let sentence =
            format!("the passphrase is too short: {} characters are the least", Passphrase::SHORTEST);
        return Err(Failure::new(sentence).try_this("four or five words that do not belong together"));
    }
    Ok(Passphrase::new(text))
}

fn asked(prompt: &str) -> Result<String, Failure> {
    let nobody = || {
        Failure::new("nobody can be asked here for the passphrase")
            .try_this("--passphrase-file FILE, with - for standard input")
    };
    if !std::io::stdin().is_terminal() {
        return Err(nobody());
    }
    rpassword::prompt_password(format!("{prompt}: ")).map_err(|_| nobody())
}
