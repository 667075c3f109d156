//! Tests: how many samples are taken, what is in them, and which boots are told apart.

use super::super::running::tests::entry;
use super::*;
use crate::engine::{Happening, JobId, JobImage, Pace, Phase, Presence, Progress, Source, Step};

fn at(ms: u64) -> SystemTime {
    entry("lamp").started + Duration::from_millis(ms)
}

fn job(phase: Phase) -> Job {
    let digest = skylift_protocol::Digest([1; 32]);
    Job {
        id: JobId(1),
        device: skylift_protocol::bounded("lamp"),
        device_label: "lamp".to_owned(),
        rollout: None,
        from_version: "1.0.0".to_owned(),
        image: JobImage {
            path: "ota.bin".into(),
            project: "demo".to_owned(),
            version: "2.0.0".to_owned(),
            size: 1000,
            file_sha256: digest,
            image_sha256: digest,
        },
        phase,
        working_out: None,
        sending: None,
        pace: Pace::default(),
        history: vec![Happening::Entered(Step::Preparing)],
        started_at: at(0),
        verdict: None,
        drill: None,
        trust: None,
        recovery: None,
    }
}

fn downloading(written: u32) -> Phase {
    Phase::Downloading(Progress { written, total: 1000, rate: None })
}

fn status() -> Status {
    let text = serde_json::json!({
        "protocol": 1, "id": "lamp", "name": "", "chip": "esp32c3", "access": "open",
        "running": {
            "slot": 0, "project": "demo", "version": "1.0.0", "image_sha256": "ab".repeat(32),
            "elf_sha256": "cd".repeat(32), "kind": "real",
        },
        "slots": [], "boots_next": 0, "protection": "guard", "validation": { "state": "valid" }, "phase": "idle",
        "boot_count": 3, "reset_reason": "power_on", "uptime_s": 60,
    });
    serde_json::from_value(text).unwrap()
}

fn answer(seen: u64, change: impl FnOnce(&mut Status)) -> Snapshot {
    let mut status = status();
    change(&mut status);
    let device = Device {
        id: skylift_protocol::bounded("lamp"),
        name: String::new(),
        family: crate::engine::Family::Skylift,
        chip: status.chip,
        version: "1.0.0".to_owned(),
        address: ([10, 0, 0, 1], 80).into(),
        other_addresses: Vec::new(),
        slot: Some(0),
        validation: None,
        access: None,
        source: Source::Mdns,
        presence: Presence::Online,
        last_seen: Some(at(seen)),
        status: Some(Arc::new(status)),
        problem: None,
    };
    Snapshot { devices: vec![Arc::new(device)], ..Snapshot::default() }
}

#[test]
fn however_long_it_runs_there_are_few_samples_in_even_steps() {
    let (mut course, job) = (Course::default(), job(downloading(0)));
    let mut sampler = Sampler::new(&job);
    for tick in 0..36_000 {
        sampler.look(&mut course, (&job, 0), &Snapshot::default(), at(tick * 100), false);
        assert!(course.samples.len() < MOST_SAMPLES);
    }
    let steps: Vec<_> = course.samples.windows(2).map(|two| two[1].at - two[0].at).collect();
    assert!(course.samples.len() >= MOST_SAMPLES / 2 && course.samples[0].at.is_zero());
    let longest = steps.iter().max().unwrap();
    assert!(steps.iter().all(|step| *step * 2 >= *longest), "{steps:?}");
}

#[test]
fn what_happened_makes_a_sample_at_once_but_never_two_of_one_moment() {
    let (mut course, job) = (Course::default(), job(downloading(100)));
    let mut sampler = Sampler::new(&job);
    for (ms, happened) in [(0, false), (100, false), (120, true), (120, true)] {
        sampler.look(&mut course, (&job, 60), &Snapshot::default(), at(ms), happened);
    }
    let times: Vec<_> = course.samples.iter().map(|sample| sample.at.as_millis()).collect();
    assert_eq!(times, [0, 120]);
    assert_eq!((course.samples[1].written, course.samples[1].served), (Some(100), Some(60)));
}

#[test]
fn the_signal_is_told_once_and_bytes_only_when_the_device_writes() {
    let mut course = Course::default();
    let begun = job(Phase::Preparing);
    let mut sampler = Sampler::new(&begun);
    let told = |seen| answer(seen, |status| status.rssi_dbm = Some(-70));
    sampler.look(&mut course, (&begun, 0), &told(0), at(0), false);
    let writes = job(downloading(300));
    sampler.look(&mut course, (&writes, 200), &told(0), at(500), false);
    sampler.look(&mut course, (&job(Phase::Rebooting), 900), &told(900), at(1000), false);
    let told: Vec<_> = course.samples.iter().map(|it| (it.served, it.written, it.rssi)).collect();
    let wanted = [(None, None, Some(-70)), (Some(200), Some(300), None), (Some(900), Some(1000), Some(-70))];
    assert_eq!(told, wanted);
}

#[test]
fn boots_are_told_apart_by_what_the_device_says() {
    let mut course = Course::default();
    let job = job(Phase::Rebooting);
    let mut sampler = Sampler::new(&job);
    let mut hear = |seen, count, uptime, version: &str| {
        let snapshot = answer(seen, |status| {
            status.boot_count = count;
            status.uptime_s = uptime;
            status.running.version = skylift_protocol::bounded(version);
        });
        sampler.look(&mut course, (&job, 0), &snapshot, at(seen), false);
    };
    hear(0, 3, 100, "1.0.0");
    hear(2000, 3, 102, "1.0.0");
    hear(9000, 6, 1, "1.0.0");
    // The count begins anew with each power-on.
    hear(20_000, 6, 3, "1.0.0");
    let told: Vec<_> =
        course.boots.iter().map(|boot| (boot.from.as_millis(), boot.until.as_millis(), boot.count)).collect();
    assert_eq!(told, [(0, 2000, 3), (9000, 9000, 6), (20_000, 20_000, 6)]);
}

#[test]
fn who_goes_on_writing_still_runs_the_same_boot() {
    let mut course = Course::default();
    let mut sampler = Sampler::new(&job(downloading(100)));
    for (ms, written) in [(0, 100), (500, 100), (1000, 200), (1500, 200)] {
        sampler.look(&mut course, (&job(downloading(written)), 0), &answer(0, |_| ()), at(ms), false);
    }
    let told: Vec<_> =
        course.boots.iter().map(|boot| (boot.from.as_millis(), boot.until.as_millis())).collect();
    assert_eq!(told, [(0, 1000)]);
}
