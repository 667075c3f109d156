//! Proof for two images: what a certificate says, what it finds, and that it is the same each time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

mod support;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use skylift_protocol::Chip;
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::certify::flash::BenchFlash;
use skylift_simulator::certify::{
    Certificate, CertifyError, Finding, Progress, Request, Streams, Watch, certify, certify_on,
};
use skylift_simulator::demo_image::{DemoImage, MarkerKind};
use skylift_simulator::layout::{APP, FACTORY, Partition, partition_table, table_with};
use skylift_simulator::nor::Nor;
use skylift_updater::image::ImageError;
use skylift_updater::{Erase, Flash, FlashError};
use support::encoded::stream;
use support::mutant::{Mutant, Mutation};

const BOTH: [Bootloader; 2] = [Bootloader::Stock, Bootloader::Rollback];
/// Bytes of a slot in the tables here.
const SLOT: u32 = 64 << 10;

fn demo(version: &str) -> DemoImage {
    DemoImage { version: version.into(), size: 20 << 10, ..DemoImage::default() }
}

fn image(version: &str) -> Vec<u8> {
    demo(version).build().unwrap()
}

fn small_table() -> Vec<u8> {
    partition_table(&table_with(2, SLOT)).unwrap().to_vec()
}

fn table_without_journal() -> Vec<u8> {
    let mut table = table_with(2, SLOT);
    table.retain(|partition| partition.label != "skylift_journal");
    partition_table(&table).unwrap().to_vec()
}

/// What is tried, with a table that is small enough to be fast.
struct Case {
    old: Vec<u8>,
    new: Vec<u8>,
    compressed: Option<Vec<u8>>,
    delta: Option<Vec<u8>>,
    table: Option<Vec<u8>>,
    bootloader: Bootloader,
    seed: u64,
}

impl Case {
    fn new(bootloader: Bootloader) -> Self {
        let (old, new) = (image("1.0.0"), image("2.0.0"));
        Self { old, new, compressed: None, delta: None, table: Some(small_table()), bootloader, seed: 7 }
    }

    /// The same, with NEW in every encoding.
    fn encoded(bootloader: Bootloader) -> Self {
        let case = Self::new(bootloader);
        let (compressed, delta) = (stream(&[], &case.new, 16), stream(&case.old, &case.new, 18));
        Self { compressed: Some(compressed), delta: Some(delta), ..case }
    }

    fn request(&self) -> Request<'_> {
        Request {
            old: &self.old,
            new: &self.new,
            streams: Streams { compressed: self.compressed.as_deref(), delta: self.delta.as_deref() },
            table: self.table.as_deref(),
            bootloader: self.bootloader,
            seed: self.seed,
        }
    }

    fn try_it(&self) -> Result<Certificate, CertifyError> {
        certify(&self.request(), Watch { progress: &|_| {}, cancel: &AtomicBool::new(false) })
    }

    #[track_caller]
    fn certificate(&self) -> Certificate {
        let certificate = self.try_it().unwrap();
        println!("{:?}: {} points in {:?}", self.bootloader, certificate.points, certificate.took);
        certificate
    }

    fn on_mutant(&self, mutation: Mutation) -> Certificate {
        let watch = Watch { progress: &|_| {}, cancel: &AtomicBool::new(false) };
        certify_on(&self.request(), watch, |nor| Mutant::new(nor, mutation)).unwrap()
    }

    #[track_caller]
    fn fails(&self, sentence: &str) -> CertifyError {
        let error = self.try_it().unwrap_err();
        assert!(error.to_string().contains(sentence), "{error}");
        error
    }
}

#[track_caller]
fn assert_holds(certificate: &Certificate) {
    assert!(certificate.holds(), "{:#?}", certificate.failures);
    assert!(certificate.failures.is_empty());
}

