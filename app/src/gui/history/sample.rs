//! Past updates for the unit tests of the window.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::store::{Moment, PastEnd, PastRollout, PastUpdate, What};

/// When the first of them began.
pub(in crate::gui) const BEGIN: u64 = 1_700_000_000;

/// So many seconds after that.
pub(in crate::gui) fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(BEGIN + seconds)
}

/// A past update that has not ended.
pub(in crate::gui) fn past(number: i64) -> PastUpdate {
    PastUpdate {
        number,
        device: format!("sky-{number:02}"),
        name: String::new(),
        project: "climate".to_owned(),
        version: "1.9.0".to_owned(),
        from_version: "1.8.0".to_owned(),
        size: 1 << 20,
        file_sha256: "1".repeat(64),
        image_sha256: "2".repeat(64),
        started: at(0),
        end: None,
        bytes: 0,
        rate: None,
        resumed_from: None,
        served_at: None,
        air: None,
        timeline: Vec::new(),
        rollout: None,
        drill: None,
        log: None,
        owner: None,
    }
}

/// One of `device` that validated, from one second to another.
pub(in crate::gui) fn validated(number: i64, device: &str, from: u64, to: u64) -> PastUpdate {
    let phase = |seconds, phase: &str| Moment { at: at(seconds), what: What::Phase(phase.to_owned()) };
    let end =
        PastEnd { at: at(to), verdict: "validated".to_owned(), reason: None, detail: None, crash: None };
    PastUpdate {
        device: device.to_owned(),
        started: at(from),
        end: Some(end),
        timeline: vec![phase(from, "downloading"), phase(to.saturating_sub(2), "rebooting")],
        ..past(number)
    }
}

/// The same as part of a rollout for six devices.
pub(in crate::gui) fn of_rollout(id: &str, update: PastUpdate) -> PastUpdate {
    let rollout = PastRollout {
        id: id.to_owned(),
        started: at(0),
        devices: 6,
        canaries: 1,
        parallel: 3,
        stop_after: Some(1),
    };
    PastUpdate { rollout: Some(rollout), ..update }
}
