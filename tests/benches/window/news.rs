//! What the window hears: devices and updates with other figures in each round, and past updates.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use skylift::engine::{
    Access, Airtime, Counts, Device, Happening, Job, JobId, JobImage, Limits, Member, MemberState, Pace,
    Phase, Presence, Progress, Rollout, RolloutId, Snapshot, Source, Step, Target,
};
use skylift::gui::{Event, HistoryEvent, MonitorEvent};
use skylift::store::{Moment, PastEnd, PastUpdate, What};
use skylift::usb::monitor::{Batch, Reader};
use skylift_protocol::{Digest, Status, ValidationState, bounded};

/// So many devices, of which some are being updated. Few are offline, and always as many: they come first in the
/// table, and the rows in sight are to be the same however long it is.
pub fn devices(devices: usize, updating: usize, round: usize) -> Event {
    Event::Snapshot(Arc::new(Snapshot {
        devices: (0..devices).map(|number| Arc::new(device(number, round))).collect(),
        jobs: (0..updating).map(|number| Arc::new(job(number, round))).collect(),
        ..Snapshot::default()
    }))
}

/// One rollout to so many devices, all of them downloading.
pub fn fleet(count: usize, round: usize) -> Event {
    let jobs: Vec<_> = (0..count).map(|number| Arc::new(job(number, round))).collect();
    let member = |job: &Arc<Job>| Member {
        target: Target::Called(job.device.to_string()),
        device: Some(job.device.clone()),
        label: job.device_label.clone(),
        canary: false,
        job: Some(job.id),
        preparation: None,
        state: MemberState::Running,
    };
    let rollout = Rollout {
        id: RolloutId(1),
        image: image(),
        limits: Limits::default(),
        started_at: SystemTime::now(),
        members: jobs.iter().map(member).collect(),
        counts: Counts { running: count, ..Counts::default() },
        airtime: Airtime::default(),
        stopped: None,
        paused: false,
        ended: false,
    };
    Event::Snapshot(Arc::new(Snapshot {
        devices: (0..count * 5).map(|number| Arc::new(device(number, round))).collect(),
        jobs,
        rollouts: vec![Arc::new(rollout)],
        ..Snapshot::default()
    }))
}

/// So many past updates, one every ten minutes.
pub fn history(count: usize) -> Event {
    let updates = (0..count).map(|number| Arc::new(past(count - number)));
    Event::History(HistoryEvent::Updates(updates.collect()))
}

/// The port of the monitor.
pub fn port() -> Event {
    Event::Monitor(MonitorEvent::Opening { path: "/dev/ttyACM0".to_owned(), baud: 115_200 })
}

/// So many lines at first, and then two in each round, of which some are panics.
pub fn log(lines: usize, round: usize) -> Event {
    let (first, count) = if round == 0 { (0, lines) } else { (lines + (round - 1) * 2, 2) };
    let mut reader = Reader::new(first as u64);
    let mut batch = Batch::default();
    for number in first..first + count {
        let line = match number % 500 {
            0 => "panic: index out of bounds: the len is 4 but the index is 4\n".to_owned(),
            1 => "restarting\n".to_owned(),
            of if of % 40 == 0 => format!("\x1b[0;33mW ({number}) bme280: short read, 4 of 7 bytes\x1b[0m\n"),
            _ => format!(
                "I ({number}) wifi: connected to workshop, {number} beacons, rssi -61 dBm, channel 6\n"
            ),
        };
        reader.read(line.as_bytes(), SystemTime::UNIX_EPOCH, &mut batch);
    }
    Event::Monitor(MonitorEvent::Read(batch))
}