#[test]
fn guarded_images_survive_behind_both_bootloaders() {
    for bootloader in BOTH {
        let certificate = Case::new(bootloader).certificate();
        assert_holds(&certificate);
        // 80 pages, and 32 cuts inside each operation of the switch.
        assert!(certificate.points > 1000, "{}", certificate.points);
        assert_eq!(certificate.findings, []);
        assert_eq!((certificate.old.version.as_str(), certificate.new.version.as_str()), ("1.0.0", "2.0.0"));
        assert_eq!((certificate.seed, certificate.bootloader), (7, bootloader));
        assert_ne!(certificate.old.image_sha256, certificate.new.image_sha256);
    }
}

/// The write is tried once more in each encoding; the ends of the life are the same.
#[test]
fn streams_survive_behind_both_bootloaders() {
    for bootloader in BOTH {
        let raw = Case::new(bootloader).certificate();
        let certificate = Case::encoded(bootloader).certificate();
        assert_holds(&certificate);
        assert_eq!(certificate.findings, [Finding::EveryEncoding]);
        // Five pages, a block, the journal and the switch, on two devices and in two encodings, before and inside each.
        assert!(certificate.points > raw.points + 8 * 10, "{} and {}", certificate.points, raw.points);
    }
    let delta = Case { compressed: None, ..Case::encoded(Bootloader::Stock) };
    assert_eq!(delta.certificate().findings, [Finding::Delta]);
    let compressed = Case { delta: None, ..Case::encoded(Bootloader::Stock) };
    assert_eq!(compressed.certificate().findings, [Finding::Compressed]);
}

/// A stream that makes something else is no proof of anything.
#[test]
fn a_stream_of_another_image_fails() {
    let mut case = Case::encoded(Bootloader::Stock);
    case.delta = Some(stream(&case.new, &image("3.0.0"), 18));
    let certificate = case.certificate();
    assert!(!certificate.holds());
    let failure = certificate.failures.first().unwrap();
    assert_eq!(failure.point, "write of what comes as a delta, without any cut");
    assert!(failure.seen.contains("circles"), "{failure}");
}

#[test]
fn the_default_table_serves_images_of_any_chip() {
    for chip in [Chip::Esp32, Chip::Esp32S3, Chip::Esp32C6] {
        let of = |version| DemoImage { chip, kind: MarkerKind::Real, size: 9 << 10, ..demo(version) };
        let (old, new) = (of("1.0.0").build().unwrap(), of("1.0.1").build().unwrap());
        let case = Case { old, new, table: None, ..Case::new(Bootloader::Stock) };
        assert_holds(&case.certificate());
    }
}

/// The table given is the one that is used: its digest is another, and without a journal there are fewer operations.
#[test]
fn a_given_table_is_used() {
    let with = Case::new(Bootloader::Stock).certificate();
    let case = Case { table: Some(table_without_journal()), ..Case::new(Bootloader::Stock) };
    let without = case.certificate();
    assert_holds(&without);
    assert_ne!(with.table_sha256, without.table_sha256);
    assert!(without.points < with.points);
    assert_eq!(without.findings, [Finding::NoJournal]);
}

/// What a bootloader that rolls back does to otadata is out of our hands, and a cut in it may show.
#[test]
fn a_missing_journal_is_told_behind_a_bootloader_that_writes() {
    let case = Case { table: Some(table_without_journal()), ..Case::new(Bootloader::Rollback) };
    let certificate = case.certificate();
    assert_eq!(certificate.findings, [Finding::NoJournal, Finding::NoJournalRollback]);
    for failure in &certificate.failures {
        assert!(failure.point.contains("inside"), "{failure}");
        assert_eq!(failure.seen, "NEW runs with nobody watching");
    }
}

