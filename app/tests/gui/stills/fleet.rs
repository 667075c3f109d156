//! A fleet with a device in every state, made of what one real device has said.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use skylift::engine::{Device, Job, JobId, Phase, Presence, Progress, Snapshot};
use skylift_protocol::{Digest, Id, ImagePolicy, LastEnd, Outcome, Status, ValidationState, bounded};

use super::material::{CRASH, Material};

/// The id of a device with this name.
pub fn id_of(name: &str) -> Id {
    bounded(&format!("sky-{name}").chars().take(24).collect::<String>())
}

/// The same device with another name, at an address of its own; figures that differ from run to run are fixed.
pub fn rename(device: &Device, name: &str, place: u8, now: SystemTime) -> Device {
    let status = device.status.as_ref().map(|status| {
        let mut status = Status::clone(status);
        status.id = id_of(name);
        status.name = bounded(name);
        (status.uptime_s, status.boot_count) = (4242, 3);
        if let Some(end) = status.last_end.as_mut().filter(|end| end.outcome != Outcome::Validated) {
            end.detail = bounded(CRASH);
        }
        Arc::new(status)
    });
    Device {
        id: id_of(name),
        name: name.to_owned(),
        address: SocketAddr::from(([192, 168, 1, 60 + place], 80)),
        other_addresses: Vec::new(),
        last_seen: Some(now),
        status,
        ..device.clone()
    }
}

/// The states that are told apart in greyscale, by the names of their devices.
pub const STATES: [&str; 6] = ["valid", "pending", "rolled-back", "failed", "offline", "updating"];

fn with(device: &mut Device, change: impl FnOnce(&mut Status)) {
    change(Arc::make_mut(device.status.as_mut().unwrap()));
}

/// A device in each state, and the updates that put some of them there.
pub fn fleet(material: &Material) -> Snapshot {
    let seen = &material.seen;
    let [healthy, back] = ["sky-porch-light", "sky-cellar-fan"].map(|id| seen.device(id).unwrap());
    let mut snapshot = Snapshot { rollouts: Vec::new(), jobs: Vec::new(), ..seen.clone() };
    for (place, state) in STATES.iter().enumerate() {
        let base = if *state == "rolled-back" { back } else { healthy };
        let mut device = rename(base, &format!("is-{state}"), place as u8, material.now);
        match *state {
            "pending" => with(&mut device, |status| {
                status.validation.state = ValidationState::Pending;
                status.validation.deadline_s = Some(42);
            }),
            "failed" => with(&mut device, |status| status.safe_mode = true),
            "offline" => {
                device.presence = Presence::Offline;
                device.last_seen = Some(material.now - Duration::from_secs(3 * 3600));
                device.problem = Some("the device does not answer".to_owned());
            }
            "updating" => snapshot.jobs.push(Arc::new(running(material, &device, 61))),
            _ => {}
        }
        snapshot.devices.push(Arc::new(device));
    }
    snapshot.devices.sort_by(|one, other| one.id.cmp(&other.id));
    snapshot
}

/// An update of a device that has downloaded so many hundredths.
pub fn running(material: &Material, device: &Device, hundredths: u32) -> Job {
    let job = Job::clone(&material.seen.jobs[0]);
    let total = 1_181_696;
    let written = total / 100 * hundredths + if hundredths == 100 { total % 100 } else { 0 };
    Job {
        id: JobId(90),
        device: device.id.clone(),
        device_label: device.label().to_owned(),
        rollout: None,
        phase: Phase::Downloading(Progress { written, total, rate: Some(45_056.0) }),
        history: job.history[..3].to_vec(),
        verdict: None,
        ..job
    }
}

/// A name has 32 bytes at most.
pub const WIDEST_NAME: &str = "WWWWWWWWGREENHOUSE-IN-THE-GARDEN";
/// A version has 31.
pub const WIDEST_VERSION: &str = "10.20.30-release-candidate.1000";

/// One device with the widest of everything: its name, its version, and the words of its state.
pub fn widest(material: &Material) -> Snapshot {
    let seen = &material.seen;
    let healthy = seen.device("sky-porch-light").unwrap();
    assert_eq!((WIDEST_NAME.len(), WIDEST_VERSION.len()), (32, 31));
    let version = WIDEST_VERSION.to_owned();
    let mut device = rename(healthy, WIDEST_NAME, 0, material.now);
    device.version.clone_from(&version);
    with(&mut device, |status| {
        status.running.version = bounded(&version);
        for slot in &mut status.slots {
            slot.version = Some(bounded(&version));
        }
        let signers = [material.signers[0].digest, Digest([7; 32]), Digest([8; 32])];
        let signers = Some(signers.into_iter().collect());
        status.policy = Some(ImagePolicy { secure_floor: 1000, signers });
        status.last_end = Some(LastEnd {
            outcome: Outcome::RolledBack,
            ..seen.device("sky-cellar-fan").unwrap().status.as_ref().unwrap().last_end.clone().unwrap()
        });
    });
    let mut job = running(material, &device, 100);
    job.image.version.clone_from(&version);
    job.from_version = version;
    Snapshot {
        devices: vec![Arc::new(device)],
        jobs: vec![Arc::new(job)],
        rollouts: Vec::new(),
        ..seen.clone()
    }
}
