//! Every end of an update of a Jaguar device has its name, and those that are inferred say so.

use std::time::Duration;

use skylift::engine::{Step, Timing, UpdateOptions, Verdict};
use skylift_tests::host::{Host, words};
use skylift_tests::jaguar::{Faults, Identity, Jaguar, Next, Setup, image_for, image_without_jaguar};
use skylift_tests::toit::body::Chip;
use skylift_tests::wait::until;

use crate::world::{NO_CONFIG, device, host, ids, image, known, times, update, update_with};

#[test]
fn validated_is_inferred_on_every_chip() {
    let host = host();
    for (chip, word) in [
        (Chip::Esp32, "esp32"),
        (Chip::Esp32S2, "esp32s2"),
        (Chip::Esp32C3, "esp32c3"),
        (Chip::Esp32S3, "esp32s3"),
        (Chip::Esp32C6, "esp32c6"),
    ] {
        let identity = Identity { chip: word.to_owned(), ..Identity::fresh("otter") };
        let new = Identity { id: Identity::fresh("").id, ..identity.clone() };
        let device = Jaguar::start(Setup { identity, chip, ..Setup::new("") });
        let image = image_for(chip, &new, NO_CONFIG);
        let verdict = update(&host, &device, &image);
        assert_eq!((words(&verdict), verdict.is_inferred()), (("validated", "new_id"), true), "{chip:?}");
        assert_eq!(verdict, Verdict::ValidatedInferred);
        assert_eq!(device.seen().images, [image]);
        assert_eq!(known(&host, &new).name, "otter");
    }
}

#[test]
fn rolled_back_is_inferred() {
    let (host, device) = (host(), device("otter"));
    device.set_next(Next::RollsBack);
    let verdict = update(&host, &device, &image("otter").1);
    assert_eq!((words(&verdict), verdict.is_inferred()), (("rolled_back", "old_id"), true), "{verdict:?}");
    assert_eq!(ids(&host), [device.identity().plain()]);
    // The device is none the worse for it.
    device.set_next(Next::Runs);
    assert_eq!(update(&host, &device, &image("otter").1), Verdict::ValidatedInferred);
}

#[test]
fn lost_is_corrected_when_it_is_seen_again() {
    let impatient = Timing { comeback: Duration::from_millis(800), ..times() };
    for (comes_as_new, verdict) in [(true, "validated"), (false, "rolled_back")] {
        let (host, device) = (Host::new(impatient), device("otter"));
        device.set_next(Next::Lost);
        let (old, (new, image)) = (device.identity(), image("otter"));
        let job = host.begin_at(device.address(), &image, UpdateOptions::default());
        assert!(matches!(host.verdict(job).verdict, Some(Verdict::Lost { .. })));
        device.switch_on_as(if comes_as_new { new } else { old });
        until("the verdict is corrected", || {
            (host.job(job).verdict.unwrap().as_str() == verdict).then_some(())
        });
        assert!(host.job(job).verdict.unwrap().is_inferred());
    }
}

#[test]
fn somebody_else_in_its_place_is_not_the_device() {
    let impatient = Timing { comeback: Duration::from_millis(800), ..times() };
    let (host, device) = (Host::new(impatient), device("otter"));
    device.set_next(Next::Stranger(Identity::fresh("stranger")));
    let verdict = update(&host, &device, &image("otter").1);
    assert!(matches!(verdict, Verdict::Lost { .. }), "{verdict:?}");
}

#[test]
fn without_jaguar_it_is_sent_and_no_more() {
    let (host, device) = (host(), device("otter"));
    let image = image_without_jaguar(Chip::Esp32);
    let refused = update(&host, &device, &image);
    assert_eq!(words(&refused), ("refused", "without_jaguar"));
    assert!(device.seen().images.is_empty());
    let allowed = UpdateOptions { allow_without_jaguar: true, ..UpdateOptions::default() };
    let job = host.begin_at(device.address(), &image, allowed);
    let sent = host.verdict(job);
    assert_eq!(sent.verdict, Some(Verdict::Sent));
    assert_eq!(device.seen().images, [image]);
    assert!(sent.steps().any(|step| step == Step::Rebooting));
}

#[test]
fn without_jaguar_a_rollback_is_seen_after_all() {
    let (host, device) = (host(), device("otter"));
    device.set_next(Next::RollsBack);
    let allowed = UpdateOptions { allow_without_jaguar: true, ..UpdateOptions::default() };
    let image = image_without_jaguar(Chip::Esp32);
    let job = host.begin_at(device.address(), &image, allowed);
    let first = host.verdict(job).verdict.unwrap();
    assert!(matches!(first, Verdict::Sent | Verdict::RolledBack(_)), "{first:?}");
    until("the old one is seen again", || {
        (words(&host.job(job).verdict.unwrap()) == ("rolled_back", "old_id")).then_some(())
    });
}

#[test]
fn an_answer_that_never_came_is_made_up_for_by_the_new_id() {
    let (host, device) = (host(), device("otter"));
    device.set_faults(Faults { answers_nothing: true, ..Faults::default() });
    assert_eq!(
        update_with(&host, &device, &image("otter").1, UpdateOptions::default()),
        Verdict::ValidatedInferred
    );
}
