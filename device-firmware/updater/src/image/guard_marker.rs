//! The mark that an image with a boot guard carries, at a fixed place behind the app descriptor.

/// Bytes of the marker.
pub(super) const MARKER_LEN: usize = 16;
const MAGIC: &[u8; 8] = b"SKYGUARD";
const REAL: u8 = 1;
const SIMULATED: u8 = 2;

/// What the guarded firmware drives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardKind {
    /// A chip.
    Real,
    /// Only the simulator; chips refuse it.
    Simulated,
}

/// The marker: 8 bytes `SKYGUARD`, version, kind, 6 bytes reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuardMarker {
    /// Version of the guard's rules, from 1.
    pub version: u8,
    /// What the firmware drives.
    pub kind: GuardKind,
}

impl GuardMarker {
    /// Reads a marker; `None` if there is none, or one of a kind this version does not know.
    pub(super) fn parse(raw: &[u8; MARKER_LEN]) -> Option<Self> {
        let (magic, rest) = raw.split_first_chunk::<8>()?;
        let [version, kind, ..] = *rest else { return None };
        let kind = match kind {
            REAL => GuardKind::Real,
            SIMULATED => GuardKind::Simulated,
            _ => return None,
        };
        (magic == MAGIC && version >= 1).then_some(Self { version, kind })
    }
}
