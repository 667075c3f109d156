//! Snapshots: what the Toit compiler writes, and the images that devices run, which are made of them.

mod bundle;
mod error;
mod heap;
mod memory;
mod objects;
mod program;
mod record;
mod source_map;
mod writer;

#[cfg(test)]
mod tests;

pub use bundle::Bundle;
pub use error::SnapshotError;
pub use source_map::has_function;

use super::{Uuid, WordSize};

/// The SDKs whose snapshots are converted here: all of these lay out a program in the same way.
pub const TESTED_SDKS: &str = "v2.0.0-alpha.185 to v2.0.0-alpha.195";

const FIRST_TESTED: u64 = 185;
const LAST_TESTED: u64 = 195;

/// Whether the SDK of this version is one of [`TESTED_SDKS`]. Builds between two releases, such as
/// `v2.0.0-alpha.195.17`, count as the release before them.
#[must_use]
pub fn is_tested(sdk_version: &str) -> bool {
    let version = sdk_version.strip_prefix('v').and_then(|version| semver::Version::parse(version).ok());
    let Some(version) = version else { return false };
    let mut pre = version.pre.split('.');
    let alpha = pre.next() == Some("alpha");
    let release = pre.next().and_then(|release| release.parse().ok());
    (version.major, version.minor, version.patch, alpha) == (2, 0, 0, true)
        && release.is_some_and(|release| (FIRST_TESTED..=LAST_TESTED).contains(&release))
}

/// The relocatable image of a snapshot's program, as `toit tool snapshot-to-image --format=binary` writes it.
///
/// `id` is the container's ([`Bundle::container_id`]), `system` the one it is for: nil where it will be named later.
///
/// # Errors
/// The SDK is none of [`TESTED_SDKS`], the snapshot is damaged, or its program is too large.
pub fn convert(bundle: &Bundle, word: WordSize, id: Uuid, system: Uuid) -> Result<Vec<u8>, SnapshotError> {
    if !is_tested(&bundle.sdk_version) {
        return Err(SnapshotError::UntestedSdk(bundle.sdk_version.clone()));
    }
    let damaged = |why| SnapshotError::Damaged { part: "snapshot", why };
    let program = program::Program::read(&bundle.snapshot).map_err(damaged)?;
    writer::write(&program, word, &record::Names { id, system, snapshot: bundle.uuid })
}
