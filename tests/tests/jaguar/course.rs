//! The course of an update: progress is what has left this computer, and nobody else is kept waiting.

use std::time::Duration;

use skylift::engine::{Step, UpdateOptions, Verdict};
use skylift_tests::jaguar::{Faults, Jaguar, Setup};
use skylift_tests::wait::until;

use crate::world::{device, host, image, large_image, update};

/// What the device's socket takes before it is read, and what one segment may have beyond it.
const IN_ITS_SOCKET: usize = 256 * 1024;

#[test]
fn progress_is_what_has_left_this_computer() {
    let faults = Faults { pace: Some((16_384, Duration::from_millis(2))), ..Faults::default() };
    let device = Jaguar::start(Setup { faults, slot: 8 << 20, ..Setup::new("slow") });
    let (host, (_, image)) = (host(), large_image("slow", 3 << 20));
    let job = host.begin_at(device.address(), &image, UpdateOptions::default());
    let mut told: Vec<u32> = Vec::new();
    until("the image is there", || {
        let shown = host.job(job);
        if let Some(progress) = shown.phase.progress() {
            assert_eq!(progress.total as usize, image.len());
            let received = device.seen().received;
            let ahead = (progress.written as usize).saturating_sub(received);
            assert!(ahead <= IN_ITS_SOCKET, "{} shown, and the device has {received}", progress.written);
            if told.last() != Some(&progress.written) {
                told.push(progress.written);
            }
        }
        shown.verdict.is_some().then_some(())
    });
    assert!(told.is_sorted() && told.len() > 5, "{told:?}");
    assert_eq!(host.job(job).verdict, Some(Verdict::ValidatedInferred));
    let steps: Vec<Step> = host.job(job).steps().collect();
    assert_eq!(steps, [Step::Preparing, Step::Downloading, Step::Verifying, Step::Rebooting]);
}

#[test]
fn one_connection_at_a_time() {
    let (host, device) = (host(), device("otter"));
    // Also while it is asked all the time, and updated meanwhile.
    for _ in 0..3 {
        assert_eq!(update(&host, &device, &image("otter").1), Verdict::ValidatedInferred);
    }
    let seen = device.seen();
    assert_eq!((seen.waited, seen.reused, seen.overstayed), (0, 0, 0));
    let puts: Vec<_> = seen.requests.iter().filter(|request| request.method == "PUT").collect();
    assert_eq!(puts.len(), 3);
    for put in puts {
        assert!(put.field("content-length").is_some() && put.field("transfer-encoding").is_none());
        assert!(put.field("expect").is_none(), "{put:?}");
        assert_eq!(put.field("x-jaguar-device-id").map(str::len), Some(36));
    }
}

#[test]
fn two_computers_at_once() {
    let device = device("shared");
    let hosts = [host(), host()];
    let images = [image("shared"), image("shared")];
    let jobs: Vec<_> = hosts
        .iter()
        .zip(&images)
        .map(|(host, (_, image))| host.begin_at(device.address(), image, UpdateOptions::default()))
        .collect();
    let verdicts: Vec<Verdict> =
        hosts.iter().zip(jobs).map(|(host, job)| host.verdict(job).verdict.unwrap()).collect();
    // Both may have sent theirs, one after the other; but only who came last can have won.
    let now = device.identity();
    let taken = device.seen().images;
    for ((new, image), verdict) in images.iter().zip(&verdicts) {
        if verdict.is_inferred() && verdict.as_str() == "validated" {
            assert!(taken.contains(image), "{verdicts:?}");
        }
        if *new == now {
            assert_eq!(*verdict, Verdict::ValidatedInferred, "{verdicts:?}");
        }
    }
    assert!(images.iter().any(|(new, _)| *new == now), "{verdicts:?}");
}
