//! Erasing ahead of time: the request, its answer, and what of it a status tells.

use serde::{Deserialize, Serialize};

/// `POST /update/prepare`: the device is to erase the slot that the next update will be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepare {
    /// Bytes of the file that is to lie there, 1 at least.
    pub size: u32,
}

/// 202: the device erases. The image that was in this slot cannot be returned to any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preparing {
    /// The slot.
    pub slot: u8,
    /// Bytes of the file that is to lie there, as they came.
    pub size: u32,
}

/// How far a slot was erased ahead of an update; a restart forgets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    /// The slot.
    pub slot: u8,
    /// Bytes from its start that are erased.
    pub bytes: u32,
}
