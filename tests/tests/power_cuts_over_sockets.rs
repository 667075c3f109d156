//! Power cuts on the whole path: a 1 MiB image over real sockets, cut at sampled flash operations.
//!
//! The exhaustive test is the simulator's `power_cuts`; this one shows that node and engine keep what the updater
//! promises.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use skylift::engine::{Timing, Verdict};
use skylift_provisioning::Provisioning;
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_simulator::faults::{FlashFault, Moment};
use skylift_simulator::{Device, DeviceConfig, FactoryFlash, Faults, FlashSource};
use skylift_tests::devices::{demo, fresh, image};
use skylift_tests::host::{Host, short_times};

/// Operations in the bulk of the image that are cut.
const SAMPLES: usize = 8;
/// The first and the last operations, where the journal begins and the switch is, are all cut.
const EDGE: u64 = 12;

fn device(bootloader: Bootloader, flash: FlashFault) -> Device {
    let rolls_back = bootloader == Bootloader::Rollback;
    let provisioning = Provisioning { bootloader_rolls_back: rolls_back, ..Provisioning::default() };
    let factory = FactoryFlash::new(image("1.0.0", Behaviour::Healthy), provisioning);
    let faults = Faults { flash, ..Faults::default() };
    Device::start(DeviceConfig { bootloader, faults, flash: FlashSource::Factory(factory), ..fresh() })
        .unwrap()
}

fn operations_of_an_update(bootloader: Bootloader, new: &[u8]) -> u64 {
    let device = device(bootloader, FlashFault::None);
    assert_eq!(Host::default().update(&device, new), Verdict::Validated);
    device.flash_operations()
}

fn points(operations: u64, rng: &mut fastrand::Rng) -> Vec<FlashFault> {
    let mut chosen: BTreeSet<u64> = (0..EDGE).chain(operations - EDGE..operations).collect();
    chosen.extend((0..SAMPLES).map(|_| rng.u64(0..operations)));
    let cut = |operation| {
        let moment = Moment::ALL[rng.usize(0..Moment::ALL.len())];
        FlashFault::PowerCut { operation, moment, seed: rng.u64(0..1_000_000) }
    };
    chosen.into_iter().map(cut).collect()
}

/// One update with one cut, and what must hold afterwards.
fn survive(bootloader: Bootloader, fault: FlashFault, new: &[u8], next: &[u8]) {
    let what = format!("{bootloader:?}: {fault}");
    let timing = Timing { poll: std::time::Duration::from_millis(10), ..short_times() };
    let (host, device) = (Host::new(timing), device(bootloader, fault));
    let verdict = host.update(&device, new);
    let status = host.status(&device);
    // Whatever the verdict is, it is true.
    let runs_new = status.running.version == "2.0.0";
    assert!(runs_new || status.running.version == "1.0.0", "{what}: runs {}", status.running.version);
    if verdict == Verdict::Validated {
        assert!(runs_new, "{what}: validated, but {} runs", status.running.version);
    }
    assert_eq!(host.update(&device, next), Verdict::Validated, "{what}: the update afterwards");
}

#[test]
fn sampled_power_cuts() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let large = DemoImage { size: 1 << 20, ..demo("2.0.0", Behaviour::Healthy) };
    let (new, next) = (large.build().unwrap(), image("3.0.0", Behaviour::Healthy));
    let mut runs = Vec::new();
    for bootloader in [Bootloader::Stock, Bootloader::Rollback] {
        let operations = operations_of_an_update(bootloader, &new);
        println!("{bootloader:?}: an update is {operations} flash operations");
        runs.extend(points(operations, &mut rng).into_iter().map(|fault| (bootloader, fault)));
    }
    let turn = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(&(bootloader, fault)) = runs.get(turn.fetch_add(1, Ordering::Relaxed)) {
                    survive(bootloader, fault, &new, &next);
                }
            });
        }
    });
    println!("{} points tried", runs.len());
}
