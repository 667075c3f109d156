//! Panics in a board's log: recognised as blocks of lines, and read with the ELF of the firmware that panicked.

mod calls;
mod decode;
mod spot;
mod words;

use std::fmt;
use std::ops::Range;
use std::time::SystemTime;

pub use decode::{Decoded, Decoder, Unread};
pub(super) use spot::Spotter;

/// Whether a line is the beginning of a panic.
pub(super) fn begins(text: &str) -> bool {
    words::alarm(text).is_some()
}

/// An address that a panic tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// Of an instruction that ran.
    Exact(u32),
    /// Where a call would have come back to.
    Return(u32),
    /// A word on the stack, which may be where a call would have come back to.
    Guess(u32),
}

impl Address {
    /// The address as it was told.
    #[must_use]
    pub const fn value(self) -> u32 {
        match self {
            Self::Exact(address) | Self::Return(address) | Self::Guess(address) => address,
        }
    }
}

/// The first digits of an `elf_sha256`, or all of them, as a firmware tells them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElfDigits(String);

impl ElfDigits {
    /// ESP-IDF tells 9 digits by default; fewer than 7 may be those of several builds.
    const LEAST: usize = 7;

    fn new(digits: &str) -> Option<Self> {
        let sound =
            (Self::LEAST..=64).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        // Zeros stand there until the image is made.
        let filled_in = digits.bytes().any(|digit| digit != b'0');
        (sound && filled_in).then(|| Self(digits.to_ascii_lowercase()))
    }

    /// Whether a digest begins with them.
    #[must_use]
    pub fn begin(&self, digest: skylift_protocol::Digest) -> bool {
        digest.to_string().starts_with(&self.0)
    }
}

impl fmt::Display for ElfDigits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A panic, as the board tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panic {
    /// The numbers of its lines.
    pub lines: Range<u64>,
    /// When it began to arrive.
    pub at: SystemTime,
    /// What happened, in the firmware's words; empty if it has none.
    pub message: String,
    /// Where, in the firmware's words: `src/main.rs:42:9`.
    pub place: Option<String>,
    /// Addresses, innermost first; guesses come last.
    pub addresses: Vec<Address>,
    /// Which build panicked, if the firmware has said so since it was started.
    pub elf: Option<ElfDigits>,
}
