//! Every end of an update, over real sockets: each has its name and its reason, and none is called validated that is not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::time::Duration;

use skylift::engine::{Action, Step, Timing, UpdateOptions, Verdict};
use skylift_protocol::{Chip, Confirm, Outcome, Reason, SlotState, ValidationState};
use skylift_provisioning::Provisioning;
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::demo_image::Behaviour;
use skylift_simulator::faults::{FlashFault, Moment};
use skylift_simulator::{Device, DeviceConfig, FactoryFlash, Faults, FlashSource};
use skylift_tests::devices::{demo, fresh, image};
use skylift_tests::held::Held;
use skylift_tests::host::{Host, sent_raw, short_times, words};
use skylift_tests::raw::status;
use skylift_tests::wait::until;

/// A device whose bootloader rolls back, as provisioning has recorded.
fn fresh_with_rollback() -> DeviceConfig {
    let provisioning = Provisioning { bootloader_rolls_back: true, ..Provisioning::default() };
    let factory = FactoryFlash::new(image("1.0.0", Behaviour::Healthy), provisioning);
    DeviceConfig { bootloader: Bootloader::Rollback, flash: FlashSource::Factory(factory), ..fresh() }
}

fn with_faults(faults: &str) -> DeviceConfig {
    DeviceConfig { faults: faults.parse().unwrap(), ..fresh() }
}

#[test]
fn healthy() {
    for config in [fresh(), fresh_with_rollback()] {
        let (host, device) = (Host::default(), Device::start(config).unwrap());
        assert_eq!(host.update(&device, &image("1.1.0", Behaviour::Healthy)), Verdict::Validated);
        let status = host.status(&device);
        assert_eq!((status.running.version.as_str(), status.running.slot), ("1.1.0", Some(1)));
        assert_eq!(status.slots[0].version.as_deref(), Some("1.0.0"));
        assert_eq!(status.slots[1].state, Some(SlotState::Valid));
        // And on, into the slot it came from.
        assert_eq!(host.update(&device, &image("1.2.0", Behaviour::Healthy)), Verdict::Validated);
        assert_eq!(host.status(&device).running.slot, Some(0));
    }
}

#[test]
fn bad_images_come_back_with_their_reason() {
    for config in [fresh, fresh_with_rollback] {
        for (behaviour, reason) in [
            (Behaviour::Crash, "panic"),
            (Behaviour::Hang, "watchdog"),
            (Behaviour::NoNetwork, "no_network"),
            (Behaviour::NeverValidates, "not_validated"),
        ] {
            let config = config();
            let bootloader = config.bootloader;
            let (host, device) = (Host::default(), Device::start(config).unwrap());
            let verdict = host.update(&device, &image("6.6.6", behaviour));
            assert_eq!(
                words(&verdict),
                ("rolled_back", reason),
                "{behaviour} on {bootloader:?}: {verdict:?}"
            );
            let status = host.status(&device);
            assert_eq!(status.running.version, "1.0.0");
            assert_eq!(status.validation.state, ValidationState::Valid);
            if behaviour == Behaviour::Crash {
                assert!(verdict.detail().contains("sensor bus does not answer"), "{}", verdict.detail());
            }
            // The device is none the worse for it.
            assert_eq!(host.update(&device, &image("1.1.0", Behaviour::Healthy)), Verdict::Validated);
        }
    }
}

#[test]
fn late_crash() {
    let (host, device) = (Host::default(), Device::start(fresh()).unwrap());
    assert_eq!(host.update(&device, &image("1.1.0", Behaviour::LateCrash)), Verdict::Validated);
    let status =
        host.await_status(&device, "five crashes lead back", |status| status.running.version == "1.0.0");
    let end = status.last_end.unwrap();
    assert_eq!((end.outcome, end.reason), (Outcome::RolledBack, Some(Reason::CrashLoop)));
    assert!(end.detail.contains("out of memory"), "{}", end.detail);
}

#[test]
fn manual_confirmation() {
    let manual = UpdateOptions { confirm: Confirm::Manual, ..UpdateOptions::default() };
    let (host, device) = (Host::default(), Device::start(fresh()).unwrap());
    let job = host.begin(&device, &image("1.1.0", Behaviour::Healthy), manual);
    host.await_step(job, Step::PendingValidation);
    // Longer than the self-test takes: nobody but a person may confirm.
    host.await_status(&device, "the new image has run a while", |status| {
        status.running.version == "1.1.0" && status.uptime_s >= 1
    });
    assert_eq!(host.job(job).verdict, None);
    host.act(&device, Action::Validate);
    assert_eq!(host.verdict(job).verdict, Some(Verdict::Validated));

    let job = host.begin(&device, &image("1.2.0", Behaviour::Healthy), manual);
    host.await_step(job, Step::PendingValidation);
    host.await_status(&device, "the new image runs", |status| status.running.version == "1.2.0");
    host.act(&device, Action::Rollback);
    assert_eq!(words(&host.verdict(job).verdict.unwrap()), ("rolled_back", "by_hand"));
}

