//! What goes wrong on a cable, and on the board behind it.

use crate::faults::FlashFault;

/// Bytes that nobody sent: some before every sixteenth answer or so, and some in the place of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noise {
    /// Seed of what is random about it.
    pub seed: u64,
    /// One of so many bytes is changed on its way, in both directions; `None` leaves frames alone.
    pub inside: Option<u32>,
}

/// The fastest rate that the cable is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoodFor {
    /// Baud.
    pub baud: u32,
    /// Above it, one of so many bytes is damaged, in both directions.
    pub every: u32,
}

/// What goes wrong. Bytes and answers are counted from when the faults are set, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SerialFaults {
    /// Bytes that nobody sent.
    pub noise: Option<Noise>,
    /// One of so many of the board's answers is lost.
    pub lose_answer: Option<u32>,
    /// The cable comes out, once, when the board has received so many bytes.
    pub vanish_at: Option<u64>,
    /// The board says nothing more when it has received so many bytes, until it is reset.
    pub stall_at: Option<u64>,
    /// The cable is too long for high rates.
    pub good_for: Option<GoodFor>,
    /// What fails in the flash; its operations are counted from when the faults are set, too.
    pub flash: FlashFault,
}
