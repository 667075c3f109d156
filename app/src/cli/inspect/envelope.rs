//! What a Toit envelope is for and what it holds, where a user asks it of any file. No password.

use std::path::Path;

use serde_json::{Value, json};

use super::super::envelope::{flags, in_fields};
use super::super::failure::Failure;
use super::super::figures;
use super::super::session::Session;
use crate::engine::printable;
use crate::image::envelope::{Container, Content, Envelope, Kind, Value as Toit, json as encoding};

pub(super) fn show(path: &Path, envelope: &Envelope, session: &Session) -> Result<(), Failure> {
    let line = |name: &str, value: String| session.output.line(format_args!("{name:<15} {value}"));
    line("file", path.display().to_string());
    line("envelope", format!("Toit firmware for {}", made_for(envelope)));
    line("SDK version", printable(envelope.sdk_version()));
    line("WiFi", envelope.wifi().map_or("no network".to_owned(), |network| printable(&network.ssid)));
    let own = envelope.properties().iter().map(|(key, _)| key).filter(|key| !key.starts_with('$'));
    let own: Vec<_> = own.map(|key| printable(key)).collect();
    line("properties", if own.is_empty() { "none".to_owned() } else { own.join(", ") });
    let rows: Vec<_> = envelope.containers()?.iter().map(row).collect();
    session.output.line("");
    session.output.table(["CONTAINER", "STORED AS", "ID", "SIZE", "ASSETS", "FLAGS"], &rows);
    session.output.line("");
    session.output.line(format_args!(
        "To make an image of it: skylift envelope -e {} extract -o ota.bin",
        path.display()
    ));
    Ok(())
}

fn made_for(envelope: &Envelope) -> &str {
    match envelope.kind() {
        Kind::Esp32 => envelope.chip().unwrap_or("a chip that is not known"),
        Kind::Host => "a computer",
    }
}

fn row(container: &Container<'_>) -> [String; 6] {
    let size = |bytes: usize| figures::bytes(bytes as u64);
    let flags = flags(container.start);
    [
        printable(container.name),
        if container.content == Content::Snapshot { "snapshot" } else { "image" }.to_owned(),
        container.id.to_string(),
        size(container.size),
        container.assets.map_or("-".to_owned(), |assets| size(assets.len())),
        if flags.is_empty() { "-".to_owned() } else { flags.join(", ") },
    ]
}

pub(super) fn as_json(path: &Path, envelope: &Envelope) -> Result<Value, Failure> {
    Ok(json!({
        "path": path.display().to_string(),
        "envelope": translated(&in_fields(envelope)?)?,
        "properties": translated(&envelope.user_properties().shown())?,
    }))
}

fn translated(value: &Toit) -> Result<Value, Failure> {
    Ok(serde_json::from_slice(&encoding::encode(value)?).unwrap_or_default())
}
