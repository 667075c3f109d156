//! What a loader says to a frame, and what the chip does then.

/// Where the chip goes from its loader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::serial) enum Way {
    /// It boots from flash.
    Program,
    /// It starts its ROM's loader again: the BOOT pin still counts as held after a reset by software.
    Rom,
}

/// What happens after the answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::serial) enum Then {
    /// Nothing.
    Stay,
    /// What was taken is programmed.
    Program,
    /// Another rate.
    Baud(u32),
    /// The loader ends.
    Leave(Way),
}

/// Frames to send, and what happens then.
pub(in crate::serial) struct Reply {
    pub frames: Vec<Vec<u8>>,
    pub then: Then,
}

impl Reply {
    pub const NOTHING: Self = Self::just(Then::Stay);

    /// Without a word.
    pub const fn just(then: Then) -> Self {
        Self { frames: Vec::new(), then }
    }
}
