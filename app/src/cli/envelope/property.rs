//! `skylift envelope property`: shows, sets and removes the properties of an envelope. Passwords are never shown.

use clap::Subcommand;

use super::container::SaveTo;
use super::{Call, OutputFormat, warn};
use crate::cli::failure::Failure;
use crate::image::envelope::{Envelope, Value, json};

/// Where the system looks for its network.
const WIFI: &str = "wifi";
const NO_NETWORK: &str = "devices cannot join a network with this property: \
    it is to be {\"wifi.ssid\":...,\"wifi.password\":...}, with 8 to 63 characters in the password";

#[derive(Subcommand, Clone, Debug)]
pub(super) enum What {
    /// Print a property as JSON, or all of them
    Get {
        /// Its key; `sdk-version` is the envelope's own
        #[arg(value_name = "KEY")]
        key: Option<String>,
    },
    /// Set a property; several values make a list
    Set {
        /// Its key
        #[arg(value_name = "KEY")]
        key: String,
        /// JSON, or else text; what begins with `-` and is no number stands behind `--`
        #[arg(value_name = "VALUE", required = true, allow_negative_numbers = true)]
        values: Vec<String>,
        #[command(flatten)]
        to: SaveTo,
    },
    /// Remove a property
    Remove {
        /// Its key
        #[arg(value_name = "KEY")]
        key: String,
        #[command(flatten)]
        to: SaveTo,
    },
}

pub(super) fn run(what: &What, call: &Call<'_>) -> Result<(), Failure> {
    match what {
        What::Get { key } => get(key.as_deref(), &call.open()?, call),
        What::Set { key, values, to } => {
            let value = value(values);
            if Value::Map(vec![(key.clone(), value.clone())]).holds_password() {
                warn(
                    "a password that is given as an argument stands in the list of processes and in the shell's history",
                );
            }
            call.change(to.output.as_deref(), |envelope| {
                envelope.set_property(key, value)?;
                if key == WIFI && envelope.wifi().is_none() {
                    warn(NO_NETWORK);
                }
                Ok(())
            })
        }
        What::Remove { key, to } => {
            call.change(to.output.as_deref(), |envelope| envelope.remove_property(key))
        }
    }
}

/// What is not there, and null, is no output at all.
fn get(key: Option<&str>, envelope: &Envelope, call: &Call<'_>) -> Result<(), Failure> {
    match key {
        Some("sdk-version") => text(envelope.sdk_version(), call),
        Some(key) => {
            let shown = Value::Map(envelope.properties().to_vec()).shown();
            shown.get(key).filter(|value| **value != Value::Null).map_or(Ok(()), |value| call.json(value))
        }
        None if envelope.properties().is_empty() => Ok(()),
        // Toit's tool makes text of it, and so a text in JSON.
        None => text(&String::from_utf8_lossy(&json::encode(&envelope.user_properties().shown())?), call),
    }
}

fn text(text: &str, call: &Call<'_>) -> Result<(), Failure> {
    if call.format == OutputFormat::Json {
        return call.json(&Value::Text(text.to_owned()));
    }
    call.session.output.line(text);
    Ok(())
}

/// Each is JSON if it is that from its begin to its end, else text.
fn value(values: &[String]) -> Value {
    let one = |text: &String| json::decode(text.as_bytes()).unwrap_or_else(|_| Value::Text(text.clone()));
    match values {
        [only] => one(only),
        several => Value::List(several.iter().map(one).collect()),
    }
}
