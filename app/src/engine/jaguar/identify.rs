//! What a Jaguar device says of itself, in its broadcasts and to `GET /identify` (jaguar, `src/network.toit`): bounded
//! and checked, and still nothing that anybody has proven.

use std::net::SocketAddr;
use std::time::Instant;

use skylift_protocol::Id;

use super::JaguarFacts;
use crate::engine::text::printable;
use crate::image::envelope::{Uuid, Value, WordSize, json, ubjson};

/// No identity is longer; Jaguar's own tool reads as much.
pub(super) const MAX_BYTES: usize = 1024;
/// Longer names and versions are cut, in characters.
const MAX_TEXT: usize = 64;
/// The TCP port where a device names none.
pub(in crate::engine) const HTTP_PORT: u16 = 9000;
/// The word in front of an identity; there may be other broadcasts on the port.
const METHOD: &str = "jaguar.identify";

/// Who a Jaguar device says that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Identity {
    /// Its id as the engine has it: without dashes.
    pub(in crate::engine) id: Id,
    /// Its name, fit to be shown.
    pub(in crate::engine) name: String,
    pub(in crate::engine) facts: JaguarFacts,
    /// The port that it says it listens on. Where it is, only the way to it tells.
    pub(super) port: u16,
}

/// An identity that was read over a connection.
#[derive(Clone, Debug)]
pub(in crate::engine) struct JaguarSighting {
    pub(in crate::engine) identity: Identity,
    pub(in crate::engine) address: SocketAddr,
    pub(in crate::engine) at: Instant,
}

/// The id under which the engine knows the device of a UUID.
pub(in crate::engine) fn id_of(uuid: Uuid) -> Id {
    let digits: String = uuid.to_string().chars().filter(|c| *c != '-').collect();
    skylift_protocol::bounded(&digits)
}

impl Identity {
    /// Reads an identity. Devices write JSON, older ones UBJSON.
    ///
    /// # Errors
    /// A clause that says what it is instead.
    pub(in crate::engine) fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        if bytes.len() > MAX_BYTES {
            return Err("it is longer than any identity of Jaguar");
        }
        let said = json::decode(bytes).or_else(|_| ubjson::decode(bytes));
        let said = said.map_err(|_| "it is neither JSON nor UBJSON")?;
        if said.get("method").and_then(Value::as_text) != Some(METHOD) {
            return Err("it is no identity of Jaguar");
        }
        Self::of(said.get("payload").ok_or("it has no content")?)
    }

    /// What is missing is what it was before Jaguar told it.
    fn of(payload: &Value) -> Result<Self, &'static str> {
        let text = |key| payload.get(key).and_then(Value::as_text);
        let uuid: Uuid = text("id").and_then(|id| id.parse().ok()).ok_or("it has no id")?;
        let word_size = match payload.get("wordSize") {
            None => WordSize::W32,
            Some(size) => {
                size.as_int().and_then(WordSize::of_bytes).ok_or("its words are of no known size")?
            }
        };
        Ok(Self {
            id: id_of(uuid),
            name: shown(text("name").unwrap_or_default()),
            facts: JaguarFacts {
                uuid,
                sdk_version: shown(text("sdkVersion").unwrap_or_default()),
                chip_word: shown(text("chip").unwrap_or("esp32")),
                word_size,
                proxied: payload.get("proxied") == Some(&Value::Bool(true)),
                formerly: None,
            },
            port: text("address").and_then(port_of).unwrap_or(HTTP_PORT),
        })
    }
}

fn shown(text: &str) -> String {
    printable(text).chars().take(MAX_TEXT).collect()
}

/// The port of `http://192.168.1.7:9000`.
fn port_of(address: &str) -> Option<u16> {
    let (_, port) = address.trim_end_matches('/').rsplit_once(':')?;
    port.parse().ok().filter(|port| *port != 0)
}

#[cfg(test)]
mod tests;
