//! What a backup says of itself: `backup.json` in its zip file.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use skylift_protocol::Digest;
use skylift_updater::SECTOR;

use super::contents::{Partition, Slot};
use super::error::Flaw;
use crate::usb::wire::{Identity, PIECE, Security};

/// The format that is written, and the only one that is read.
const FORMAT: u32 = 1;
/// The largest flash of the family, in bytes.
pub(super) const MAX_FLASH: u32 = 32 << 20;
/// More partitions than a table has room for.
const MAX_PARTITIONS: usize = 96;

/// What a backup says of itself. Unknown fields of a newer version are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    format: u32,
    /// The Skylift that wrote it.
    pub skylift: String,
    /// When the flash was read, to the millisecond.
    #[serde(serialize_with = "to_rfc3339", deserialize_with = "from_rfc3339")]
    pub taken: Timestamp,
    /// The chip, as it is printed on it: `ESP32-C3`.
    pub chip: String,
    /// Its revision: `0.4`; `None` if it kept that to itself.
    pub revision: Option<String>,
    /// Its MAC address, lower case with colons; `None` if it kept that to itself.
    pub mac: Option<String>,
    /// Its fuses let it start signed bootloaders only.
    pub secure_boot: bool,
    /// Its flash was encrypted: what is kept here is, too, and this chip alone can read it.
    pub flash_encryption: bool,
    /// What the flash held.
    #[serde(flatten)]
    pub held: Held,
}

/// What a flash held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Bytes of it, at most 32 MiB.
    pub flash_size: u32,
    /// SHA-256 of all of it.
    pub sha256: Digest,
    /// Its partitions, in the order of their table; empty if there was none at 0x8000.
    pub partitions: Vec<Partition>,
    /// What its app partitions held.
    pub slots: Vec<Slot>,
    /// MD5 of each 64 KiB, in hexadecimal: what a later backup need not read again.
    pub pieces_md5: Vec<String>,
}

impl About {
    pub(super) fn new(identity: &Identity, security: Security, held: Held, taken: Timestamp) -> Self {
        Self {
            format: FORMAT,
            skylift: env!("CARGO_PKG_VERSION").to_owned(),
            taken: Timestamp::from_millisecond(taken.as_millisecond()).unwrap_or(taken),
            chip: identity.name.clone(),
            revision: identity.revision.map(|(major, minor)| format!("{major}.{minor}")),
            mac: identity.mac.clone(),
            secure_boot: security.secure_boot,
            flash_encryption: security.flash_encryption,
            held,
        }
    }

    /// Reads a description that may be anybody's.
    ///
    /// # Errors
    /// It is none, or of a format that is not known.
    pub(super) fn read(json: &[u8]) -> Result<Self, Flaw> {
        /// What is looked at first: a later format may lack everything else.
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        match serde_json::from_slice(json) {
            Ok(Format { format: FORMAT }) => {}
            Ok(Format { format }) if format > FORMAT => return Err(Flaw::Newer(format)),
            _ => return Err(Flaw::NotUnderstood),
        }
        let about: Self = serde_json::from_slice(json).map_err(|_| Flaw::NotUnderstood)?;
        if about.held.is_possible() { Ok(about) } else { Err(Flaw::NotUnderstood) }
    }

    /// The id of a backup: the first digits of a digest over whose it is, of when, and what it holds.
    pub(super) fn id(&self) -> String {
        const DIGITS: usize = 8;
        let whose = format!("{} {} {}", self.taken, self.mac.as_deref().unwrap_or("-"), self.held.sha256);
        let digest = Digest(Sha256::digest(whose).into());
        format!("{digest:.DIGITS$}")
    }
}

impl Held {
    fn is_possible(&self) -> bool {
        let size = self.flash_size;
        (1..=MAX_FLASH).contains(&size)
            && size.is_multiple_of(SECTOR)
            && self.pieces_md5.len() == size.div_ceil(PIECE) as usize
            && self.partitions.len() <= MAX_PARTITIONS
            && self.slots.len() <= MAX_PARTITIONS
    }
}

fn to_rfc3339<S: Serializer>(taken: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(taken)
}

fn from_rfc3339<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}
