//! A connection that breaks on the way: the image is begun again, so often and no more, and only for the same device.

use std::time::Duration;

use skylift::engine::{Happening, Step, Timing, UpdateOptions, Verdict};
use skylift_tests::host::{Host, words};
use skylift_tests::jaguar::{Faults, Identity, Jaguar, Next, Setup};
use skylift_tests::wait::until;

use crate::world::{device, host, image, large_image, times, update};

/// More than the sockets hold.
const LARGE: u32 = 3 << 20;
/// Where the connection breaks: 43 % of the image, by what the device has.
const BREAKS_AT: usize = (LARGE as usize + 200_000) * 43 / 100;

fn with(faults: Faults) -> Jaguar {
    Jaguar::start(Setup { faults, slot: 8 << 20, ..Setup::new("otter") })
}

fn breaking(breaks: Option<usize>) -> Jaguar {
    with(Faults { breaks_at: Some(BREAKS_AT), breaks, ..Faults::default() })
}

/// How often an image was begun to be sent.
fn begun(device: &Jaguar) -> usize {
    device.seen().requests.iter().filter(|request| request.method == "PUT").count()
}

/// Waits until a part of the image is there.
fn is_under_way(device: &Jaguar) {
    until("it is on its way", || (device.seen().received >= 200_000).then_some(()));
}

#[test]
fn one_that_breaks_once_or_twice_is_begun_again_and_validates() {
    for (breaks, attempts) in [(1, 2), (2, 3)] {
        let (host, device) = (host(), breaking(Some(breaks)));
        let image = large_image("otter", LARGE).1;
        let job = host.begin_at(device.address(), &image, UpdateOptions::default());
        let ended = host.verdict(job);
        assert_eq!(ended.verdict, Some(Verdict::ValidatedInferred));
        assert_eq!((begun(&device), device.seen().images), (attempts, vec![image.clone()]));
        // What went over a connection that broke has been sent all the same.
        let sent = ended.sending.unwrap().sent;
        assert!(sent > (image.len() + breaks * BREAKS_AT / 2) as u64, "{sent} of {}", image.len());
        let again = ended.history.iter().filter(|it| matches!(it, Happening::SentAgain(1..=99))).count();
        assert_eq!(again, breaks, "{:?}", ended.history);
        let steps: Vec<Step> = ended.steps().collect();
        assert_eq!(steps, [Step::Preparing, Step::Downloading, Step::Verifying, Step::Rebooting]);
    }
}

#[test]
fn one_that_always_breaks_fails_and_the_device_runs_what_it_ran() {
    let (host, device) = (host(), breaking(None));
    let old = device.identity();
    let verdict = update(&host, &device, &large_image("otter", LARGE).1);
    let Verdict::Failed { step, .. } = &verdict else { panic!("{verdict:?}") };
    assert_eq!((*step, words(&verdict)), (Step::Downloading, ("failed", "no_answer")));
    let told = verdict.detail();
    assert!(told.starts_with("the connection broke 3 times, the last time at "), "{told}");
    assert!(told.contains(" %, before the device had the whole image: "), "{told}");
    assert!(begun(&device) == 3 && device.is_on() && device.seen().images.is_empty());
    assert_eq!(device.identity(), old);
    assert_eq!(host.find_at(device.address()).id.as_str(), old.plain());
}

#[test]
fn the_progress_goes_back_to_nothing() {
    // As long as nobody asks again, nothing is sent.
    let host = Host::new(Timing { stream_pause: Duration::from_secs(600), ..times() });
    let device = with(Faults { stalls_at: Some(200_000), breaks_at: Some(300_000), ..Faults::default() });
    let job = host.begin_at(device.address(), &large_image("otter", LARGE).1, UpdateOptions::default());
    let written = || host.job(job).phase.progress().map(|progress| progress.written);
    until("it is told how far it is", || written().filter(|written| *written > 0));
    device.release();
    until("it is told that nothing is there", || written().filter(|written| *written == 0));
    assert_eq!(begun(&device), 1);
    // In between it can be called back.
    host.cancel(job);
    assert_eq!(words(&host.verdict(job).verdict.unwrap()), ("failed", "cancelled"));
    assert!(begun(&device) == 1 && device.seen().images.is_empty());
}

#[test]
fn a_device_that_loses_power_on_the_way_gets_it_when_it_is_back() {
    let (host, device) = (host(), with(Faults { stalls_at: Some(200_000), ..Faults::default() }));
    let (_, image) = large_image("otter", LARGE);
    let job = host.begin_at(device.address(), &image, UpdateOptions::default());
    is_under_way(&device);
    device.set_faults(Faults::default());
    device.switch_off();
    device.switch_on();
    assert_eq!(host.verdict(job).verdict, Some(Verdict::ValidatedInferred));
    assert_eq!((begun(&device), device.seen().images), (2, vec![image]));
}

#[test]
fn nobody_else_gets_it_in_its_place() {
    let host = Host::new(Timing { silence: Duration::from_millis(700), ..times() });
    let device = with(Faults { stalls_at: Some(200_000), ..Faults::default() });
    let job = host.begin_at(device.address(), &large_image("otter", LARGE).1, UpdateOptions::default());
    is_under_way(&device);
    device.set_faults(Faults::default());
    device.switch_on_as(Identity::fresh("stranger"));
    let verdict = host.verdict(job).verdict.unwrap();
    assert_eq!(words(&verdict), ("failed", "no_answer"), "{verdict:?}");
    let told = verdict.detail();
    assert!(told.contains(" %, and the device has not answered as itself for 0.7 s since: "), "{told}");
    assert!(told.contains("answers at its address"), "{told}");
    assert!(begun(&device) == 1 && device.seen().images.is_empty());
}

#[test]
fn what_the_device_may_have_is_never_begun_again() {
    let impatient = Timing { silence: Duration::from_millis(700), ..times() };
    for next in [Next::Runs, Next::RollsBack] {
        let (host, device) = (Host::new(impatient), device("otter"));
        device.set_faults(Faults { answers_nothing: true, ..Faults::default() });
        device.set_next(next.clone());
        let verdict = update(&host, &device, &image("otter").1);
        let wanted = if next == Next::Runs { ("validated", "new_id") } else { ("failed", "no_answer") };
        assert_eq!(words(&verdict), wanted, "{verdict:?}");
        assert_eq!(begun(&device), 1);
    }
}

/// It cannot be told from an answer that got lost.
#[test]
fn one_that_breaks_once_all_of_it_is_there_is_followed_and_not_begun_again() {
    let (_, image) = image("otter");
    let host = Host::new(Timing { silence: Duration::from_millis(700), ..times() });
    let device = with(Faults { breaks_at: Some(image.len()), ..Faults::default() });
    let verdict = update(&host, &device, &image);
    assert_eq!((words(&verdict), begun(&device)), (("failed", "no_answer"), 1), "{verdict:?}");
    assert!(verdict.detail().contains("runs its old firmware"), "{}", verdict.detail());
}
