//! What was written to a board, and what came of it, for people and for programs. Passwords and keys are in neither.

use serde_json::{Value, json};
use skylift_protocol::{Floor, Pairing, Trust};

use crate::engine::printable;
use crate::usb::provision::{ContactEnd, Paired, Prepared, own_network};

/// What was written, line by line.
pub(in super::super) fn in_words(prepared: &Prepared) -> Vec<String> {
    let Prepared { after, before, place, device, .. } = prepared;
    let mut lines = vec![match prepared.is_written() {
        true => format!("{device} has these settings already:"),
        false => format!("{device} has new settings, in its partition `{}`:", place.partition),
    }];
    let was = |changed: bool| if changed { "" } else { ", as before" };
    let mut line = |title: &str, text: String| lines.push(format!("  {title:<9} {text}"));
    match after.name.as_str() {
        "" => line("name", "none yet: it is called by its id".to_owned()),
        name => line("name", format!("{}{}", printable(name), was(after.name != before.name))),
    }
    let networks: Vec<String> = after.networks.iter().map(|network| printable(&network.ssid)).collect();
    match networks.is_empty() {
        true => line("WiFi", "no network".to_owned()),
        false => line("WiFi", format!("{}{}", networks.join(", "), was(after.networks != before.networks))),
    }
    line("pairing", pairing(prepared).to_owned());
    if let Trust::Known(known) = &after.trust {
        let signers: Vec<String> = known.now.iter().map(|signer| signer.to_string()).collect();
        let text =
            if signers.is_empty() { "nobody's, its signers are lost".to_owned() } else { signers.join(", ") };
        line("takes", format!("images signed by {text}{}", was(after.trust != before.trust)));
    }
    if let Floor::At(floor @ 1..) = after.secure_floor {
        line("floor", format!("secure_version {floor}{}", was(after.secure_floor != before.secure_floor)));
    }
    if networks.is_empty() {
        lines.push(no_network());
    }
    lines
}

/// What to do for a board that will not be on any network.
fn no_network() -> String {
    let here = own_network().map(|ssid| format!("; this computer is on {}", printable(&ssid)));
    format!(
        "It will be on no network until it knows one: `skylift provision --wifi SSID`{}",
        here.unwrap_or_default()
    )
}

const fn pairing(prepared: &Prepared) -> &'static str {
    match (prepared.paired, &prepared.after.pairing) {
        (Paired::Anew, _) => "with this computer, by a new key",
        (Paired::Kept, _) => "with this computer, by the key that the board had",
        (Paired::Left, Pairing::Open) => "none: anybody on its network can give it orders",
        (Paired::Left, Pairing::Paired(_)) => "left as it is: whoever has its key",
        (Paired::Left, Pairing::KeyDamaged) => "its key is damaged: it takes orders from nobody",
    }
}

/// How the first contact ended, and what to try.
pub(in super::super) fn contact_in_words(prepared: &Prepared, end: &ContactEnd) -> Vec<String> {
    let name = &prepared.after.name;
    let label = if name.is_empty() { prepared.device.to_string() } else { printable(name) };
    let advice = end.advice().into_iter().map(|advice| format!("  try: {advice}"));
    std::iter::once(format!("{label} {end}")).chain(advice).collect()
}

/// What was written, and how the first contact ended.
pub(in super::super) fn as_json(prepared: &Prepared, contact: Option<&ContactEnd>) -> Value {
    let Prepared { after, place, device, .. } = prepared;
    json!({
        "device": device.as_str(),
        "name": after.name,
        "partition": place.partition,
        "written": !prepared.is_written(),
        "networks": after.networks.iter().map(|network| network.ssid.as_str()).collect::<Vec<_>>(),
        "access": after.pairing.access(),
        "key": match prepared.paired {
            Paired::Anew => "new",
            Paired::Kept => "kept",
            Paired::Left => "left",
        },
        "signers": after.trust.signers(),
        "secure_floor": match after.secure_floor {
            Floor::At(floor) => Some(floor),
            Floor::Unknown => None,
        },
        "contact": contact.map(contact_as_json),
    })
}

/// How a first contact ended.
pub(in super::super) fn contact_as_json(end: &ContactEnd) -> Value {
    let mut object = json!({ "end": end.as_str(), "sentence": end.to_string() });
    match end {
        ContactEnd::OnTheNetwork { address, paired } => {
            object["address"] = json!(address);
            object["paired"] = json!(paired);
        }
        ContactEnd::NotProven { address, .. } => object["address"] = json!(address),
        ContactEnd::NotSeen { address: Some(address), .. } => object["address"] = json!(address),
        _ => {}
    }
    if let Some(ssid) = end.network() {
        object["network"] = json!(ssid);
    }
    object
}
