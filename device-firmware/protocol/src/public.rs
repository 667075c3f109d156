//! What a device that is not open tells strangers: no more than mDNS shows, and whom it lets in.

use serde::{Deserialize, Serialize};

use crate::{Access, Chip, Id, Label, Name, ValidationState};

/// `/status` without a signature, from a device that is not open. Nothing in it is proven: anybody could say it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicStatus {
    /// Version of the protocol.
    pub protocol: u16,
    /// The device's id.
    pub id: Id,
    /// The name its owner chose.
    pub name: Name,
    /// The chip.
    pub chip: Chip,
    /// The version that runs; empty if its image cannot be read.
    pub version: Label,
    /// Whether the running image is kept.
    pub state: ValidationState,
    /// Whom it lets in; never [`Access::Open`].
    pub access: Access,
}
