//! The envelope as a whole: read from a file, plain or gzip'ed, and written to one.

use std::fmt;
use std::path::Path;

use super::ar::{self, Entry};
use super::conversions::Conversions;
use super::{EnvelopeError, Undecodable, Value, WordSize, gzip, json};
use crate::image::{read_bounded, write_private, write_whole};

/// The only version of the format that today's tool reads and writes.
pub(super) const FORMAT_VERSION: u32 = 8;
const MAGIC: u32 = 0x0abe_ca70;

const ENVELOPE: &str = "$envelope";
const METADATA: &str = "$metadata";
pub(super) const PROPERTIES: &str = "$properties";

/// What an envelope's system runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A chip of the ESP32 family.
    Esp32,
    /// A computer.
    Host,
}

/// A firmware envelope. Its `Debug` shows no content.
#[derive(Clone, PartialEq)]
pub struct Envelope {
    kind: Kind,
    word_size: WordSize,
    sdk_version: String,
    /// All but `$envelope` and `$metadata`, which follow from the fields above.
    entries: Vec<Entry>,
    properties: Vec<(String, Value)>,
    /// What its SDK has made of snapshots; it is in no file.
    pub(super) conversions: Conversions,
}

impl Envelope {
    /// An envelope with nothing in it.
    pub(super) fn new(kind: Kind, word_size: WordSize, sdk_version: &str) -> Self {
        let sdk_version = sdk_version.to_owned();
        let (entries, properties, conversions) = Default::default();
        Self { kind, word_size, sdk_version, entries, properties, conversions }
    }

    /// Reads an envelope from a file.
    ///
    /// # Errors
    /// It cannot be read, or is no envelope; the file is named.
    pub fn open(path: &Path) -> Result<Self, EnvelopeError> {
        read_bounded(path, ar::MAX_BYTES as u64)
            .map_err(|error| EnvelopeError::Io { doing: "read", error })
            .and_then(|bytes| Self::parse(&bytes))
            .map_err(|error| error.of(path))
    }

