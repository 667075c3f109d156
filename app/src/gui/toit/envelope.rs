//! An envelope as the window shows it: chip, SDK, containers, properties; passwords hidden.

use skylift_protocol::Chip;

use super::programs::Row;
use crate::engine::printable;
use crate::image::envelope::{Envelope, EnvelopeError, Kind, Value, WordSize, json};

/// Where an ESP app image names its chip.
const CHIP_AT: usize = 12;

/// What an envelope is, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What it is called.
    pub name: String,
    /// Where it came from, without what may be secret in it.
    pub source: String,
    /// What its system runs on: a chip, or a computer.
    pub runs_on: String,
    /// The version of its SDK.
    pub sdk: String,
    /// The bits of a word.
    pub bits: u8,
    /// Its containers.
    pub containers: Vec<Row>,
    /// Its other properties, each with its value as JSON.
    pub properties: Vec<(String, String)>,
    /// The network that is in it.
    pub network: Option<String>,
    /// The parts that are no containers, with their bytes.
    pub parts: Vec<(String, u64)>,
}

impl Facts {
    /// Looks at an envelope.
    ///
    /// # Errors
    /// One of its containers is neither a snapshot nor an image.
    pub fn of(envelope: &Envelope, name: String, source: String) -> Result<Self, EnvelopeError> {
        let containers = envelope.containers()?.iter().map(Row::installed).collect();
        let parts = envelope.entries().filter(|(name, _)| name.starts_with('$'));
        let runs_on = match (envelope.kind(), chip(envelope)) {
            (Kind::Host, _) => "A computer".to_owned(),
            (Kind::Esp32, Some(chip)) => crate::gui::figures::chip(chip),
            (Kind::Esp32, None) => "A chip that Skylift does not know".to_owned(),
        };
        let network = envelope.wifi().map(|network| printable(network.ssid.as_str()));
        Ok(Self {
            name: printable(&name),
            source: printable(&source),
            runs_on,
            sdk: printable(envelope.sdk_version()),
            bits: if envelope.word_size() == WordSize::W32 { 32 } else { 64 },
            containers,
            properties: properties(envelope, network.is_some()),
            network,
            parts: parts.map(|(name, data)| (printable(name), data.len() as u64)).collect(),
        })
    }

    /// Whether a container of this name is in it.
    #[must_use]
    pub fn holds(&self, name: &str) -> bool {
        self.containers.iter().any(|container| container.name == name)
    }
}

fn chip(envelope: &Envelope) -> Option<Chip> {
    let firmware = envelope.entry("$firmware.bin")?;
    let id = *firmware.get(CHIP_AT)?;
    Some(Chip::from_image_id(id.into())).filter(|chip| *chip != Chip::Unknown)
}

/// A network that is told already is left out.
fn properties(envelope: &Envelope, told: bool) -> Vec<(String, String)> {
    let Value::Map(pairs) = envelope.user_properties().shown() else { return Vec::new() };
    let text = |value: &Value| json::encode(value).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let shown = |(key, value): (String, Value)| {
        (printable(&key), printable(&text(&value).unwrap_or_else(|| "cannot be shown".to_owned())))
    };
    pairs.into_iter().filter(|(key, _)| !told || key != "wifi").map(shown).collect()
}
