//! The mark that an image with a boot guard carries, at a fixed place behind the app descriptor.

/// Bytes of the marker.
pub(super) const MARKER_LEN: usize = 16;
const MAGIC: &[u8; 8] = b"SKYGUARD";
const REAL: u8 = 1;
const SIMULATED: u8 = 2;
/// Of the rules in `SPEC.md`, "Guard".
const VERSION: u8 = 1;

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
    /// What firmware for chips carries that has this guard.
    pub const REAL: [u8; MARKER_LEN] = {
        let [m0, m1, m2, m3, m4, m5, m6, m7] = *MAGIC;
        [m0, m1, m2, m3, m4, m5, m6, m7, VERSION, REAL, 0, 0, 0, 0, 0, 0]
    };

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_chip_carries_reads_as_such() {
        let read = GuardMarker::parse(&GuardMarker::REAL);
        assert_eq!(read, Some(GuardMarker { version: 1, kind: GuardKind::Real }));
    }
}
