//! `skylift keys`: the devices whose keys are here. `skylift keys forget DEVICE`: one less.

use std::collections::BTreeMap;
use std::io::Write as _;

use clap::Args;
use serde_json::json;
use skylift_protocol::Id;

use super::super::ask::confirmed;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::moments::date_and_time;
use super::super::session::Session;
use crate::engine::is_device_id;

/// How to list them.
#[derive(Args, Clone, Debug)]
pub(in super::super) struct ListArguments {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Which key.
#[derive(Args, Clone, Debug)]
pub(in super::super) struct ForgetArguments {
    /// Id, or the name of a device that is remembered
    #[arg(value_name = "DEVICE")]
    device: String,
    /// Do not ask before
    #[arg(long)]
    yes: bool,
}

pub(super) fn list(args: &ListArguments, session: &Session) -> Result<Exit, Failure> {
    let names = names(session);
    let mut rows = Vec::new();
    let mut exit = Exit::Done;
    for (device, kept) in session.keys().list()? {
        let name = names.get(device.as_str()).map_or("", String::as_str);
        match kept {
            Ok(kept) if args.json => session.output.json(&json!({
                "device": device.as_str(),
                "name": name,
                "key_id": kept.key_id.as_str(),
                "since": kept.since.map(date_and_time),
            })),
            Ok(kept) => rows.push([
                device.to_string(),
                if name.is_empty() { "-".to_owned() } else { name.to_owned() },
                kept.key_id.to_string(),
                kept.since.map_or_else(|| "-".to_owned(), date_and_time),
            ]),
            Err(error) => {
                Failure::from(error).tell();
                exit = Exit::Failed;
            }
        }
    }
    if !rows.is_empty() {
        session.output.table(["DEVICE", "NAME", "KEY ID", "SINCE"], &rows);
    } else if !args.json && exit == Exit::Done {
        session.output.line("This computer has no keys of devices.");
    }
    Ok(exit)
}

pub(super) fn forget(args: &ForgetArguments, session: &Session) -> Result<Exit, Failure> {
    let device = called(&args.device, session)?;
    let keys = session.keys();
    let there = keys.path(&device).symlink_metadata().is_ok();
    if !there {
        return Err(Failure::new(format!("this computer has no key of {device}"))
            .try_this("skylift keys lists those that it has"));
    }
    let what =
        format!("this computer cannot give {device} orders any more, unless the key is imported again");
    if !args.yes && !confirmed(&what, "--yes forgets it without asking")? {
        return Ok(Exit::Done);
    }
    keys.forget(&device)?;
    session.output.line(format_args!("The key of {device} is forgotten."));
    Ok(Exit::Done)
}

/// An id with a key, or else the device that is remembered by this name.
fn called(text: &str, session: &Session) -> Result<Id, Failure> {
    let id = Some(text).filter(|text| is_device_id(text)).and_then(|text| Id::try_from(text).ok());
    let has_key = |id: &Id| session.keys().path(id).symlink_metadata().is_ok();
    if let Some(id) = id.clone().filter(has_key) {
        return Ok(id);
    }
    let remembered = if session.no_history { None } else { session.history_to_read()?.device(text).ok() };
    let named = remembered.and_then(|device| Id::try_from(device.id.as_str()).ok());
    named.or(id).ok_or_else(|| {
        Failure::new(format!("no device called `{text}` is remembered")).try_this("its id: skylift keys")
    })
}

/// What the remembered devices are called. Without a history there are no names.
fn names(session: &Session) -> BTreeMap<String, String> {
    if session.no_history {
        return BTreeMap::new();
    }
    let known = session.history_to_read().and_then(|history| history.devices());
    let known = known.unwrap_or_else(|error| {
        // If nobody reads it, nobody wants to know.
        let _ = writeln!(std::io::stderr(), "note: names are not known: {error}");
        Vec::new()
    });
    known.into_iter().map(|device| (device.id, device.name)).collect()
}
