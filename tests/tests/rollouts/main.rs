//! Rollouts over real sockets: canaries, failures, retries, and devices that are away.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod ahead;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use skylift::engine::{
    Canary, Command, End, Limits, MemberState, NotStarted, Presence, Rollout, RolloutId, RolloutOrder,
    Stopped, Timing, UpdateOptions, Wanted,
};
use skylift::image::Image;
use skylift::store::{DataDir, LastRollout};
use skylift_protocol::Chip;
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_simulator::{Device, DeviceConfig, FlashSource};
use skylift_tests::devices::{SMALL, demo, fresh, small};
use skylift_tests::host::{Host, short_times};
use skylift_tests::wait::{PATIENCE, until};

fn image(version: &str, behaviour: Behaviour) -> Vec<u8> {
    DemoImage { size: SMALL, ..demo(version, behaviour) }.build().unwrap()
}

fn good() -> Vec<u8> {
    image("2.0.0", Behaviour::Healthy)
}

/// Devices, and a host that knows them.
struct Fleet {
    host: Host,
    devices: Vec<Device>,
    wanted: Vec<Wanted>,
}

impl Fleet {
    fn new(size: usize, config: impl Fn(usize) -> DeviceConfig) -> Self {
        // With hundreds of devices on a busy machine one may be silent for longer than in other tests.
        let half = PATIENCE / 2;
        let host = Host::new(Timing { silence: half, comeback: half, standstill: half, ..short_times() });
        let devices: Vec<Device> = (0..size).map(|at| Device::start(config(at)).unwrap()).collect();
        let wanted = |device| Wanted { target: Host::target(device), id: Some(host.find(device).id.clone()) };
        let wanted = devices.iter().map(wanted).collect();
        Self { host, devices, wanted }
    }

    /// An order for all devices.
    fn order(&self, image: Vec<u8>) -> RolloutOrder {
        RolloutOrder {
            image: Arc::new(Image::from_bytes(Path::new("ota.bin"), image).unwrap()),
            options: UpdateOptions::default(),
            limits: Limits { parallel: 8, stop_after: None },
            canary: Canary::Nobody,
            only_outdated: false,
            when_back: false,
            erase_ahead: false,
            devices: self.wanted.clone(),
        }
    }

    fn run(&self, order: RolloutOrder) -> Arc<Rollout> {
        let parallel = order.limits.parallel;
        let id = self.host.rollout(order);
        until("the rollout ends", || {
            let shown = self.shown(id);
            assert!(shown.counts.running <= parallel, "{:?}", shown.counts);
            shown.ended.then_some(shown)
        })
    }

    fn shown(&self, id: RolloutId) -> Arc<Rollout> {
        Arc::clone(self.host.engine.snapshot().rollout(id).unwrap())
    }

    fn version(&self, at: usize) -> String {
        self.host.status(&self.devices[at]).running.version.to_string()
    }
}

/// The words of a device's result, and of its reason.
fn words(rollout: &Rollout, at: usize) -> (&'static str, &'static str) {
    match &rollout.members[at].state {
        MemberState::Ended(End::Verdict(verdict)) => (verdict.as_str(), verdict.reason().unwrap_or("")),
        MemberState::Ended(End::Skipped) => ("skipped", ""),
        MemberState::Ended(End::NotStarted(why)) => ("not_started", why.as_str()),
        other => panic!("no result: {other:?}"),
    }
}

/// Three devices of the twenty whose new image never counts itself as well, whatever it is.
const WEAK: [usize; 3] = [3, 9, 15];

fn twenty_of_which_three_are_weak() -> Fleet {
    Fleet::new(20, |at| {
        let mut config = small();
        if WEAK.contains(&at) {
            config.node.trial.well_for = embassy_time::Duration::from_secs(3600);
        }
        config
    })
}

#[test]
fn a_failed_canary_keeps_the_image_from_all_others() {
    let fleet = twenty_of_which_three_are_weak();
    let canary = WEAK[0];
    let ended = fleet.run(RolloutOrder { canary: Canary::Places(vec![canary]), ..fleet.order(good()) });
    assert_eq!((ended.counts.rolled_back, ended.counts.not_started), (1, 19), "{:?}", ended.counts);
    assert_eq!(ended.stopped, Some(Stopped::CanaryFailed));
    for at in 0..20 {
        let expected =
            if at == canary { ("rolled_back", "not_validated") } else { ("not_started", "canary_failed") };
        assert_eq!(words(&ended, at), expected, "{at}");
        assert_eq!(fleet.version(at), "1.0.0");
    }
    assert_eq!(fleet.host.engine.snapshot().jobs.len(), 1, "nobody else was even asked");
}