fn past(number: usize) -> PastUpdate {
    let started = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000 + number as u64 * 600);
    let verdict = if number.is_multiple_of(9) { "rolled_back" } else { "validated" };
    let phase = |seconds, phase: &str| Moment {
        at: started + Duration::from_secs(seconds),
        what: What::Phase(phase.to_owned()),
    };
    PastUpdate {
        number: number as i64,
        device: format!("skylift-{:06}", number % 500),
        name: format!("greenhouse-{}", number % 500),
        project: "climate".to_owned(),
        version: format!("1.9.{}", number / 500),
        from_version: "1.8.0".to_owned(),
        size: 1 << 20,
        file_sha256: format!("{number:064x}"),
        image_sha256: "2".repeat(64),
        started,
        end: Some(PastEnd {
            at: started + Duration::from_secs(40),
            verdict: verdict.to_owned(),
            reason: None,
            detail: None,
            crash: None,
        }),
        bytes: 1 << 20,
        rate: Some(44_000.0),
        resumed_from: None,
        served_at: None,
        air: None,
        rollout: None,
        timeline: vec![phase(1, "downloading"), phase(30, "verifying"), phase(32, "rebooting")],
        drill: None,
        log: None,
        owner: None,
    }
}

fn device(number: usize, round: usize) -> Device {
    let id = bounded(&format!("skylift-{number:06}"));
    Device {
        id,
        name: format!("greenhouse-{number}"),
        family: skylift::engine::Family::Skylift,
        chip: skylift_protocol::Chip::Esp32C3,
        version: "1.8.0".to_owned(),
        address: SocketAddr::from(([10, 0, (number / 250) as u8, (number % 250) as u8], 80)),
        other_addresses: Vec::new(),
        slot: Some(0),
        validation: Some(ValidationState::Valid),
        access: Some(Access::Open),
        source: Source::Mdns,
        presence: if number == 7 || number == 57 { Presence::Offline } else { Presence::Online },
        last_seen: Some(SystemTime::now()),
        status: Some(Arc::new(status(number, round))),
        problem: None,
    }
}

fn status(number: usize, round: usize) -> Status {
    let slot = |place: u8, version: &str, state: &str| {
        serde_json::json!({
            "slot": place, "size": 1_966_080, "offset": 0x1_0000, "state": state, "image_size": 1_048_576,
            "project": "climate", "version": version, "image_sha256": "ab".repeat(32),
        })
    };
    let text = serde_json::json!({
        "protocol": 1, "id": format!("skylift-{number:06}"), "name": format!("greenhouse-{number}"),
        "chip": "esp32c3", "access": "open",
        "running": {
            "slot": 0, "project": "climate", "version": "1.8.0", "image_sha256": "ab".repeat(32),
            "elf_sha256": "cd".repeat(32), "kind": "real",
        },
        "slots": [slot(0, "1.8.0", "valid"), slot(1, "1.7.0", "valid")],
        "boots_next": 0, "protection": "guard", "validation": { "state": "valid" }, "phase": "idle",
        "boot_count": 3, "reset_reason": "power_on", "uptime_s": round, "rssi_dbm": -40 - (number % 50) as i32,
    });
    serde_json::from_value(text).expect("a status")
}

fn image() -> JobImage {
    let digest = Digest([7; 32]);
    JobImage {
        path: "ota.bin".into(),
        project: "climate".to_owned(),
        version: "1.9.0".to_owned(),
        size: 1 << 20,
        file_sha256: digest,
        image_sha256: digest,
    }
}

fn job(number: usize, round: usize) -> Job {
    let written = ((number * 7919 + round * 4096) % (1 << 20)) as u32;
    let progress = Progress { written, total: 1 << 20, rate: Some(44_000.0) };
    Job {
        id: JobId(number as u64 + 1),
        device: bounded(&format!("skylift-{:06}", number * 5)),
        device_label: format!("greenhouse-{}", number * 5),
        rollout: None,
        from_version: "1.8.0".to_owned(),
        image: image(),
        phase: Phase::Downloading(progress),
        history: vec![Happening::Entered(Step::Preparing), Happening::Entered(Step::Downloading)],
        started_at: SystemTime::now(),
        verdict: None,
        drill: None,
        trust: None,
        recovery: None,
        working_out: None,
        sending: None,
        pace: Pace::default(),
    }
}
