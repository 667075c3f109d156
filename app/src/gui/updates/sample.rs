//! Jobs and rollouts for the unit tests of this page.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use skylift_protocol::{Digest, bounded};

use crate::engine::{
    Counts, Happening, Job, JobId, JobImage, Limits, Member, MemberState, Phase, Rollout, RolloutId, Step,
    Target,
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
        history: vec![Happening::Entered(Step::Preparing)],
        started_at: SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000),
        verdict: None,
        drill: None,
        trust: None,
        recovery: None,
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
        state: MemberState::Running,
    };
    Rollout {
        id: RolloutId(1),
        image: image(),
        limits: Limits::default(),
        started_at: SystemTime::UNIX_EPOCH + Duration::from_secs(1_699_999_999),
        members: jobs.iter().map(member).collect(),
        counts: Counts::default(),
        stopped: None,
        paused: false,
        ended: false,
    }
}
