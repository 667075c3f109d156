//! The bundle: the archive with a snapshot, its identifier, and the SDK that compiled it.

use sha2::{Digest as _, Sha256};

use super::SnapshotError;
use crate::image::envelope::{Undecodable, Uuid, ar};

/// The entry that tells a snapshot from other archives, and what it holds.
const MARK: &str = "toit";
const MARKED: &[u8] = b"like a tiger";
const SDK_VERSION: &str = "sdk-version";
const SNAPSHOT: &str = "snapshot";
const UUID: &str = "uuid";
pub(super) const SOURCE_MAP: &str = "source-map";

/// A snapshot with what belongs to it. Its program has not been looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The SDK that compiled it, such as `v2.0.0-alpha.195`.
    pub sdk_version: String,
    /// A digest of version and program; nil where a bundle has none.
    pub uuid: Uuid,
    /// The program.
    pub snapshot: Vec<u8>,
    /// Whether the names and lines of the source are there still.
    pub has_source_map: bool,
}

impl Bundle {
    /// Whether these bytes are meant to be a snapshot: an archive with the mark of one.
    #[must_use]
    pub fn is_snapshot(bytes: &[u8]) -> bool {
        ar::parse(bytes).is_ok_and(|entries| is_marked(&entries))
    }

    /// The bundle in these bytes.
    ///
    /// # Errors
    /// It is something else, or lacks a part.
    pub fn parse(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let mut entries = ar::parse(bytes).map_err(|_| SnapshotError::NotASnapshot)?;
        if !is_marked(&entries) {
            return Err(SnapshotError::NotASnapshot);
        }
        let sdk_version = take(&mut entries, SDK_VERSION)?;
        let damaged = |part, why| SnapshotError::Damaged { part, why };
        let sdk_version =
            String::from_utf8(sdk_version).map_err(|_| damaged(SDK_VERSION, Undecodable::NotText))?;
        let uuid = match take(&mut entries, UUID) {
            Ok(bytes) => {
                let length = Undecodable::Malformed("it does not have 16 bytes");
                Uuid(bytes.try_into().map_err(|_| damaged(UUID, length))?)
            }
            Err(_) => Uuid::NIL,
        };
        let snapshot = take(&mut entries, SNAPSHOT)?;
        let has_source_map = entries.iter().any(|entry| entry.name == SOURCE_MAP);
        Ok(Self { sdk_version, uuid, snapshot, has_source_map })
    }

    /// The id of a container that runs this snapshot with these assets: the same for every width of a word.
    #[must_use]
    pub fn container_id(&self, assets: Option<&[u8]>) -> Uuid {
        let digest =
            Sha256::new().chain_update(self.uuid.0).chain_update(assets.unwrap_or_default()).finalize();
        let mut id = [0; 16];
        id.iter_mut().zip(digest).for_each(|(byte, from)| *byte = from);
        Uuid(id)
    }
}

fn is_marked(entries: &[ar::Entry]) -> bool {
    entries.iter().any(|entry| entry.name == MARK && entry.data == MARKED)
}

fn take(entries: &mut [ar::Entry], name: &'static str) -> Result<Vec<u8>, SnapshotError> {
    let entry = entries.iter_mut().find(|entry| entry.name == name).ok_or(SnapshotError::Missing(name))?;
    Ok(std::mem::take(&mut entry.data))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDK: &str = "v2.0.0-alpha.195";

    #[test]
    fn a_bundle_is_known_by_its_mark_and_needs_its_parts() {
        let part = |name: &str, data: &[u8]| ar::Entry::new(name, data);
        let parts = [
            part("toit", b"like a tiger"),
            part("sdk-version", SDK.as_bytes()),
            part("snapshot", b"program"),
            part("uuid", &[0x5a; 16]),
        ];
        let whole = ar::write(&parts).unwrap();
        let bundle = Bundle::parse(&whole).unwrap();
        assert!(Bundle::is_snapshot(&whole) && !bundle.has_source_map);
        assert_eq!((bundle.sdk_version.as_str(), bundle.uuid), (SDK, Uuid([0x5a; 16])));
        // SHA-256 of sixteen times 5a, and of these with "assets" behind, by sha256sum.
        assert_eq!(bundle.container_id(None).to_string(), "1c712ecc-21e2-7e37-4111-d5a1beeaf75a");
        assert_eq!(bundle.container_id(Some(b"assets")).to_string(), "2ebca7b4-ba2e-b2ed-3fed-befa149695a5");
        for (without, error) in [
            (0, SnapshotError::NotASnapshot),
            (1, SnapshotError::Missing("sdk-version")),
            (2, SnapshotError::Missing("snapshot")),
        ] {
            let rest = parts.iter().enumerate().filter(|(index, _)| *index != without).map(|(_, part)| part);
            assert_eq!(Bundle::parse(&ar::write(rest).unwrap()), Err(error));
        }
        assert_eq!(Bundle::parse(b"a letter"), Err(SnapshotError::NotASnapshot));
    }
}
