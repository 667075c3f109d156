//! The soak: updates with random faults, one after the other, from a seed. None may brick a device, and no verdict may
//! be wrong.
//!
//! Runs for 20 s; `SKYLIFT_SOAK_SECONDS` sets another time, `SKYLIFT_SOAK_SEED` repeats a run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use skylift::engine::{UpdateOptions, Verdict};
use skylift_protocol::{Status, ValidationState};
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_simulator::faults::{FlashFault, Moment};
use skylift_simulator::provisioning::Provisioning;
use skylift_simulator::{Device, DeviceConfig, FactoryFlash, Faults, FlashSource, LinkFaults};
use skylift_tests::devices::{demo, fresh};
use skylift_tests::host::Host;

/// Bytes of an image: two blocks and a bit, so that there is something to resume.
const SIZE: u32 = 140 << 10;
/// Flash operations of such an update, and some more.
const OPERATIONS: u64 = 800;
const DEVICES_AT_A_TIME: usize = 4;

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn build(version: &str, behaviour: Behaviour) -> Vec<u8> {
    DemoImage { size: SIZE, ..demo(version, behaviour) }.build().unwrap()
}

/// What happens in one round.
#[derive(Debug)]
struct Round {
    seed: u64,
    bootloader: Bootloader,
    faults: Faults,
    behaviour: Behaviour,
    pushed: bool,
}

impl Round {
    fn random(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let byte = |rng: &mut fastrand::Rng| rng.u64(0..u64::from(SIZE));
        let link = LinkFaults {
            drop_at: rng.bool().then(|| byte(&mut rng)),
            stall_at: (rng.u8(0..4) == 0).then(|| byte(&mut rng)),
            flip_at: (rng.u8(0..6) == 0).then(|| byte(&mut rng)),
            rate: None,
        };
        let cut = FlashFault::PowerCut {
            operation: rng.u64(0..OPERATIONS),
            moment: Moment::ALL[rng.usize(0..3)],
            seed: rng.u64(..),
        };
        let flash = if rng.bool() { cut } else { FlashFault::None };
        let behaviours = [
            Behaviour::Healthy,
            Behaviour::Healthy,
            Behaviour::Crash,
            Behaviour::Hang,
            Behaviour::NeverValidates,
        ];
        Self {
            seed,
            bootloader: if rng.bool() { Bootloader::Stock } else { Bootloader::Rollback },
            faults: Faults { flash, link, lies: rng.u8(0..10) == 0, ..Faults::default() },
            behaviour: behaviours[rng.usize(0..behaviours.len())],
            pushed: rng.u8(0..4) == 0,
        }
    }

    fn device(&self) -> Device {
        let bootloader_rolls_back = self.bootloader == Bootloader::Rollback;
        let provisioning = Provisioning { bootloader_rolls_back, ..Provisioning::default() };
        let factory = FactoryFlash::new(build("1.0.0", Behaviour::Healthy), provisioning);
        let flash = FlashSource::Factory(factory);
        let (bootloader, faults) = (self.bootloader, self.faults);
        Device::start(DeviceConfig { bootloader, faults, flash, ..fresh() }).unwrap()
    }

    /// One update, and what became of it; the word of its verdict.
    fn live(&self) -> &'static str {
        let (host, device) = (Host::default(), self.device());
        let host_address = self.pushed.then(|| "127.0.0.1:1".parse().unwrap());
        let options = UpdateOptions { host_address, ..UpdateOptions::default() };
        let verdict = host.update_with(&device, &build("2.0.0", self.behaviour), options);
        self.judge(&verdict, &host.status(&device));
        // Whatever it was: the device lives, and takes the next update, at the latest when its faults are used up.
        let next = build("3.0.0", Behaviour::Healthy);
        let ends: Vec<Verdict> = (0..3).map(|_| host.update(&device, &next)).collect();
        // A liar goes on lying.
        let lives = ends.iter().any(|end| end.as_str() == "validated") || self.faults.lies;
        assert!(lives, "seed {}: {self:?}: {verdict:?}, then {ends:?}", self.seed);
        verdict.as_str()
    }

    fn judge(&self, verdict: &Verdict, status: &Status) {
        let runs = status.running.version.as_str();
        let kept = status.validation.state == ValidationState::Valid;
        let truth = match verdict {
            Verdict::Validated => runs == "2.0.0" && kept && self.behaviour == Behaviour::Healthy,
            Verdict::RolledBack(_) | Verdict::Refused(_) | Verdict::Failed { .. } => runs == "1.0.0" && kept,
            _ => false,
        };
        let seed = self.seed;
        assert!(truth, "seed {seed}: {self:?}: {verdict:?}, but it runs {runs}, {:?}", status.validation);
    }
}

#[test]
fn random_updates() {
    let seed = setting("SKYLIFT_SOAK_SEED").unwrap_or_else(|| fastrand::u64(..u64::MAX / 2));
    let time = Duration::from_secs(setting("SKYLIFT_SOAK_SECONDS").unwrap_or(20));
    println!("seed {seed}");
    let (next, end) = (AtomicU64::new(seed), Instant::now() + time);
    let verdicts = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..DEVICES_AT_A_TIME {
            scope.spawn(|| {
                while Instant::now() < end {
                    let word = Round::random(next.fetch_add(1, Ordering::Relaxed)).live();
                    *verdicts.lock().unwrap().entry(word).or_insert(0_u64) += 1;
                }
            });
        }
    });
    let verdicts = verdicts.into_inner().unwrap();
    println!("{} updates with faults: {verdicts:?}", verdicts.values().sum::<u64>());
    assert!(!verdicts.is_empty());
}
