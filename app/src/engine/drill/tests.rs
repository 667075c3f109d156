//! Tests: what is sent, and what an end proves.

use std::path::Path;
use std::time::SystemTime;

use skylift_protocol::{Chip, Reason, ValidationState, bounded};
use skylift_simulator::demo_image::{DemoImage, MarkerKind};

use super::restamp::restamp;
use super::*;
use crate::engine::JobId;
use crate::engine::plan::Pace;
use crate::engine::update::sample::{NEW, OLD, demo, image, restarted, status};
use crate::engine::update::{Cause, Happening, HostReason, Job, JobImage, Phase, Step, Verdict, Why};
use crate::image::Image;

fn real(version: &str) -> Image {
    let demo = DemoImage { kind: MarkerKind::Real, version: version.to_owned(), ..demo() };
    image(demo.build().unwrap())
}

/// A real device that runs this image.
fn running(image: &Image) -> Status {
    let mut status = status();
    status.running.kind = FirmwareKind::Real;
    status.running.version = bounded(&image.version);
    status.running.image_sha256 = image.image_sha256;
    status
}

#[test]
fn a_simulated_device_gets_a_build_that_crashes() {
    let status = Status { chip: Chip::Esp32S3, ..status() };
    assert_eq!(DrillMethod::usual(&status), DrillMethod::Crash);
    let plan = DrillPlan::with_crash(&status).unwrap();
    assert_eq!((plan.image.chip, plan.image.project.as_str()), (Chip::Esp32S3, "skylift-demo"));
    assert_eq!((plan.image.version.as_str(), plan.version_before.as_str()), ("1.0.0-drill", "1.0.0"));
    assert_eq!(plan.image.kind(), FirmwareKind::Simulated);
    assert_eq!(plan.options.drill, Some(Drill { method: DrillMethod::Crash, image_before: OLD }));
    assert_eq!(plan.options.confirm, Confirm::Auto);
    let real = running(&real("1.0.0"));
    assert!(matches!(DrillPlan::with_crash(&real), Err(DrillError::Real(_))));
}

#[test]
fn a_real_one_gets_its_own_image_to_be_confirmed_by_hand() {
    let image = real("1.0.0");
    let status = running(&image);
    assert_eq!(DrillMethod::usual(&status), DrillMethod::Unconfirmed);
    let plan = DrillPlan::with_running(&status, &image).unwrap();
    assert_eq!((plan.options.confirm, plan.image.version.as_str()), (Confirm::Manual, "1.0.0-drill"));
    let other = real("1.0.1");
    assert!(matches!(DrillPlan::with_running(&status, &other), Err(DrillError::OtherImage { .. })));
}

#[test]
fn a_restamped_image_differs_in_its_version_and_what_follows_from_it() {
    for version in [
        "1.0.0",
        "v2.5.1-14-gabcdef0-dirty-20261122",
        "\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}",
    ] {
        let image = real(&version.chars().take(15).collect::<String>());
        let other = restamp(&image, version).unwrap();
        assert!(version.starts_with(&other.version) && other.version.len() <= 31, "{}", other.version);
        assert_eq!(other.size(), image.size());
        let differing: Vec<usize> =
            (0..image.bytes.len()).filter(|&at| image.bytes[at] != other.bytes[at]).collect();
        let end = image.bytes.len();
        let allowed = |at: &usize| (48..80).contains(at) || *at >= end - 33;
        assert!(differing.iter().all(allowed), "{differing:?}");
        assert_eq!(other.image_sha256 == image.image_sha256, image.version == other.version);
        assert_eq!(other.info.descriptor().elf_sha256, image.info.descriptor().elf_sha256);
    }
}

#[test]
fn a_version_that_is_full_is_another_one_all_the_same() {
    let mut image = real("0123456789012345678901234567890");
    for _ in 0..3 {
        let plan = DrillPlan::with_running(&running(&image), &image).unwrap();
        assert!(plan.image.version.ends_with("-drill") && plan.image.version.len() <= 31);
        assert_ne!(plan.image.image_sha256, image.image_sha256);
        image = Image::clone(&plan.image);
    }
}

#[test]
fn a_signed_image_is_not_restamped() {
    let mut bytes = real("1.0.0").bytes.to_vec();
    bytes.resize(bytes.len().next_multiple_of(4096), 0xFF);
    bytes.extend([0xE7, 0x02]);
    bytes.resize(bytes.len().next_multiple_of(4096), 0);
    let signed = Image::from_bytes(Path::new("signed.bin"), bytes).unwrap();
    assert!(matches!(restamp(&signed, "2"), Err(RestampError::Signed { .. })));
}

#[test]
fn there_must_be_something_to_return_to() {
    for state in [ValidationState::Pending, ValidationState::Untracked, ValidationState::Unknown] {
        let mut status = status();
        status.validation.state = state;
        let error = DrillPlan::with_crash(&status).unwrap_err();
        assert!(error.to_string().contains(state.as_str()), "{error}");
    }
    let safe = Status { safe_mode: true, ..status() };
    assert!(DrillPlan::with_own_build(&safe, real("1")).is_err());
}