    /// Reads an envelope from the bytes of a file, plain or gzip'ed.
    ///
    /// # Errors
    /// It is no envelope, broken, too large, or of another format version.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if bytes.starts_with(gzip::MAGIC) {
            return Self::parse_plain(&gzip::unpacked(bytes)?);
        }
        Self::parse_plain(bytes)
    }

    fn parse_plain(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if !bytes.starts_with(ar::MAGIC) {
            return Err(EnvelopeError::NotAnEnvelope);
        }
        let mut entries = ar::parse(bytes).map_err(EnvelopeError::Archive)?;
        let info = take(&mut entries, ENVELOPE).ok_or(EnvelopeError::NotAnEnvelope)?;
        check_info(&info)?;
        let metadata = take(&mut entries, METADATA).ok_or(EnvelopeError::Missing(METADATA))?;
        let properties = match entries.iter().find(|entry| entry.name == PROPERTIES) {
            Some(entry) => decode_map(PROPERTIES, &entry.data)?,
            None => Vec::new(),
        };
        let metadata = Value::Map(decode_map(METADATA, &metadata)?);
        let wrong = |why| EnvelopeError::Damaged { part: METADATA.into(), why: Undecodable::Malformed(why) };
        Ok(Self {
            kind: kind(&metadata).ok_or(wrong("it names no kind that is known"))?,
            word_size: metadata
                .get("word-size")
                .and_then(Value::as_int)
                .and_then(WordSize::of_bytes)
                .ok_or(wrong("it names no word size that is known"))?,
            sdk_version: metadata
                .get("sdk-version")
                .and_then(Value::as_text)
                .filter(|version| !version.is_empty())
                .ok_or(wrong("it names no SDK version"))?
                .to_owned(),
            entries,
            properties,
            conversions: Conversions::default(),
        })
    }

    /// The envelope as Toit's tool writes it, plain.
    ///
    /// # Errors
    /// It has become larger than what is read again.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EnvelopeError> {
        let info = [MAGIC.to_le_bytes(), FORMAT_VERSION.to_le_bytes()].concat();
        let own = [Entry::new(ENVELOPE, info), Entry::new(METADATA, self.metadata()?)];
        ar::write(own.iter().chain(&self.entries)).map_err(|_| EnvelopeError::TooLarge)
    }

    fn metadata(&self) -> Result<Vec<u8>, EnvelopeError> {
        let kind = match self.kind {
            Kind::Esp32 => "esp32",
            Kind::Host => "host",
        };
        let word_size = if self.word_size == WordSize::W32 { 4 } else { 8 };
        json::encode(&Value::Map(vec![
            ("sdk-version".to_owned(), Value::Text(self.sdk_version.clone())),
            ("kind".to_owned(), Value::Text(kind.to_owned())),
            ("word-size".to_owned(), Value::Int(word_size)),
        ]))
    }

    /// Writes the envelope, in place of a file that may be there: whole, or not at all. It is gzip'ed if the name ends
    /// in `.gz` or the file in whose place it comes was, and for its owner's eyes alone if a password is in it.
    ///
    /// # Errors
    /// It cannot be written; the file is named.
    pub fn save(&self, path: &Path) -> Result<(), EnvelopeError> {
        let mut bytes = self.to_bytes().map_err(|error| error.of(path))?;
        let io = |error| EnvelopeError::Io { doing: "written", error }.of(path);
        let named = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
        // Who edits a packed envelope in place finds it packed, whatever it is called.
        if named || gzip::is_packed(path) {
            bytes = gzip::packed(&bytes).map_err(io)?;
        }
        if self.holds_password() { write_private(path, &bytes) } else { write_whole(path, &bytes) }
            .map_err(io)
    }

    /// Whether a password is among its properties.
    pub(super) fn holds_password(&self) -> bool {
        self.properties.iter().any(|(_, value)| value.holds_password())
    }

    /// What its system runs on.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The word its containers are made for.
    #[must_use]
    pub const fn word_size(&self) -> WordSize {
        self.word_size
    }

    /// The version of the SDK it belongs to, such as `v2.0.0-alpha.195`.
    #[must_use]
    pub fn sdk_version(&self) -> &str {
        &self.sdk_version
    }

    /// The entries in their order, by name: parts begin with `$`, assets with `+`, the others are containers.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.entries.iter().map(|entry| (entry.name.as_str(), entry.data.as_slice()))
    }

    /// What is in the entry of this name.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&[u8]> {
        self.entries().find_map(|(known, data)| (known == name).then_some(data))
    }

    /// All properties in their order, the envelope's own among them.
    #[must_use]
    pub fn properties(&self) -> &[(String, Value)] {
        &self.properties
    }

    /// Puts an entry in place of the one of its name, or last.
    pub(super) fn put_entry(&mut self, name: &str, data: Vec<u8>) {
        match self.entries.iter_mut().find(|entry| entry.name == name) {
            Some(entry) => entry.data = data,
            None => self.entries.push(Entry::new(name, data)),
        }
    }

    pub(super) fn remove_entry(&mut self, name: &str) {
        self.entries.retain(|entry| entry.name != name);
    }

    pub(super) fn set_properties(&mut self, properties: Vec<(String, Value)>) -> Result<(), EnvelopeError> {
        let map = Value::Map(properties);
        self.put_entry(PROPERTIES, json::encode(&map)?);
        if let Value::Map(properties) = map {
            self.properties = properties;
        }
        Ok(())
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes = self.entries().map(|(name, data)| (name, data.len()));
        write!(f, "Envelope {:?} {} ", self.kind, self.sdk_version)?;
        f.debug_map().entries(sizes).finish()
    }
}

fn kind(metadata: &Value) -> Option<Kind> {
    match metadata.get("kind")?.as_text()? {
        "esp32" => Some(Kind::Esp32),
        "host" => Some(Kind::Host),
        _ => None,
    }
}

fn take(entries: &mut Vec<Entry>, name: &str) -> Option<Vec<u8>> {
    let at = entries.iter().position(|entry| entry.name == name)?;
    Some(entries.remove(at).data)
}

fn check_info(info: &[u8]) -> Result<(), EnvelopeError> {
    let part = || ENVELOPE.to_owned();
    let (magic, rest) = info
        .split_first_chunk()
        .ok_or_else(|| EnvelopeError::Damaged { part: part(), why: Undecodable::Truncated })?;
    let version = rest
        .first_chunk()
        .ok_or_else(|| EnvelopeError::Damaged { part: part(), why: Undecodable::Truncated })?;
    if u32::from_le_bytes(*magic) != MAGIC {
        let why = Undecodable::Malformed("it does not begin as it must");
        return Err(EnvelopeError::Damaged { part: part(), why });
    }
    match u32::from_le_bytes(*version) {
        FORMAT_VERSION => Ok(()),
        other => Err(EnvelopeError::FormatVersion(other)),
    }
}

fn decode_map(part: &str, data: &[u8]) -> Result<Vec<(String, Value)>, EnvelopeError> {
    let why = match json::decode(data) {
        Ok(Value::Map(pairs)) => return Ok(pairs),
        Ok(_) => Undecodable::Malformed("it is no JSON object"),
        Err(why) => why,
    };
    Err(EnvelopeError::Damaged { part: part.to_owned(), why })
}

#[cfg(test)]
mod tests;
