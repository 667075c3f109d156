//! Small bodies: success answers that are not a status, and a new name.

use serde::{Deserialize, Serialize};

use crate::{Name, OrderId};

/// 202: the order is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The order's id, as it came.
    pub order_id: OrderId,
    /// The byte from which it goes on, of those that are sent: of a raw file how many it already holds, verified. Of an
    /// encoded one 0, until it has the head and the table of the chunks.
    pub resume_from: u32,
}

/// 200: done, or begun where the device restarts for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Whether the device restarts now.
    pub restarts: bool,
}

/// POST /rename.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rename {
    /// The new name.
    pub name: Name,
}

impl Rename {
    /// Whether the name can be shown and said: something in it, and no control characters.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        !self.name.trim().is_empty() && !self.name.chars().any(char::is_control)
    }
}
