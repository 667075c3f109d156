//! Jobs and rollouts for the unit tests of this page.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use skylift_protocol::{Digest, Encoding, bounded};

use crate::engine::{
    Airtime, Basis, Cost, Counts, Happening, Job, JobId, JobImage, Limits, Member, MemberState, Pace, Phase,
    Plan as Costs, Rollout, RolloutId, Step, Target, Unavailable, Way,
};

fn image() -> JobImage {
    JobImage {
        path: PathBuf::from("ota.bin"),
        project: "climate".to_owned(),
        version: "2.0.0".to_owned(),
        size: 1 << 20,
        file_sha256: Digest([1; 32]),
        image_sha256: Digest([2; 32]),
    }
}

/// An update that has just begun.
pub(in crate::gui) fn job(number: u64, device: &str) -> Job {
    Job {
        id: JobId(number),
        device: bounded(device),
        device_label: device.to_owned(),
        rollout: None,
        from_version: "1.0.0".to_owned(),
        image: image(),
        phase: Phase::Preparing,
        working_out: None,
        sending: None,
        pace: Pace::default(),
        history: vec![Happening::Entered(Step::Preparing)],
        started_at: SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000),
        verdict: None,
        drill: None,
        trust: None,
        recovery: None,
    }
}

/// What an image of 1 MiB costs a device: `delta` bytes as a delta, or why there is none; half of it compressed.
pub(super) fn costs(device: &str, delta: Result<u32, Unavailable>) -> Costs {
    let cost = |bytes: u32| Cost { bytes, seconds: 2.0 + f64::from(bytes) / 100_000.0 };
    let chosen = if delta.is_ok() { Encoding::Delta } else { Encoding::Compressed };
    let ways = [(Encoding::Raw, Ok(1 << 20)), (Encoding::Compressed, Ok(1 << 19)), (Encoding::Delta, delta)];
    Costs {
        device: bounded(device),
        label: device.to_owned(),
        raw_bytes: 1 << 20,
        ways: ways.map(|(encoding, bytes)| Way { encoding, cost: bytes.map(cost) }).to_vec(),
        chosen,
        basis: Basis::Typical,
    }
}

/// A rollout of these.
pub(super) fn rollout(jobs: &[&Job]) -> Rollout {
    let member = |job: &&Job| Member {
        target: Target::Called(job.device.to_string()),
        device: Some(job.device.clone()),
        label: job.device_label.clone(),
        canary: false,
        job: Some(job.id),
        preparation: None,
        state: MemberState::Running,
    };
    Rollout {
        id: RolloutId(1),
        image: image(),
        limits: Limits::default(),
        started_at: SystemTime::UNIX_EPOCH + Duration::from_secs(1_699_999_999),
        members: jobs.iter().map(member).collect(),
        counts: Counts::default(),
        airtime: Airtime::default(),
        stopped: None,
        paused: false,
        ended: false,
    }
}
