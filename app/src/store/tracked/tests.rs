//! Tests: what snapshots of a job amount to.

use std::time::UNIX_EPOCH;

use skylift_protocol::{Digest, bounded};

use super::*;
use crate::engine::{JobId, JobImage, Progress};

const SIZE: u32 = 1000;

fn second(second: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_700_000_000 + second)
}

fn job(history: &[Happening], phase: Phase) -> Arc<Job> {
    Arc::new(Job {
        id: JobId(1),
        device: bounded("sky-01"),
        device_label: "lamp".to_owned(),
        rollout: None,
        from_version: "1.0.0".to_owned(),
        image: JobImage {
            path: "ota.bin".into(),
            project: "demo".to_owned(),
            version: "2.0.0".to_owned(),
            size: SIZE,
            file_sha256: Digest([1; 32]),
            image_sha256: Digest([2; 32]),
        },
        phase,
        working_out: None,
        sending: None,
        pace: Pace::default(),
        history: history.to_vec(),
        started_at: second(0),
        verdict: None,
        drill: None,
        trust: None,
        recovery: None,
    })
}

fn downloading(written: u32) -> Phase {
    Phase::Downloading(Progress { written, total: SIZE, rate: None })
}

use Happening::{Entered, PowerLost, Reached, Resumed};

fn begun() -> Vec<Happening> {
    let reached = Reached("10.0.0.1:8000".parse().unwrap());
    vec![Entered(Step::Preparing), reached, Entered(Step::Offered), Entered(Step::Downloading)]
}

#[test]
fn bytes_rate_and_times_of_a_plain_update() {
    let mut tracked = Tracked::new(&job(&[Entered(Step::Preparing)], Phase::Preparing), None, second(1));
    assert_eq!(tracked.entry.timeline[0].at, second(0));
    assert_eq!(tracked.look(&job(&begun(), downloading(0)), second(2)), Novelty::Event);
    let progress = job(&begun(), downloading(400));
    assert_eq!(tracked.look(&progress, second(4)), Novelty::Progress);
    assert_eq!((tracked.entry.bytes, tracked.entry.rate), (400, Some(200.0)));
    assert_eq!(tracked.look(&progress, second(5)), Novelty::None);

    let mut last = begun();
    last.extend([Entered(Step::Verifying), Entered(Step::Rebooting)]);
    // The rest was downloaded without a snapshot of it.
    tracked.look(&job(&last, Phase::Rebooting), second(6));
    assert_eq!((tracked.entry.bytes, tracked.entry.rate), (1000, Some(250.0)));
    assert_eq!(tracked.entry.served_at.as_deref(), Some("10.0.0.1:8000"));
    assert!(tracked.is_running());
}

#[test]
fn what_a_device_had_already_does_not_count() {
    let mut tracked = Tracked::new(&job(&[Entered(Step::Preparing)], Phase::Preparing), None, second(0));
    tracked.look(&job(&begun(), downloading(600)), second(1));
    let mut again = begun();
    again.extend([PowerLost, Resumed(512), Entered(Step::Offered), Entered(Step::Downloading)]);
    tracked.look(&job(&again, downloading(700)), second(3));
    assert_eq!((tracked.entry.bytes, tracked.entry.resumed_from), (600 + 188, Some(512)));
    again.push(Entered(Step::Verifying));
    tracked.look(&job(&again, Phase::Verifying), second(5));
    assert_eq!(tracked.entry.bytes, 600 + 488);
}

#[test]
fn time_without_power_is_no_download_time() {
    let phase = |name: &str, at| Moment { at: second(at), what: What::Phase(name.to_owned()) };
    let lost = Moment { at: second(3), what: what(&PowerLost) };
    let timeline = [phase("downloading", 1), lost, phase("offered", 50), phase("downloading", 60)];
    assert_eq!(download_time(&timeline, second(64)), Duration::from_secs(2 + 4));
}

#[test]
fn verdicts_are_written_and_corrected() {
    let mut tracked = Tracked::new(&job(&begun(), downloading(10)), None, second(0));
    let with =
        |verdict| Arc::new(Job { verdict: Some(verdict), ..(*job(&begun(), downloading(10))).clone() });
    let lost = with(Verdict::Lost { last_seen: second(1) });
    assert_eq!(tracked.look(&lost, second(90)), Novelty::Verdict);
    assert_eq!(tracked.entry.end.as_ref().map(|end| end.verdict.as_str()), Some("lost"));
    assert!(!tracked.wants_log());
    assert_eq!(tracked.look(&with(Verdict::Validated), second(200)), Novelty::Verdict);
    let end = tracked.entry.end.clone().unwrap();
    assert_eq!((end.verdict.as_str(), end.at), ("validated", second(200)));
    assert!(tracked.wants_log());
}