#[test]
fn corrupt_transfer() {
    let (host, device) = (Host::default(), Device::start(with_faults("flip@100000")).unwrap());
    let new = image("1.1.0", Behaviour::Healthy);
    let verdict = host.update_with(&device, &new, sent_raw());
    assert_eq!(words(&verdict), ("failed", "digest_mismatch"), "{verdict:?}");
    assert_eq!(host.status(&device).running.version, "1.0.0");
    assert_eq!(host.update(&device, &new), Verdict::Validated);
}

#[test]
fn link_drop_and_stall_resume() {
    for faults in ["drop@150000", "stall@150000"] {
        let (host, device) = (Host::default(), Device::start(with_faults(faults)).unwrap());
        let new = image("1.1.0", Behaviour::Healthy);
        assert_eq!(host.update_with(&device, &new, sent_raw()), Verdict::Validated, "{faults}");
        let transfers = host.engine.snapshot().transfers.transfers.clone();
        assert!(transfers.len() >= 2, "{faults}: one connection is not enough");
        let wanted: u64 = transfers.iter().map(|transfer| transfer.length).skip(1).sum();
        // What the second connection asked for began where the first had come to.
        assert!(wanted <= new.len() as u64 - 150_000 + 65_536, "{faults}: {wanted} bytes asked for again");
    }
}

#[test]
fn power_cut_in_mid_download() {
    let (host, device) = (Host::default(), Device::start(with_faults("rate=200000")).unwrap());
    let new = image("1.1.0", Behaviour::Healthy);
    let job = host.begin(&device, &new, UpdateOptions::default());
    until("half of it is written", || {
        host.job(job).phase.progress().filter(|progress| progress.written > 100_000).map(|_| ())
    });
    device.cut_power();
    let ended = host.verdict(job);
    // The engine has offered it again, and the device went on behind its last verified block.
    assert_eq!(ended.verdict, Some(Verdict::Validated), "{:?}", ended.history);
    assert!(host.resumed(job) >= 65_536, "resumed from {}", host.resumed(job));
}

#[test]
fn cancel_then_again() {
    let (host, device) = (Host::default(), Device::start(with_faults("rate=100000")).unwrap());
    let new = image("1.1.0", Behaviour::Healthy);
    let job = host.begin(&device, &new, UpdateOptions::default());
    until("some of it is written", || {
        host.job(job).phase.progress().filter(|progress| progress.written > 70_000).map(|_| ())
    });
    host.cancel(job);
    let verdict = host.verdict(job).verdict.unwrap();
    assert_eq!(words(&verdict), ("failed", "cancelled"), "{verdict:?}");
    let status = host.await_status(&device, "the device is idle", |status| status.progress.is_none());
    assert_eq!(status.running.version, "1.0.0");
    assert_eq!(host.update(&device, &new), Verdict::Validated);
}

/// Found by the soak: who cancels while the order is being given may come too late, and must be told so.
#[test]
fn cancelled_before_the_device_could_answer_the_order() {
    let (host, device) = (Host::default(), Device::start(fresh()).unwrap());
    let held = Held::before(device.address());
    let job = host.begin_at(held.address(), &image("1.1.0", Behaviour::Healthy), UpdateOptions::default());
    held.await_answer();
    host.cancel(job);
    until("the device has kept the new image", || {
        let status = status(device.address());
        (status["running"]["version"] == "1.1.0" && status["validation"]["state"] == "valid").then_some(())
    });
    held.release();
    assert_eq!(host.verdict(job).verdict, Some(Verdict::Validated), "{:?}", host.job(job).history);
}

#[test]
fn a_device_that_vanishes_is_lost_and_found() {
    let silence = Duration::from_millis(700);
    let timing = Timing { silence, comeback: silence, ..short_times() };
    let (host, device) = (Host::new(timing), Device::start(with_faults("rate=100000")).unwrap());
    let job = host.begin(&device, &image("1.1.0", Behaviour::Healthy), UpdateOptions::default());
    until("some of it is written", || {
        host.job(job).phase.progress().filter(|progress| progress.written > 0).map(|_| ())
    });
    device.power_off();
    assert_eq!(words(&host.verdict(job).verdict.unwrap()), ("lost", "no_answer"));
    device.power_on();
    // Provisional: the verdict is corrected when the device is seen again, and never to validated.
    let found = until("the verdict is corrected", || {
        host.job(job).verdict.filter(|verdict| !matches!(verdict, Verdict::Lost { .. }))
    });
    assert_eq!(found.as_str(), "failed", "{found:?}");
    assert_eq!(host.status(&device).running.version, "1.0.0");
}

#[test]
fn busy() {
    let device = Device::start(with_faults("rate=100000")).unwrap();
    let (first, second) = (Host::default(), Host::default());
    let job = first.begin(&device, &image("1.1.0", Behaviour::Healthy), UpdateOptions::default());
    first.await_step(job, Step::Downloading);
    let verdict = second.update(&device, &image("1.2.0", Behaviour::Healthy));
    assert_eq!(words(&verdict), ("refused", "busy"), "{verdict:?}");
    assert_eq!(first.verdict(job).verdict, Some(Verdict::Validated));
}