#[test]
fn a_table_with_factory_and_three_slots_serves() {
    let mut table = table_with(3, SLOT);
    let end = table.iter().map(|partition| partition.offset + partition.size).max().unwrap();
    let factory = Partition::new("factory", APP, FACTORY, end.next_multiple_of(0x1_0000), SLOT);
    table.push(factory);
    let table = Some(partition_table(&table).unwrap().to_vec());
    let certificate = Case { table, ..Case::new(Bootloader::Stock) }.certificate();
    assert_holds(&certificate);
    assert_eq!(certificate.findings, [Finding::Factory]);
}

#[test]
fn images_without_a_guard_are_told() {
    let (old, new) = (demo("1.0.0").foreign().unwrap(), demo("2.0.0").foreign().unwrap());
    let stock = Case { old: image("1.0.0"), new: new.clone(), ..Case::new(Bootloader::Stock) }.certificate();
    assert_holds(&stock);
    assert_eq!(stock.findings, [Finding::NobodyRollsBack]);
    let guarded = Case::new(Bootloader::Stock).certificate();
    // Nothing happens after the switch that could be interrupted.
    assert!(stock.points < guarded.points);

    let case = Case { old: old.clone(), new: image("2.0.0"), ..Case::new(Bootloader::Stock) };
    let certificate = case.certificate();
    assert_holds(&certificate);
    assert_eq!(certificate.findings, [Finding::OldUnguarded]);

    let certificate = Case { old, new, ..Case::new(Bootloader::Rollback) }.certificate();
    assert_eq!(certificate.findings, [Finding::BootloaderAlone, Finding::OldUnguarded]);
    for failure in &certificate.failures {
        // Without a guard nobody mends what a cut inside the bootloader's own erase leaves.
        assert!(failure.point.contains("inside"), "{failure}");
    }
}

#[test]
fn what_cannot_be_tried_is_told_in_a_sentence() {
    let case = || Case::new(Bootloader::Stock);
    let not =
        Case { new: b"no image at all".repeat(99), ..case() }.fails("NEW is no image a device would boot");
    assert!(matches!(not, CertifyError::NotAnImage { error: ImageError::Magic, .. }));
    let mut damaged = image("1.0.0");
    damaged[9000] ^= 1;
    Case { old: damaged, ..case() }.fails("OLD is no image a device would boot: its checksum");
    Case { new: image("1.0.0"), ..case() }.fails("OLD and NEW are the same image");
    let other = DemoImage { chip: Chip::Esp32S3, ..demo("2.0.0") }.build().unwrap();
    Case { new: other, ..case() }.fails("OLD is for the esp32c3, NEW for the esp32s3");
    let large = DemoImage { size: 2 * SLOT, ..demo("2.0.0") }.build().unwrap();
    Case { new: large.clone(), ..case() }.fails("NEW has 131072 bytes, but the smallest slot");
    Case { old: large, ..case() }.fails("OLD has 131072 bytes, but the smallest slot");
    Case { table: Some(b"# Name, Type, SubType".to_vec()), ..case() }.fails("no binary partition table");
    let one_slot = partition_table(&table_with(1, SLOT)).unwrap().to_vec();
    Case { table: Some(one_slot), ..case() }.fails("does not have two to four OTA slots");
    let mut table = small_table();
    table[40] ^= 1;
    Case { table: Some(table), ..case() }.fails("the partition table is damaged");
    let mut far = table_with(2, SLOT);
    far.push(Partition::new("far", 1, 6, 0xFFFF_0000, 0x2_0000));
    let far = partition_table(&far).unwrap().to_vec();
    Case { table: Some(far), ..case() }.fails("no flash is larger than 32 MiB");
}

/// The order of two cores is left to chance, what they find is not.
#[test]
fn equal_seeds_give_equal_points_with_equal_effects() {
    let run = |seed| {
        let table = Some(table_without_journal());
        let case = Case { table, seed, ..Case::new(Bootloader::Stock) };
        let certificate = case.on_mutant(Mutation::CrcFirst);
        // Which points break, and with which seeds.
        (certificate.points, certificate.survived, certificate.failures)
    };
    let (first, again, other) = (run(1), run(1), run(2));
    assert!(!first.2.is_empty());
    assert_eq!(first, again);
    assert_eq!(first.0, other.0);
    assert_ne!(first.2, other.2);
}

