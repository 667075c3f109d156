//! Success answers that are not a status.

use serde::{Deserialize, Serialize};

use crate::OrderId;

/// 202: the order is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The order's id, as it came.
    pub order_id: OrderId,
    /// Bytes of this file that the device already holds, verified; it fetches from here on.
    pub resume_from: u32,
}

/// 200: done, or begun where the device restarts for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Whether the device restarts now.
    pub restarts: bool,
}