#[test]
fn refusals() {
    let (host, device) = (Host::default(), Device::start(fresh()).unwrap());
    let refused = |image: &[u8]| {
        let verdict = host.update(&device, image);
        assert_eq!(verdict.as_str(), "refused", "{verdict:?}");
        verdict.reason().unwrap().to_owned()
    };
    let other_chip = demo("1.1.0", Behaviour::Healthy);
    let other_chip = skylift_simulator::demo_image::DemoImage { chip: Chip::Esp32S3, ..other_chip };
    assert_eq!(refused(&other_chip.build().unwrap()), "wrong_chip");
    let too_big =
        skylift_simulator::demo_image::DemoImage { size: 0x1E_1000, ..demo("1.1.0", Behaviour::Healthy) };
    assert_eq!(refused(&too_big.build().unwrap()), "too_large");
    let other_project = demo("1.1.0", Behaviour::Healthy);
    let other_project =
        skylift_simulator::demo_image::DemoImage { project: "kettle".into(), ..other_project };
    assert_eq!(refused(&other_project.build().unwrap()), "wrong_project");
    assert_eq!(refused(&demo("1.1.0", Behaviour::Healthy).foreign().unwrap()), "unguarded");
    assert_eq!(host.status(&device).slots[1].version, None, "nothing was written");

    let same = host.update(&device, &image("1.0.0", Behaviour::Healthy));
    assert_eq!((same.as_str(), same.reason()), ("validated", Some("same_image")));
}

#[test]
fn a_simulated_image_is_not_for_chips() {
    let real = skylift_simulator::demo_image::DemoImage {
        kind: skylift_simulator::demo_image::MarkerKind::Real,
        ..demo("1.0.0", Behaviour::Healthy)
    };
    let factory = FactoryFlash::new(real.build().unwrap(), Provisioning::default());
    let config = DeviceConfig { simulated: false, flash: FlashSource::Factory(factory), ..fresh() };
    let (host, device) = (Host::default(), Device::start(config).unwrap());
    let verdict = host.update(&device, &image("1.1.0", Behaviour::Healthy));
    assert_eq!(words(&verdict), ("refused", "simulated"), "{verdict:?}");
}

#[test]
fn an_image_without_skylift_that_was_allowed() {
    let allowed = UpdateOptions { allow_unguarded: true, ..UpdateOptions::default() };
    let foreign = demo("2.0.0", Behaviour::Healthy).foreign().unwrap();
    let timing = Timing { comeback: Duration::from_millis(700), ..short_times() };

    // Behind the stock bootloader it never answers again.
    let (host, device) = (Host::new(timing), Device::start(fresh()).unwrap());
    assert_eq!(words(&host.update_with(&device, &foreign, allowed)), ("lost", "no_answer"));

    // The other rolls it back at the next reset.
    let (host, device) = (Host::new(timing), Device::start(fresh_with_rollback()).unwrap());
    let job = host.begin(&device, &foreign, allowed);
    assert_eq!(words(&host.verdict(job).verdict.unwrap()), ("lost", "no_answer"));
    device.press_reset();
    let found = until("the verdict is corrected", || {
        host.job(job).verdict.filter(|verdict| !matches!(verdict, Verdict::Lost { .. }))
    });
    assert_eq!(words(&found), ("rolled_back", "restarted"), "{found:?}");
}

/// Found by the soak: the journal has just been erased for a new update (after otadata was told that the slot is no longer
/// good), and otadata tells of the one before.
#[test]
fn power_that_fails_when_an_update_begins_tells_nothing_of_the_one_before() {
    let bad = image("6.6.6", Behaviour::Crash);
    let operations = {
        let (host, device) = (Host::default(), Device::start(fresh()).unwrap());
        assert_eq!(words(&host.update(&device, &bad)), ("rolled_back", "panic"));
        device.flash_operations()
    };
    let cut = FlashFault::PowerCut { operation: operations + 1, moment: Moment::After, seed: 0 };
    let faults = Faults { flash: cut, ..Faults::default() };
    let (host, device) = (Host::default(), Device::start(DeviceConfig { faults, ..fresh() }).unwrap());
    assert_eq!(words(&host.update(&device, &bad)), ("rolled_back", "panic"));
    let verdict = host.update(&device, &image("1.1.0", Behaviour::Healthy));
    assert_eq!(words(&verdict), ("failed", "old_image_runs"), "{verdict:?}");
    assert_eq!(host.status(&device).last_end, None);
}

#[test]
fn a_liar_is_never_believed() {
    let (host, device) = (Host::default(), Device::start(with_faults("lie")).unwrap());
    let verdict = host.update(&device, &image("1.1.0", Behaviour::Healthy));
    let status = host.status(&device);
    // It does claim it: the order ended well, it says, and it runs an image that is kept.
    assert_eq!(status.last_end.unwrap().outcome, Outcome::Validated);
    assert_eq!(status.validation.state, ValidationState::Valid);
    assert_eq!(status.running.version, "1.0.0");
    assert_eq!(words(&verdict), ("failed", "false_claim"), "{verdict:?}");
}
