//! Jaguar devices in the words and the JSON of the command line.

use serde::Serialize;
use serde_json::{Value, json};

use super::session::Session;
use crate::engine::{Access, Device, Family, JaguarFacts};

/// What everybody should know of them.
const OPEN: &str = "Jaguar's protocol has no authentication: anyone on the network can update";

/// What a Jaguar device tells of itself beside what all devices do, as JSON.
#[derive(Serialize)]
pub(super) struct JaguarJson<'a> {
    uuid: String,
    sdk_version: &'a str,
    chip: &'a str,
    word_size: usize,
    proxied: bool,
    /// Always false: the protocol has none.
    authentication: bool,
}

impl<'a> JaguarJson<'a> {
    /// `None` for a device of another family.
    pub(super) fn of(family: &'a Family) -> Option<Self> {
        family.jaguar().map(|facts| Self {
            uuid: facts.uuid.to_string(),
            sdk_version: &facts.sdk_version,
            chip: &facts.chip_word,
            word_size: facts.word_size.bytes(),
            proxied: facts.proxied,
            authentication: false,
        })
    }
}

/// The version that a device runs, as a table shows it.
pub(super) fn version(family: &Family, version: &str) -> String {
    match family {
        Family::Skylift => version.to_owned(),
        Family::Jaguar(_) => format!("Jaguar {version}"),
    }
}

/// What is to be said of those among these devices that have Jaguar, if any has.
pub(super) fn note<'d>(devices: impl Iterator<Item = &'d Device>) -> Option<String> {
    let jaguars: Vec<_> = devices.filter(|device| device.family.jaguar().is_some()).collect();
    match jaguars.as_slice() {
        [] => None,
        [one] => Some(format!("{OPEN} {}", one.label())),
        several => Some(format!("{OPEN} the {} Jaguar devices", several.len())),
    }
}

/// `skylift status` of a Jaguar device.
pub(super) fn show(device: &Device, facts: &JaguarFacts, session: &Session) {
    let line = |name: &str, value: &str| session.output.line(format_args!("{name:<12} {value}"));
    line("device", &format!("{} ({}) at {}", device.label(), facts.uuid, device.address));
    line("chip", &facts.chip_word);
    line("access", &format!("{OPEN} it"));
    let bits = facts.word_size.bytes() * 8;
    line("runs", &format!("Toit with Jaguar, SDK {}, {bits} bits", facts.sdk_version));
    if facts.proxied {
        line("proxied", "it is on a cable, and the computer at this address speaks for it");
    }
    line("not told", "slots, version of the program, and whether it is kept: Jaguar does not tell");
}

/// The same as JSON.
pub(super) fn as_json(device: &Device) -> Value {
    json!({
        "id": device.id.as_str(),
        "name": device.name,
        "family": device.family.as_str(),
        "chip": device.chip,
        "version": device.version,
        "access": device.access.map(Access::as_str),
        "address": device.address.to_string(),
        "jaguar": JaguarJson::of(&device.family),
    })
}
