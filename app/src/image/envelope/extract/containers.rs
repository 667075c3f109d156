//! The programs that go into a firmware: the envelope's containers, relocatable, with their flags and assets.

use super::ExtractError;
use crate::image::envelope::app_image::Program;
use crate::image::envelope::file::PROPERTIES;
use crate::image::envelope::relocatable::Relocatable;
use crate::image::envelope::snapshot::{self, Bundle};
use crate::image::envelope::{
    Envelope, EnvelopeError, Undecodable, Uuid, Value, assets, is_container_name, tison,
};

const SYSTEM: &str = "system";

/// The system that the firmware will be: the property `uuid`, or else the one of the SDK.
pub(super) fn system_uuid(envelope: &Envelope) -> Result<Uuid, EnvelopeError> {
    let chosen = match property(envelope, "uuid") {
        None => None,
        Some(Value::Text(text)) => text.parse().ok(),
        Some(_) => {
            let why = Undecodable::Malformed("the uuid is no text");
            return Err(EnvelopeError::Damaged { part: PROPERTIES.to_owned(), why });
        }
    };
    Ok(chosen.unwrap_or_else(|| Uuid::sdk_uuid(envelope.sdk_version())))
}

/// All programs, the system first.
pub(super) fn assemble(envelope: &Envelope) -> Result<Vec<Program>, ExtractError> {
    let mut programs = Vec::new();
    let mut ids = Vec::new();
    for (name, content) in envelope.entries().filter(|(name, _)| is_container_name(name) && *name != SYSTEM) {
        let program = program(envelope, name, content)?;
        ids.push((name.to_owned(), Value::Bytes(program.image.header().id.0.to_vec())));
        programs.push(program);
    }
    if let Some(content) = envelope.entry(SYSTEM) {
        let assets = system_assets(envelope, ids)?;
        let image = image(envelope, SYSTEM, content, Some(&assets))?;
        programs.insert(0, Program { image, flags: flags(envelope, SYSTEM)?, assets: Some(assets) });
    }
    Ok(programs)
}

/// A container with the assets that are stored with it.
pub(super) fn program(envelope: &Envelope, name: &str, content: &[u8]) -> Result<Program, EnvelopeError> {
    let assets = envelope.entry(&format!("+{name}"));
    let image = image(envelope, name, content, assets)?;
    Ok(Program { image, flags: flags(envelope, name)?, assets: assets.map(<[u8]>::to_vec) })
}

/// A snapshot is converted; an image is taken as it is.
fn image(
    envelope: &Envelope,
    name: &str,
    content: &[u8],
    assets: Option<&[u8]>,
) -> Result<Relocatable, EnvelopeError> {
    let broken = |error| EnvelopeError::Snapshot { name: name.to_owned(), error };
    let word = envelope.word_size();
    let converted = if Bundle::is_snapshot(content) {
        let bundle = Bundle::parse(content).map_err(broken)?;
        let id = bundle.container_id(assets);
        if let Some(image) = envelope.conversion(&bundle) {
            return Ok(image.with_id(id));
        }
        // The system's uuid is written when the program has found its place.
        Some(snapshot::convert(&bundle, word, id, Uuid::NIL).map_err(broken)?)
    } else {
        None
    };
    let image = converted.unwrap_or_else(|| content.to_vec());
    Relocatable::parse(image, word).map_err(|why| EnvelopeError::Container { name: name.to_owned(), why })
}

/// What the system learns from the firmware tool: the WiFi to join, and the containers beside it.
fn system_assets(envelope: &Envelope, ids: Vec<(String, Value)>) -> Result<Vec<u8>, EnvelopeError> {
    let damaged = |why| EnvelopeError::Assets { name: SYSTEM.to_owned(), why };
    let mut entries = Vec::new();
    if let Some(wifi) = property(envelope, "wifi") {
        entries.push(("wifi".to_owned(), tison::encode(wifi).map_err(damaged)?));
    }
    if !ids.is_empty() {
        entries.push(("images".to_owned(), tison::encode(&Value::Map(ids)).map_err(damaged)?));
    }
    assets::encode(&entries).map_err(damaged)
}

fn flags(envelope: &Envelope, name: &str) -> Result<u8, EnvelopeError> {
    // A byte in the image: of more, Toit takes the low bits.
    envelope.flags(name).map(|flags| flags.to_le_bytes()[0])
}

fn property<'a>(envelope: &'a Envelope, key: &str) -> Option<&'a Value> {
    envelope.properties().iter().find(|(known, _)| known == key).map(|(_, value)| value)
}
