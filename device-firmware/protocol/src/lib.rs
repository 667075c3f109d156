//! The words a Skylift device and a Skylift host say to each other: JSON bodies, codes, paths and TXT keys.
//!
//! Nothing here does I/O or allocates; both sides use the same types, so that they cannot drift apart.
//! Codes are frozen once released: a word is never renamed or given another meaning.
//! Unknown fields are ignored and unknown words read as `Unknown`, so that an older side can talk to a newer one.
#![no_std]

mod answer;
pub mod auth;
mod chip;
mod digest;
mod discovery;
mod error;
mod fields;
mod floor;
mod networks;
mod order;
mod outcome;
mod pairing;
mod prepare;
mod probe;
mod progress;
pub mod provisioning;
mod public;
pub mod routes;
mod status;
mod text;
mod trust;
mod wifi;
mod word;

pub use answer::{Accepted, Done, Rename};
pub use chip::Chip;
pub use digest::{Digest, DigestError};
pub use discovery::{SERVICE, TXT_CHIP, TXT_ID, TXT_NAME, TXT_PROTO, TXT_STATE, TXT_VERSION};
pub use error::{ErrorBody, ErrorCode};
pub use fields::{FieldFlaw, Fields, MAX_FIELD_NAME, MAX_FIELD_VALUE, MAX_FIELDS};
pub use floor::Floor;
pub use networks::{MAX_NETWORKS, MAX_NETWORKS_RECORD, Networks};
pub use order::{Confirm, Encoding, Order, OrderFlaw, Source, Stream};
pub use outcome::{Crash, LastEnd, MAX_CRASH_ADDRESSES, Outcome, Reason};
pub use pairing::Pairing;
pub use prepare::{Prepare, Prepared, Preparing};
pub use probe::{MAX_PROBE_URLS, Probe, ProbeResults};
pub use progress::{Progress, Resume};
pub use public::PublicStatus;
pub use status::{
    Access, Event, FirmwareKind, MAX_ENCODINGS, MAX_SLOTS, MAX_STATUS_JSON, Phase, Protection, ResetReason,
    Running, Slot, SlotState, Status, Validation, ValidationState,
};
pub use text::{Detail, Id, Label, Name, OrderId, Url, bounded};
pub use trust::{ImagePolicy, KnownSigners, MAX_SIGNERS, MAX_TRUST_RECORD, NextSigners, Signers, Trust};
pub use wifi::{LastWifiChange, Network, NetworkFlaw, Password, Ssid, Wifi, WifiChange, WifiOutcome};

/// Version of the protocol that this crate speaks, the field `protocol` of `/status`.
pub const PROTOCOL: u16 = 1;
