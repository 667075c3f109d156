//! Interrupts a story at every flash operation, on all cores.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::certify::chip::{Chip, Halt};
use skylift_simulator::certify::flash::BenchFlash;
use skylift_simulator::certify::image::Image;
use skylift_simulator::certify::recording::{Recording, Replay};
use skylift_simulator::certify::trials::{Watch, on_all_cores};
use skylift_simulator::faults::{FlashFault, Moment};
use skylift_simulator::nor::Nor;

use super::story::{Memory, Story};

/// What an interrupted run showed.
pub struct Report {
    /// Points tried.
    pub points: usize,
    /// Updates after an interruption that went on where the one before it had come to.
    pub resumed: usize,
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
fn every_fault(lived: &Recording, seeds: Seeds, journal: bool) -> Vec<FlashFault> {
    let faults = lived.numbers().flat_map(|operation| {
        let ours = !lived.is_bootloaders(operation);
        faults_at(operation, if lived.is_bulk(operation) { seeds.bulk } else { seeds.switch })
            .filter(move |fault| ours || !out_of_our_hands(fault, journal))
    });
    faults.collect()
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

/// Tries the story with every fault; `wrap` makes the flash under test from the model.
pub fn interrupt<F: BenchFlash>(
    story: &Story,
    images: &Arc<[Image]>,
    setup: (Bootloader, bool),
    seeds: Seeds,
    wrap: impl Fn(Nor) -> F + Sync,
) -> Report {
    let start = story.begin(images, setup);
    let whole = |chip: &mut Chip<F>| story.life.live(chip, &mut Memory::new(&story.life));
    let lived = match Recording::of(&mut wrapped(&start, &wrap), whole) {
        Ok(lived) => lived,
        Err(halt) => {
            return Report {
                points: 0,
                resumed: 0,
                failures: vec![format!("{}: uninterrupted: {halt:?}", story.name)],
            };
        }
    };
    let faults = every_fault(&lived, seeds, story.journal);
    let resumed = AtomicUsize::new(0);
    let watch = Watch { progress: &|_| {}, cancel: &AtomicBool::new(false) };
    let failures = on_all_cores(
        &faults,
        watch,
        || lived.replay(),
        |replay, &fault| {
            let run = match fault {
                FlashFault::PowerCut { .. } => live_after(story, replay, fault, &wrap).map(|more| {
                    resumed.fetch_add(more, Ordering::Relaxed);
                }),
                _ => live_with(story, wrapped(&start, &wrap), fault),
            };
            run.map_err(|halt| format!("{} on {setup:?}: {fault}: {halt:?}", story.name))
        },
    );
    let failures = failures.into_iter().map(|(_, failure)| failure).collect();
    Report { points: faults.len(), resumed: resumed.into_inner(), failures }
}

fn wrapped<F: BenchFlash>(chip: &Chip<Nor>, wrap: &impl Fn(Nor) -> F) -> Chip<F> {
    chip.with_flash(wrap(chip.flash.clone()))
}

/// On from a cut to the end of the story; the updates that were resumed.
fn live_after<F: BenchFlash>(
    story: &Story,
    replay: &mut Replay<'_>,
    fault: FlashFault,
    wrap: &impl Fn(Nor) -> F,
) -> Result<usize, Halt> {
    let (mut chip, mut memory) = replay.cut(fault).expect("the fault is one of this life");
    assert!(chip.flash.lost_power());
    chip.power_on(fault.seed());
    let mut chip = chip.map_flash(wrap);
    story.life.live(&mut chip, &mut memory)?;
    Ok(chip.log.resumed)
}

/// The whole story with a failure that nobody is told of.
fn live_with<F: BenchFlash>(story: &Story, mut chip: Chip<F>, fault: FlashFault) -> Result<(), Halt> {
    chip.flash.nor_mut().set_fault(fault);
    story.life.live(&mut chip, &mut Memory::new(&story.life))
}
