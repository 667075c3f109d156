//! How far an update is, and from where a stopped one can go on.

use serde::{Deserialize, Serialize};

use crate::{Digest, OrderId};

/// How far a running update is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The order.
    pub order_id: OrderId,
    /// Bytes of the file in flash, read back; decoded ones, however they travelled.
    pub written: u32,
    /// Bytes of the file in all.
    pub total: u32,
    /// Bytes that this attempt took from the network, of the stream or of the file itself; absent from devices that do
    /// not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetched: Option<u32>,
    /// Milliseconds that this attempt spent in the flash: erasing, programming and every read, of the slot, of the base
    /// and of what an earlier attempt left; absent from devices that do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flash_ms: Option<u32>,
}

/// A download that can go on where it stopped, in whichever encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// The file.
    pub file_sha256: Digest,
    /// Bytes of it in flash.
    pub from: u32,
}
