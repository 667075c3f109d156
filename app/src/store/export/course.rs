//! The course of an update for other programs.

use serde::Serialize;

use super::super::{PastBoot, Sample};
use super::seconds;

/// Figures of one moment, in seconds since the update began. Its names are frozen.
#[derive(Serialize)]
pub(super) struct ExportedSample {
    after: f64,
    served: Option<u64>,
    written: Option<u32>,
    rssi: Option<i8>,
}

impl From<&Sample> for ExportedSample {
    fn from(sample: &Sample) -> Self {
        let Sample { at, served, written, rssi } = *sample;
        Self { after: seconds(at), served, written, rssi }
    }
}

/// A boot of the device, from its first answer to its last, in seconds since the update began. Its names are frozen.
#[derive(Serialize)]
pub(super) struct ExportedBoot<'u> {
    from: f64,
    until: f64,
    count: u32,
    reset: &'u str,
    version: &'u str,
    state: &'u str,
    protection: &'u str,
}

impl<'u> From<&'u PastBoot> for ExportedBoot<'u> {
    fn from(boot: &'u PastBoot) -> Self {
        Self {
            from: seconds(boot.from),
            until: seconds(boot.until),
            count: boot.count,
            reset: &boot.reset,
            version: &boot.version,
            state: &boot.state,
            protection: &boot.protection,
        }
    }
}