/// A proof that cannot fail proves nothing. (With a journal, the guard mends what comes of this mutant.)
#[test]
fn an_updater_that_power_cuts_break_is_found() {
    let case = Case { table: Some(table_without_journal()), ..Case::new(Bootloader::Stock) };
    let certificate = case.on_mutant(Mutation::CrcFirst);
    assert!(!certificate.holds());
    let broken = certificate.points - certificate.survived;
    assert_eq!(certificate.failures.len(), broken.min(20));
    let failure = &certificate.failures[0];
    println!("{broken} of {} points break, such as {failure}", certificate.points);
    assert!(failure.point.contains("power cut"), "{failure}");
    assert_eq!(failure.seen, "NEW runs with nobody watching");
}

#[test]
fn an_updater_that_never_works_is_found() {
    let certificate = Case::new(Bootloader::Stock).on_mutant(Mutation::WrongCopy);
    assert!(!certificate.holds());
    assert!(certificate.failures[0].point.contains("without any cut"), "{:?}", certificate.failures);
}

/// The flash model as something around it, so that nothing is taken for known.
#[derive(Clone)]
struct Around(Nor);

impl Flash for Around {
    fn capacity(&self) -> u32 {
        self.0.capacity()
    }

    fn read(&mut self, offset: u32, buf: &mut [u8]) -> Result<(), FlashError> {
        self.0.read(offset, buf)
    }

    fn program(&mut self, offset: u32, data: &[u8]) -> Result<(), FlashError> {
        self.0.program(offset, data)
    }

    fn erase(&mut self, offset: u32, unit: Erase) -> Result<(), FlashError> {
        self.0.erase(offset, unit)
    }
}

impl BenchFlash for Around {
    fn nor(&self) -> &Nor {
        &self.0
    }

    fn nor_mut(&mut self) -> &mut Nor {
        &mut self.0
    }
}

/// What is known of devices in the same state is what living on would have shown, where it breaks as well.
#[test]
fn known_ends_are_true() {
    let mut broken = 0;
    for seed in 0..8 {
        let table = Some(table_without_journal());
        let case = Case { table, seed, ..Case::new(Bootloader::Rollback) };
        let watch = Watch { progress: &|_| {}, cancel: &AtomicBool::new(false) };
        let lived = certify_on(&case.request(), watch, Around).unwrap();
        let known = Certificate { took: lived.took, ..case.try_it().unwrap() };
        assert_eq!(known, lived);
        broken += known.failures.len();
    }
    assert!(broken > 0, "nothing breaks with these seeds: take others");
}

#[test]
fn progress_reaches_the_last_point() {
    let seen = Mutex::new(Vec::new());
    let progress = |progress: Progress| seen.lock().unwrap().push(progress);
    let watch = Watch { progress: &progress, cancel: &AtomicBool::new(false) };
    let certificate = certify(&Case::new(Bootloader::Stock).request(), watch).unwrap();
    let mut done: Vec<usize> = seen.into_inner().unwrap().iter().map(|progress| progress.done).collect();
    done.sort_unstable();
    assert_eq!(done, (1..=certificate.points).collect::<Vec<_>>());
}

#[test]
fn it_can_be_cancelled() {
    let cancel = AtomicBool::new(false);
    let progress = |progress: Progress| {
        assert!(progress.done < 100, "it goes on");
        cancel.store(progress.done >= 10, Ordering::Relaxed);
    };
    let watch = Watch { progress: &progress, cancel: &cancel };
    let ended = certify(&Case::new(Bootloader::Stock).request(), watch);
    assert!(matches!(ended, Err(CertifyError::Cancelled)), "{ended:?}");
}