#[test]
fn without_a_canary_three_of_twenty_roll_back_and_the_others_validate() {
    let fleet = twenty_of_which_three_are_weak();
    let ended = fleet.run(fleet.order(good()));
    assert_eq!((ended.counts.validated, ended.counts.rolled_back), (17, 3), "{:?}", ended.counts);
    assert_eq!(ended.stopped, None);
    for at in 0..20 {
        let (expected, version) = match WEAK.contains(&at) {
            true => (("rolled_back", "not_validated"), "1.0.0"),
            false => (("validated", ""), "2.0.0"),
        };
        assert_eq!((words(&ended, at), fleet.version(at).as_str()), (expected, version), "{at}");
    }
}

#[test]
fn a_bad_image_stops_after_three_and_they_are_retried_with_a_good_one() {
    let fleet = Fleet::new(20, |_| small());
    let limits = Limits { parallel: 1, stop_after: Some(3) };
    let ended = fleet.run(RolloutOrder { limits, ..fleet.order(image("6.6.6", Behaviour::Crash)) });
    assert_eq!((ended.counts.rolled_back, ended.counts.not_started), (3, 17), "{:?}", ended.counts);
    assert_eq!((words(&ended, 2), words(&ended, 3)), (("rolled_back", "panic"), ("not_started", "failures")));

    // What is kept of it names the three.
    let folder = tempfile::tempdir().unwrap();
    let data_dir = DataDir::new(Some(folder.path().to_owned()));
    LastRollout::of(&[&ended], &[]).save(&data_dir).unwrap();
    let last = LastRollout::load(&data_dir).unwrap().unwrap();
    let failed: Vec<Wanted> = last.failed().filter_map(|device| device.wanted()).collect();
    assert_eq!(failed, fleet.wanted[..3]);
    let retried = fleet.run(RolloutOrder { devices: failed, ..fleet.order(good()) });
    assert_eq!((retried.members.len(), retried.counts.validated), (3, 3), "{:?}", retried.counts);

    // The others follow, the first of them as the canary.
    let order = RolloutOrder { only_outdated: true, canary: Canary::First(1), ..fleet.order(good()) };
    let ended = fleet.run(order);
    assert_eq!((ended.counts.already, ended.counts.validated), (3, 17), "{:?}", ended.counts);
    assert_eq!(words(&ended, 0), ("skipped", ""));
    let canaries: Vec<usize> = (0..20).filter(|at| ended.members[*at].canary).collect();
    assert_eq!(canaries, [3]);
}

#[test]
fn a_refusal_is_no_failure() {
    let fleet = Fleet::new(4, |at| {
        let mut config = small();
        if at < 2
            && let FlashSource::Factory(factory) = &mut config.flash
        {
            config.chip = Chip::Esp32C6;
            let other = DemoImage { chip: Chip::Esp32C6, size: SMALL, ..demo("1.0.0", Behaviour::Healthy) };
            factory.image = other.build().unwrap();
        }
        config
    });
    let limits = Limits { parallel: 1, stop_after: Some(1) };
    let ended = fleet.run(RolloutOrder { limits, ..fleet.order(good()) });
    assert_eq!((ended.counts.refused, ended.counts.validated), (2, 2), "{:?}", ended.counts);
    assert_eq!(words(&ended, 0), ("refused", "wrong_chip"));
    // As a canary it proves nothing.
    let ended = fleet
        .run(RolloutOrder { canary: Canary::First(1), ..fleet.order(image("2.1.0", Behaviour::Healthy)) });
    assert_eq!((ended.counts.refused, ended.counts.not_started), (1, 3), "{:?}", ended.counts);
    assert_eq!(ended.stopped, Some(Stopped::CanaryUnproven));
}

#[test]
fn a_rollout_is_cancelled_as_a_whole() {
    // What the kernel already holds for a device cannot be called back: the image is larger than that.
    let fleet = Fleet::new(6, |_| DeviceConfig { faults: "rate=20000".parse().unwrap(), ..fresh() });
    let limits = Limits { parallel: 2, stop_after: None };
    let large = demo("2.0.0", Behaviour::Healthy).build().unwrap();
    let id = fleet.host.rollout(RolloutOrder { limits, ..fleet.order(large) });
    until("two download", || {
        let jobs = fleet.host.engine.snapshot().jobs.clone();
        (jobs.iter().filter(|job| job.phase.progress().is_some()).count() == 2).then_some(())
    });
    fleet.host.engine.send(Command::CancelRollout { rollout: id });
    let ended = until("it ends", || Some(fleet.shown(id)).filter(|shown| shown.ended));
    assert_eq!((ended.counts.failed, ended.counts.not_started), (2, 4), "{:?}", ended.counts);
    assert_eq!((words(&ended, 0), words(&ended, 5)), (("failed", "cancelled"), ("not_started", "cancelled")));
    assert!((0..6).all(|at| fleet.version(at) == "1.0.0"));
}

