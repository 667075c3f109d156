//! Interrupts a story at every flash operation, one run per point, on all cores.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::faults::{FlashFault, Moment};

use super::chip::{Chip, Halt, Image, TestFlash};
use super::story::{Memory, Story};

/// What an interrupted run showed.
pub struct Report {
    /// Points tried.
    pub points: usize,
    /// Points that broke something.
    pub failures: Vec<String>,
}

/// Seeds for what is random about an operation.
#[derive(Clone, Copy)]
pub struct Seeds {
    /// Per operation that writes an image into a slot: there are hundreds, all alike.
    pub bulk: u64,
    /// Per operation on otadata and journal.
    pub switch: u64,
}

/// Faults at an operation: a cut before and after it, and for each seed a cut inside it and a silent failure.
fn faults_at(operation: u64, seeds: u64) -> impl Iterator<Item = FlashFault> {
    let cut = move |moment, seed| FlashFault::PowerCut { operation, moment, seed };
    let inside = (0..seeds).map(move |seed| cut(Moment::Inside, operation * 1000 + seed));
    let silent = (0..seeds).map(move |seed| FlashFault::Silent { operation, seed: operation * 1000 + seed });
    [cut(Moment::Before, operation), cut(Moment::After, operation)].into_iter().chain(inside).chain(silent)
}

/// Every fault of a story that has been lived once without any.
fn every_fault<F: TestFlash>(lived: &Chip<F>, first: u64, seeds: Seeds, journal: bool) -> Vec<FlashFault> {
    let within =
        |ranges: &[std::ops::Range<u64>], operation| ranges.iter().any(|range| range.contains(&operation));
    let operations = first..lived.flash.nor().operations();
    operations
        .flat_map(|operation| {
            let bulk = within(&lived.bulk_operations, operation);
            let ours = !within(&lived.bootloader_operations, operation);
            faults_at(operation, if bulk { seeds.bulk } else { seeds.switch })
                .filter(move |fault| ours || !out_of_our_hands(fault, journal))
        })
        .collect()
}

/// A bootloader that rolls back does not read back what it writes, and erases an entry whose sequence and CRC still
/// stand; what a cut leaves of state and label then, only a journal can tell.
fn out_of_our_hands(fault: &FlashFault, journal: bool) -> bool {
    match fault {
        FlashFault::Silent { .. } => true,
        FlashFault::PowerCut { moment, .. } => *moment == Moment::Inside && !journal,
        FlashFault::None => false,
    }
}

/// Runs the story once per fault; `wrap` makes the flash under test from the model.
pub fn interrupt<F: TestFlash>(
    story: &Story,
    images: &[Image],
    setup: (Bootloader, bool),
    seeds: Seeds,
    wrap: impl Fn(skylift_simulator::nor::Nor) -> F + Sync,
) -> Report {
    let start = story.begin(images, setup);
    let first = start.flash.operations();
    let mut whole = wrapped(&start, &wrap);
    if let Err(halt) = story.live(&mut whole, images, &mut Memory::new(story)) {
        return Report { points: 0, failures: vec![format!("{}: uninterrupted: {halt:?}", story.name)] };
    }
    let faults = every_fault(&whole, first, seeds, story.journal);
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(&fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(halt) = run(story, images, wrapped(&start, &wrap), fault) {
                        let line = format!("{} on {setup:?}: {fault}: {halt:?}", story.name);
                        failures.lock().unwrap().push(line);
                    }
                }
            });
        }
    });
    Report { points: faults.len(), failures: failures.into_inner().unwrap() }
}

fn wrapped<F: TestFlash>(
    chip: &Chip<skylift_simulator::nor::Nor>,
    wrap: &impl Fn(skylift_simulator::nor::Nor) -> F,
) -> Chip<F> {
    Chip {
        flash: wrap(chip.flash.clone()),
        rtc: chip.rtc,
        bootloader: chip.bootloader,
        recorded_rollback: chip.recorded_rollback,
        reset: chip.reset,
        bootloader_operations: vec![],
        bulk_operations: vec![],
    }
}

/// Up to the fault, and, if it was a cut, on from there to the end of the story.
fn run<F: TestFlash>(
    story: &Story,
    images: &[Image],
    mut chip: Chip<F>,
    fault: FlashFault,
) -> Result<(), Halt> {
    chip.flash.nor_mut().set_fault(fault);
    let mut memory = Memory::new(story);
    match story.live(&mut chip, images, &mut memory) {
        Err(Halt::PowerLost) => {}
        end => return end,
    }
    chip.flash.nor_mut().set_fault(FlashFault::None);
    chip.power_on(fault.seed());
    // Whether the commit had been answered is not known after a cut.
    memory.committed = None;
    story.live(&mut chip, images, &mut memory)
}
