//! What goes wrong on the way: the device keeps what it has, and it is said what happened.

use std::time::Duration;

use skylift::engine::{Step, Timing, UpdateOptions, Verdict};
use skylift_tests::host::{Host, words};
use skylift_tests::jaguar::{Faults, Jaguar, Setup};
use skylift_tests::wait::until;

use crate::world::{device, host, image, large_image, times, update};

/// More than the sockets hold.
const LARGE: u32 = 3 << 20;

fn with(faults: Faults) -> Jaguar {
    Jaguar::start(Setup { faults, slot: 8 << 20, ..Setup::new("otter") })
}

#[track_caller]
fn failed(verdict: &Verdict, at: Step, reason: &str) {
    let Verdict::Failed { step, .. } = verdict else { panic!("{verdict:?}") };
    assert_eq!((*step, words(verdict).1), (at, reason), "{verdict:?}");
}

#[test]
fn a_device_that_takes_it_no_more_says_why() {
    let throws = Some((100_000, "OUT_OF_SPACE".to_owned()));
    let (host, device) = (host(), with(Faults { throws, ..Faults::default() }));
    let verdict = update(&host, &device, &large_image("otter", LARGE).1);
    failed(&verdict, Step::Downloading, "not_taken");
    assert!(verdict.detail().contains("OUT_OF_SPACE"), "{}", verdict.detail());
    assert!(device.is_on() && device.seen().images.is_empty());
    // And the next one is taken.
    device.set_faults(Faults::default());
    assert_eq!(update(&host, &device, &image("otter").1), Verdict::ValidatedInferred);
}

#[test]
fn an_image_that_does_not_fit() {
    let (host, device) = (host(), Jaguar::start(Setup { slot: 100 << 10, ..Setup::new("small") }));
    let verdict = update(&host, &device, &large_image("otter", LARGE).1);
    assert_eq!(words(&verdict), ("failed", "not_taken"), "{verdict:?}");
    assert!(verdict.detail().contains("does not fit"), "{}", verdict.detail());
    assert!(verdict.detail().contains("OUT_OF_BOUNDS"), "{}", verdict.detail());
}

#[test]
fn what_the_bootloader_does_not_take() {
    let (_, image) = image("otter");
    let throws = Some((image.len(), "OUT_OF_BOUNDS".to_owned()));
    let (host, device) = (host(), with(Faults { throws, ..Faults::default() }));
    failed(&update(&host, &device, &image), Step::Verifying, "not_taken");
}

#[test]
fn a_device_that_reads_no_more_is_given_up() {
    let host = Host::new(Timing { silence: Duration::from_millis(700), ..times() });
    let device = with(Faults { stalls_at: Some(200_000), ..Faults::default() });
    let verdict = update(&host, &device, &large_image("otter", LARGE).1);
    failed(&verdict, Step::Downloading, "no_progress");
    device.release();
}

#[test]
fn cancelled_while_it_is_sent() {
    let (host, device) = (host(), with(Faults { stalls_at: Some(200_000), ..Faults::default() }));
    let old = device.identity();
    let image = large_image("otter", LARGE).1;
    let job = host.begin_at(device.address(), &image, UpdateOptions::default());
    until("it is on its way", || (device.seen().received >= 200_000).then_some(()));
    host.cancel(job);
    let verdict = host.verdict(job).verdict.unwrap();
    failed(&verdict, Step::Downloading, "cancelled");
    device.release();
    // The device serves on as who it was.
    assert_eq!(host.find_at(device.address()).id.as_str(), old.plain());
    assert!(device.seen().images.is_empty());
}

#[test]
fn cancelled_too_late_is_followed_to_its_end() {
    let device = device("otter");
    let host = host();
    let job = host.begin_at(device.address(), &image("otter").1, UpdateOptions::default());
    host.await_step(job, Step::Rebooting);
    host.cancel(job);
    assert_eq!(host.verdict(job).verdict, Some(Verdict::ValidatedInferred));
}
