//! The firmware for a computer: the program that runs containers, and the containers beside it in one file.
//!
//! Six sizes, then the parts with these sizes: the sizes themselves, the program, the configuration, the ids of the
//! containers by name, those that start at boot, the others; and a SHA-256 over all of it.

use sha2::{Digest as _, Sha256};

use super::{Config, ExtractError, Part, containers, part};
use crate::image::envelope::file::Kind;
use crate::image::envelope::{Envelope, EnvelopeError, Uuid, Value, ar, is_container_name, ubjson};

/// The entry with the program that runs containers.
pub(in crate::image::envelope) const RUN_IMAGE: &str = "$run-image";
const SIZES: usize = 6;
const HEADER: usize = 4 * SIZES;
/// Images are whole pages; the configuration is, so that it may grow without moving anything.
const PAGE: usize = 4096;
/// Flags of a container that is started with the system: run at boot, critical.
const STARTED: u8 = 0b11;

const KINDS: [&str; SIZES + 1] =
    ["header", "run-image", "config", "name-to-uuid-mapping", "startup-images", "bundled-images", "checksum"];

/// A firmware that was made of an envelope for a computer. It has no `Debug`: WiFi passwords may be in it.
#[derive(Clone, PartialEq, Eq)]
pub struct HostFirmware {
    bytes: Vec<u8>,
    parts: Vec<Part>,
}

impl HostFirmware {
    /// Makes the firmware of an envelope for a computer. The property `uuid` is not looked at, as Toit's tool does it.
    ///
    /// # Errors
    /// The envelope is for a chip, has no program, or has a container that cannot be used.
    pub fn extract(envelope: &Envelope, config: &Config) -> Result<Self, ExtractError> {
        if envelope.kind() != Kind::Host {
            return Err(ExtractError::Format { format: "host", of: "a chip" });
        }
        let run_image = envelope.entry(RUN_IMAGE).ok_or(EnvelopeError::Missing(RUN_IMAGE))?;
        let (startup, others, ids) = containers(envelope)?;
        let archive = |images: &[ar::Entry]| ar::write(images).map_err(|_| EnvelopeError::TooLarge);
        let pieces = [
            run_image.to_vec(),
            padded_config(config)?,
            ubjson::encode(&Value::Map(ids)),
            archive(&startup)?,
            archive(&others)?,
        ];
        let mut bytes = vec![0; HEADER];
        let mut borders = vec![0, HEADER];
        for piece in pieces {
            bytes.extend_from_slice(&piece);
            borders.push(bytes.len());
        }
        for (size, place) in sizes(&borders).zip(bytes.chunks_mut(4)) {
            place.copy_from_slice(&size?.to_le_bytes());
        }
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest);
        borders.push(bytes.len());
        Ok(Self { parts: part::between(&KINDS, &borders), bytes })
    }

    /// What `--format=binary` is.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The parts, in their order. They cover all bytes.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// What `--format=ubjson` is.
    #[must_use]
    pub fn to_ubjson(&self) -> Vec<u8> {
        part::to_ubjson(&self.parts, &self.bytes)
    }
}

/// Those that start with the system, the others, and the ids of all by name.
type Containers = (Vec<ar::Entry>, Vec<ar::Entry>, Vec<(String, Value)>);

fn containers(envelope: &Envelope) -> Result<Containers, ExtractError> {
    let system = Uuid::sdk_uuid(envelope.sdk_version());
    let (mut startup, mut others, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    for (name, content) in envelope.entries().filter(|(name, _)| is_container_name(name)) {
        let program = containers::program(envelope, name, content)?;
        ids.push((name.to_owned(), Value::Text(program.image.header().id.to_string())));
        // Relocatable still: the computer decides where it will lie.
        let mut memory = program.relocated(0, &system)?;
        memory.resize(memory.len().next_multiple_of(PAGE), 0);
        let image = program.image.masked(&memory);
        let list = if program.flags & STARTED == 0 { &mut others } else { &mut startup };
        list.push(ar::Entry::new(name, image));
    }
    Ok((startup, others, ids))
}

fn padded_config(config: &Config) -> Result<Vec<u8>, EnvelopeError> {
    let config = config.as_bytes();
    let mut bytes = u32::try_from(config.len()).map_err(|_| EnvelopeError::TooLarge)?.to_le_bytes().to_vec();
    bytes.extend_from_slice(config);
    bytes.resize(bytes.len().next_multiple_of(PAGE), 0);
    Ok(bytes)
}

fn sizes(borders: &[usize]) -> impl Iterator<Item = Result<i32, EnvelopeError>> {
    let sizes = borders.windows(2).map(|pair| pair[1] - pair[0]);
    sizes.map(|size| i32::try_from(size).map_err(|_| EnvelopeError::TooLarge))
}