#[test]
fn a_paused_rollout_begins_nobody_until_it_goes_on() {
    let fleet = Fleet::new(4, |_| DeviceConfig { faults: "rate=8000".parse().unwrap(), ..small() });
    let limits = Limits { parallel: 2, stop_after: None };
    let id = fleet.host.rollout(RolloutOrder { limits, ..fleet.order(good()) });
    until("two download", || {
        let jobs = fleet.host.engine.snapshot().jobs.clone();
        (jobs.iter().filter(|job| job.phase.progress().is_some()).count() == 2).then_some(())
    });
    fleet.host.engine.send(Command::PauseRollout { rollout: id });
    until("it is paused", || fleet.shown(id).paused.then_some(()));
    // The next ones would begin in the moment in which these end.
    let rest = until("those that ran have ended", || {
        Some(fleet.shown(id)).filter(|shown| shown.counts.running == 0)
    });
    assert_eq!((rest.counts.validated, rest.counts.waiting), (2, 2), "{:?}", rest.counts);
    assert!(rest.paused && !rest.ended);
    fleet.host.engine.send(Command::ContinueRollout { rollout: id });
    let ended = until("it ends", || Some(fleet.shown(id)).filter(|shown| shown.ended));
    assert_eq!((ended.counts.validated, ended.paused), (4, false), "{:?}", ended.counts);
    assert!(fleet.host.engine.snapshot().jobs.iter().all(|job| job.rollout == Some(id)));
}

#[test]
fn a_device_that_is_off_is_updated_when_it_returns() {
    let fleet = Fleet::new(3, |_| small());
    fleet.devices[1].power_off();
    let id = fleet.wanted[1].id.clone().unwrap();
    until("it counts as offline", || {
        let snapshot = fleet.host.engine.snapshot();
        (snapshot.device(&id)?.presence == Presence::Offline).then_some(())
    });
    let rollout = fleet.host.rollout(RolloutOrder { when_back: true, ..fleet.order(good()) });
    let waiting = until("the others have ended", || {
        Some(fleet.shown(rollout)).filter(|shown| shown.counts.validated == 2)
    });
    assert_eq!((waiting.ended, &waiting.members[1].state), (false, &MemberState::Away));
    fleet.devices[1].power_on();
    let ended = until("it ends", || Some(fleet.shown(rollout)).filter(|shown| shown.ended));
    assert_eq!(ended.counts.validated, 3, "{:?}", ended.counts);
    assert_eq!(fleet.version(1), "2.0.0");
}

#[test]
fn an_engine_that_never_knew_a_device_waits_for_it_at_its_address() {
    let (host, device) = (Host::default(), Device::start(small()).unwrap());
    device.power_off();
    until("it is off", || std::net::TcpStream::connect(device.address()).err());
    let wanted = Wanted { target: Host::target(&device), id: None };
    let fleet = Fleet { host, devices: vec![device], wanted: vec![wanted.clone(), wanted] };
    let rollout = fleet.host.rollout(RolloutOrder { when_back: true, ..fleet.order(good()) });
    assert_eq!(fleet.shown(rollout).counts.away, 2);
    fleet.devices[0].power_on();
    let ended = until("it ends", || Some(fleet.shown(rollout)).filter(|shown| shown.ended));
    // The same one under the same name is one device.
    let ends = [words(&ended, 0), words(&ended, 1)];
    assert!(ends.contains(&("validated", "")) && ends.contains(&("not_started", "named_twice")), "{ends:?}");
    let why = MemberState::Ended(End::NotStarted(NotStarted::Twice));
    assert_eq!(ended.members.iter().filter(|member| member.state == why).count(), 1);
}

/// One of so many that a busy computer may leave it without a byte for long.
fn unhurried() -> DeviceConfig {
    let mut config = small();
    config.node.download.stall_time = embassy_time::Duration::from_secs(20);
    config
}

/// 200 devices, or fewer where `SKYLIFT_SCALE` says so.
#[test]
fn two_hundred_at_once() {
    skylift::open_files::raise_limit();
    let devices = std::env::var("SKYLIFT_SCALE").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    let begun = Instant::now();
    let fleet = Fleet::new(devices, |_| unhurried());
    let (ready, before) = (begun.elapsed(), memory());
    let limits = Limits { parallel: 50, stop_after: None };
    let begun = Instant::now();
    let ended = fleet.run(RolloutOrder { limits, ..fleet.order(good()) });
    let time = begun.elapsed();
    let others: Vec<_> =
        (0..devices).map(|at| words(&ended, at)).filter(|(end, _)| *end != "validated").collect();
    assert!(others.is_empty(), "{:?} {others:?}", ended.counts);
    println!(
        "{devices} devices validated in {:.1} s, 50 at a time (ready in {:.1} s); \
         memory {} MiB with the devices before, {} MiB after, {} MiB at most",
        time.as_secs_f32(),
        ready.as_secs_f32(),
        before.0,
        memory().0,
        memory().1,
    );
    assert!(time < PATIENCE + Duration::from_secs(60));
}

/// Memory of this process in MiB: now, and at most. Of this system only.
fn memory() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim().split(' ').next()?.parse::<u64>().ok()? / 1024)
    };
    (field("VmRSS:").unwrap_or(0), field("VmHWM:").unwrap_or(0))
}
