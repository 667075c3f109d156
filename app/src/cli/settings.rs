//! `skylift settings`: shows what is set, and changes it.

use std::io::Write as _;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::Value;

use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use crate::server::DEFAULT_PORT;
use crate::store::{Key, Loaded, Settings, SettingsFile};

/// What to do with the settings.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand, Clone, Debug)]
enum What {
    /// Print the value of a setting
    Get {
        /// Its name; the section may be left out
        #[arg(value_name = "KEY")]
        key: Key,
    },
    /// Give a setting another value
    Set {
        /// Its name; the section may be left out
        #[arg(value_name = "KEY")]
        key: Key,
        /// Its value; it is checked before anything is written
        #[arg(value_name = "VALUE", allow_hyphen_values = true)]
        value: String,
    },
    /// Give a setting its default again
    Reset {
        /// Its name; the section may be left out
        #[arg(value_name = "KEY")]
        key: Key,
    },
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let file = SettingsFile::new(&session.data_dir);
    match &args.what {
        None => list(&file, args.json, session)?,
        Some(What::Get { key }) => get(*key, args.json, session)?,
        Some(What::Set { key, value }) => {
            file.change(*key, Some(value))?;
            let now = key.value(&file.load()?.settings);
            session.output.line(format_args!("{key} is {now} now"));
            if *key == Key::Port && now != DEFAULT_PORT.to_string() {
                // If nobody reads it, nobody wants to know.
                let _ = writeln!(
                    std::io::stderr(),
                    "note: firewall rules and devices that know port {DEFAULT_PORT} have to be told: it is {now} now"
                );
            }
        }
        Some(What::Reset { key }) => {
            file.change(*key, None)?;
            let default = key.value(&Settings::default());
            session.output.line(format_args!("{key} has its default again: {default}"));
        }
    }
    Ok(Exit::Done)
}

/// A setting as a line of JSON.
#[derive(Serialize)]
struct JsonRow {
    key: String,
    value: Value,
    default: Value,
    /// Whether it is in the file.
    set: bool,
    about: &'static str,
}

fn list(file: &SettingsFile, json: bool, session: &Session) -> Result<(), Failure> {
    let Loaded { settings, set, warnings } = file.load()?;
    let defaults = Settings::default();
    if json {
        for key in Key::ALL {
            let (value, default) = (typed(&key.value(&settings)), typed(&key.value(&defaults)));
            let (set, about) = (set.contains(&key), key.about());
            session.output.json(&JsonRow { key: key.name(), value, default, set, about });
        }
    } else {
        let rows =
            Key::ALL.map(|key| [key.name(), key.value(&settings), key.value(&defaults), key.about().into()]);
        session.output.table(["SETTING", "VALUE", "DEFAULT", "WHAT IT IS"], &rows);
        let there = if file.path().exists() { "They are kept" } else { "What you set is kept" };
        session.output.line(format_args!("\n{there} in {}.", file.path().display()));
    }
    for warning in warnings {
        // If nobody reads it, nobody wants to know.
        let _ = writeln!(std::io::stderr(), "warning: {warning}");
    }
    Ok(())
}

fn get(key: Key, json: bool, session: &Session) -> Result<(), Failure> {
    let value = key.value(session.settings()?);
    if json {
        session.output.json(&serde_json::json!({ "key": key.name(), "value": typed(&value) }));
    } else {
        session.output.line(value);
    }
    Ok(())
}

/// Numbers and truths as JSON knows them, and all else as text.
fn typed(value: &str) -> Value {
    serde_json::from_str(value).unwrap_or_else(|_| value.into())
}
