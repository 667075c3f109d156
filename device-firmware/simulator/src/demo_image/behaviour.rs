//! What a simulated device does when it runs an image, and where the image says so.

use std::fmt;
use std::str::FromStr;

/// Where the guard marker lies in an image: behind header, segment header and app descriptor.
pub const MARKER_OFFSET: usize = 288;
/// The marker's first bytes.
pub const MARKER_MAGIC: [u8; 8] = *b"SKYGUARD";
/// The marker's version, its byte 8. Its byte 9 is the kind, its last 6 are zero.
pub const MARKER_VERSION: u8 = 1;
/// Where the demo block lies in a demo image, behind the marker: magic, code of the behaviour, 1 if there is an ELF that
/// it was made from, 6 zero bytes.
pub const DEMO_OFFSET: usize = 304;
/// The demo block's first bytes.
pub const DEMO_MAGIC: [u8; 8] = *b"SKYDEMO1";
/// Bytes of marker and demo block each.
pub(super) const BLOCK_LEN: usize = 16;

/// Who an image with a guard is made for: byte 9 of its marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MarkerKind {
    /// Chips.
    Real = 1,
    /// Simulated devices; chips refuse it.
    Simulated = 2,
}

impl MarkerKind {
    /// The byte in the marker.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// What a simulated device does when it runs an image. The numbers are the codes in demo images and are frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Behaviour {
    /// Everything works.
    Healthy = 1,
    /// Panics right after it has started.
    Crash = 2,
    /// Stands still until the watchdog bites.
    Hang = 3,
    /// Runs, but finds no network.
    NoNetwork = 4,
    /// Answers, but its self-test never passes.
    NeverValidates = 5,
    /// Validates, then panics, again and again.
    LateCrash = 6,
    /// Everything works, and it has what a user's own firmware may have: fields in `/status`, a temperature, and the
    /// pages `/metrics` for everybody and `/door` for the owner.
    Sensor = 7,
}

impl Behaviour {
    /// Every behaviour.
    pub const ALL: [Self; 7] = [
        Self::Healthy,
        Self::Crash,
        Self::Hang,
        Self::NoNetwork,
        Self::NeverValidates,
        Self::LateCrash,
        Self::Sensor,
    ];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Crash => "crash",
            Self::Hang => "hang",
            Self::NoNetwork => "no-network",
            Self::NeverValidates => "never-validates",
            Self::LateCrash => "late-crash",
            Self::Sensor => "sensor",
        }
    }

    /// Its byte in the demo block.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// How a simulated device behaves with the image that begins with `head`, of which the first 320 bytes count.
    ///
    /// An image made for chips runs as healthy. `None` for an image that has no Skylift in it, and for a simulated
    /// one whose behaviour this version does not know: it never answers.
    #[must_use]
    pub fn of(head: &[u8]) -> Option<Self> {
        let marker = block(head, MARKER_OFFSET, MARKER_MAGIC)?;
        if head.first() != Some(&0xE9) || marker[0] == 0 {
            return None;
        }
        if marker[1] == MarkerKind::Real.code() {
            return Some(Self::Healthy);
        }
        let demo = block(head, DEMO_OFFSET, DEMO_MAGIC)?;
        let simulated = marker[1] == MarkerKind::Simulated.code();
        Self::ALL.into_iter().find(|behaviour| simulated && behaviour.code() == demo[0])
    }
}

/// Whether there is an ELF in which the addresses of a demo image can be looked up.
pub(crate) fn has_elf(head: &[u8]) -> bool {
    block(head, DEMO_OFFSET, DEMO_MAGIC).is_some_and(|demo| demo[1] == 1)
}

/// What follows `magic` at `offset`.
fn block(head: &[u8], offset: usize, magic: [u8; 8]) -> Option<[u8; 8]> {
    let block = head.get(offset..offset + BLOCK_LEN)?;
    block.strip_prefix(&magic)?.try_into().ok()
}

impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that is no behaviour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no behaviour `{0}`; there are healthy, crash, hang, no-network, never-validates, late-crash and sensor"
)]
pub struct UnknownBehaviour(String);

impl FromStr for Behaviour {
    type Err = UnknownBehaviour;

    fn from_str(word: &str) -> Result<Self, UnknownBehaviour> {
        let found = Self::ALL.into_iter().find(|behaviour| behaviour.as_str() == word);
        found.ok_or_else(|| UnknownBehaviour(word.to_owned()))
    }
}
