//! Power cuts on the whole path: a 1 MiB image over real sockets, raw, compressed and as a delta, cut at sampled flash
//! operations.
//!
//! The exhaustive test is the simulator's `power_cuts`; this one shows that node and engine keep what the updater
//! promises.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use skylift::engine::{Timing, UpdateOptions, Verdict};
use skylift::image::stream::Streams;
use skylift_protocol::Encoding;
use skylift_provisioning::Provisioning;
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_simulator::faults::{FlashFault, Moment};
use skylift_simulator::{Device, DeviceConfig, FactoryFlash, Faults, FlashSource};
use skylift_tests::devices::{demo, fresh, image};
use skylift_tests::host::{Host, short_times};

/// Operations that are cut of an update in one encoding.
#[derive(Clone, Copy)]
struct Cuts {
    encoding: Encoding,
    /// In the bulk of the image.
    samples: usize,
    /// At either end, where the journal begins and the switch is.
    edge: u64,
}

const RAW: Cuts = Cuts { encoding: Encoding::Raw, samples: 8, edge: 12 };
/// The ends are as those of raw images; what is decoded in between is not.
const COMPRESSED: Cuts = Cuts { encoding: Encoding::Compressed, samples: 12, edge: 3 };
const DELTA: Cuts = Cuts { encoding: Encoding::Delta, samples: 12, edge: 3 };

/// The images: what runs at first, what it is updated to, and what it is updated to afterwards.
struct Images {
    old: Vec<u8>,
    new: Vec<u8>,
    next: Vec<u8>,
    /// Encoded once for all.
    streams: Streams,
}

impl Images {
    fn host(&self, timing: Timing) -> Host {
        Host::having(&[&self.old, &self.new, &self.next], &self.streams, timing)
    }
}

fn device(bootloader: Bootloader, flash: FlashFault, image: &[u8]) -> Device {
    let rolls_back = bootloader == Bootloader::Rollback;
    let provisioning = Provisioning { bootloader_rolls_back: rolls_back, ..Provisioning::default() };
    let factory = FactoryFlash::new(image.to_vec(), provisioning);
    let faults = Faults { flash, ..Faults::default() };
    Device::start(DeviceConfig { bootloader, faults, flash: FlashSource::Factory(factory), ..fresh() })
        .unwrap()
}

/// An update that is sent in this way and no other.
fn update(host: &Host, device: &Device, image: &[u8], encoding: Encoding) -> Verdict {
    let job =
        host.begin(device, image, UpdateOptions { encoding: Some(encoding), ..UpdateOptions::default() });
    let job = host.verdict(job);
    let sent = job.sending.map(|sending| sending.encoding);
    assert!(sent.is_none_or(|sent| sent == encoding), "sent as {sent:?} and not as {encoding}");
    job.verdict.unwrap()
}

fn operations_of_an_update(bootloader: Bootloader, images: &Images, encoding: Encoding) -> u64 {
    let device = device(bootloader, FlashFault::None, &images.old);
    assert_eq!(update(&images.host(short_times()), &device, &images.new, encoding), Verdict::Validated);
    device.flash_operations()
}

fn points(operations: u64, cuts: Cuts, rng: &mut fastrand::Rng) -> Vec<FlashFault> {
    let mut chosen: BTreeSet<u64> = (0..cuts.edge).chain(operations - cuts.edge..operations).collect();
    chosen.extend((0..cuts.samples).map(|_| rng.u64(0..operations)));
    let cut = |operation| {
        let moment = Moment::ALL[rng.usize(0..Moment::ALL.len())];
        FlashFault::PowerCut { operation, moment, seed: rng.u64(0..1_000_000) }
    };
    chosen.into_iter().map(cut).collect()
}

/// One update with one cut, and what must hold afterwards.
fn survive(bootloader: Bootloader, encoding: Encoding, fault: FlashFault, images: &Images) {
    let what = format!("{bootloader:?}, {encoding}: {fault}");
    let timing = Timing { poll: std::time::Duration::from_millis(10), ..short_times() };
    let (host, device) = (images.host(timing), device(bootloader, fault, &images.old));
    let verdict = update(&host, &device, &images.new, encoding);
    let status = host.status(&device);
    // Whatever the verdict is, it is true.
    let runs_new = status.running.version == "2.0.0";
    assert!(runs_new || status.running.version == "1.0.0", "{what}: runs {}", status.running.version);
    if verdict == Verdict::Validated {
        assert!(runs_new, "{what}: validated, but {} runs", status.running.version);
    }
    // In whichever way is cheapest.
    assert_eq!(host.update(&device, &images.next), Verdict::Validated, "{what}: the update afterwards");
}

#[test]
fn sampled_power_cuts() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let large = |version| DemoImage { size: 1 << 20, ..demo(version, Behaviour::Healthy) }.build().unwrap();
    let next = image("3.0.0", Behaviour::Healthy);
    let folder = tempfile::tempdir().unwrap();
    let streams = Streams::new(folder.path().join("streams"));
    let images = Images { old: large("1.0.0"), new: large("2.0.0"), next, streams };
    let mut runs = Vec::new();
    for bootloader in [Bootloader::Stock, Bootloader::Rollback] {
        for cuts in [RAW, COMPRESSED, DELTA] {
            let operations = operations_of_an_update(bootloader, &images, cuts.encoding);
            println!("{bootloader:?}, {}: an update is {operations} flash operations", cuts.encoding);
            let faults = points(operations, cuts, &mut rng);
            runs.extend(faults.into_iter().map(|fault| (bootloader, cuts.encoding, fault)));
        }
    }
    let turn = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(&(bootloader, encoding, fault)) =
                    runs.get(turn.fetch_add(1, Ordering::Relaxed))
                {
                    survive(bootloader, encoding, fault, &images);
                }
            });
        }
    });
    println!("{} points tried", runs.len());
}