fn job(method: DrillMethod, verdict: Option<Verdict>) -> Job {
    let sent = real("2.0.0");
    Job {
        id: JobId(1),
        device: bounded("sky-01"),
        device_label: "lamp".to_owned(),
        rollout: None,
        from_version: "1.0.0".to_owned(),
        image: JobImage::from(&sent),
        phase: Phase::Rebooting,
        working_out: None,
        sending: None,
        pace: Pace::default(),
        history: vec![Happening::Entered(Step::Preparing)],
        started_at: SystemTime::UNIX_EPOCH,
        verdict,
        drill: Some(Drill { method, image_before: OLD }),
        trust: None,
        recovery: Some(Duration::from_millis(3210)),
    }
}

fn rolled_back(reason: Why) -> Verdict {
    Verdict::RolledBack(cause(reason))
}

fn cause(reason: Why) -> Cause {
    Cause { reason, detail: "told".to_owned(), advice: vec!["advice".to_owned()], crash: None }
}

fn proof(method: DrillMethod, verdict: Verdict, status: &Status) -> Proof {
    DrillResult::judge(&job(method, Some(verdict)), Some(status)).unwrap().proof
}

#[test]
fn only_the_expected_rollback_to_the_very_image_is_a_proof() {
    use DrillMethod::{Crash, OwnBuild, Unconfirmed};
    let back = restarted(OLD, ValidationState::Valid);
    for reason in [
        Reason::Panic,
        Reason::Watchdog,
        Reason::NoNetwork,
        Reason::NotValidated,
        Reason::Restarted,
        Reason::ByHand,
        Reason::BootloaderRefused,
        Reason::ValidationInterrupted,
        Reason::Unknown,
    ] {
        let verdict = rolled_back(Why::Device(reason));
        let is_proof = |method| proof(method, verdict.clone(), &back) == Proof::Proven;
        assert_eq!(is_proof(Crash), reason == Reason::Panic, "{reason}");
        assert_eq!(is_proof(Unconfirmed), reason == Reason::NotValidated, "{reason}");
        let by_its_fault = matches!(
            reason,
            Reason::Panic | Reason::Watchdog | Reason::NoNetwork | Reason::NotValidated | Reason::Restarted
        );
        assert_eq!(is_proof(OwnBuild), by_its_fault, "{reason}");
    }
    let panicked = || rolled_back(Why::Device(Reason::Panic));
    assert_eq!(proof(Crash, panicked(), &restarted(NEW, ValidationState::Valid)), Proof::NotProven);
    assert_eq!(proof(Crash, panicked(), &restarted(OLD, ValidationState::Pending)), Proof::NotProven);
    assert_eq!(proof(Crash, rolled_back(Why::Host(HostReason::Unknown)), &back), Proof::NotProven);
    let unseen = DrillResult::judge(&job(Crash, Some(panicked())), None).unwrap();
    assert_eq!(unseen.proof, Proof::NotProven);

    let proven = DrillResult::judge(&job(Crash, Some(panicked())), Some(&back)).unwrap();
    assert_eq!(proven.recovery, Some(Duration::from_millis(3210)));
    assert_eq!(
        proven.sentence,
        "1.0.0 runs again 3.2 s after the restart, and is kept; the build failed as it should (panic)"
    );
    assert!(proven.advice.is_empty());
}

#[test]
fn every_other_end_is_told_as_it_is() {
    let back = restarted(OLD, ValidationState::Valid);
    let failed = |step, reason| Verdict::Failed { step, cause: cause(reason) };
    for (verdict, wanted) in [
        (Verdict::Validated, Proof::Unprotected),
        (Verdict::AlreadyRunning, Proof::NotRun),
        (Verdict::Refused(cause(Why::Rule(skylift_protocol::ErrorCode::Busy))), Proof::NotRun),
        (failed(Step::Preparing, Why::Host(HostReason::NoAnswer)), Proof::NotRun),
        (failed(Step::Downloading, Why::Device(Reason::LinkLost)), Proof::NotRun),
        (failed(Step::Verifying, Why::Device(Reason::Flash)), Proof::NotRun),
        (failed(Step::Downloading, Why::Host(HostReason::OldImageRuns)), Proof::NotProven),
        (failed(Step::Rebooting, Why::Host(HostReason::Stopped)), Proof::NotProven),
        (failed(Step::PendingValidation, Why::Host(HostReason::DeadlinePassed)), Proof::NotProven),
        (Verdict::Lost { last_seen: SystemTime::UNIX_EPOCH }, Proof::Lost),
    ] {
        for method in [DrillMethod::Crash, DrillMethod::Unconfirmed, DrillMethod::OwnBuild] {
            let result = DrillResult::judge(&job(method, Some(verdict.clone())), Some(&back)).unwrap();
            assert_eq!(result.proof, wanted, "{verdict:?}");
            assert!(!result.sentence.is_empty() && !result.advice.is_empty(), "{result:?}");
            assert_eq!(result.recovery, None);
        }
    }
    assert_eq!(DrillResult::judge(&job(DrillMethod::Crash, None), Some(&back)), None);
    let plain = Job { drill: None, ..job(DrillMethod::Crash, Some(Verdict::Validated)) };
    assert_eq!(DrillResult::judge(&plain, Some(&back)), None);
}

#[test]
fn words_are_frozen() {
    let methods = [DrillMethod::Crash, DrillMethod::Unconfirmed, DrillMethod::OwnBuild];
    assert_eq!(methods.map(DrillMethod::as_str), ["crash", "unconfirmed", "own_build"]);
    let proofs = [Proof::Proven, Proof::Unprotected, Proof::NotProven, Proof::NotRun, Proof::Lost];
    assert_eq!(proofs.map(Proof::as_str), ["proven", "unprotected", "not_proven", "not_run", "lost"]);
}
