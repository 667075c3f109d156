//! Nobody returns to a slot that is being erased ahead, wherever power fails: not by hand, not by the crash loop.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use skylift_protocol::Encoding;
use skylift_simulator::certify::chip::{Chip, Halt, Started};
use skylift_simulator::certify::recording::Recording;
use skylift_simulator::faults::{FlashFault, Moment};
use skylift_simulator::nor::Nor;
use skylift_updater::guard::{Boot, CRASH_LOOP, Reset};
use skylift_updater::prepare::Preparation;
use skylift_updater::switch::update_slot;

use support::story::{Memory, SETUPS, images, stories};

/// Bytes of an image; a block is erased for it.
const SIZE: u32 = 20 << 10;
/// Cuts inside an operation. One of four leaves a block that reads as before.
const SEEDS: u64 = 40;

/// Erases the other slot ahead; from the first erase on, operations are bulk.
fn prepare(chip: &mut Chip<Nor>) -> Result<(), Halt> {
    let started = chip.start()?;
    let (layout, running) = (&started.layout, Some(started.running));
    let slot = update_slot(layout, running);
    let mut preparation = Preparation::begin(&mut chip.flash, layout, running, slot, SIZE).unwrap();
    let from = chip.flash.operations();
    while !preparation.is_done() {
        preparation.step(&mut chip.flash).unwrap();
    }
    chip.log.bulk.push(from..chip.flash.operations());
    Ok(())
}

fn cuts_at(operation: u64) -> impl Iterator<Item = FlashFault> {
    let cut = move |moment, seed| FlashFault::PowerCut { operation, moment, seed };
    let inside = (0..SEEDS).map(move |seed| cut(Moment::Inside, operation * 1000 + seed));
    [cut(Moment::Before, operation), cut(Moment::After, operation)].into_iter().chain(inside)
}

/// Five crashes in a row; what the guard said of the last.
fn crash_loop(mut chip: Chip<Nor>) -> Boot {
    for _ in 1..CRASH_LOOP {
        chip.panic(1);
        assert_eq!(chip.start().unwrap().boot, Boot::Settled);
    }
    chip.panic(1);
    chip.start().unwrap().boot
}

/// The chip as it would be if the journal had no mark for it.
fn unmarked(mut chip: Chip<Nor>, started: &Started) -> Chip<Nor> {
    // `SPEC.md`, "Journal": the seventh mark.
    let mark = started.layout.journal.unwrap().offset + 0x218;
    chip.flash.overwrite(mark, &[0xFF; 4]).unwrap();
    chip
}

/// An update takes the slot, and then there is something to go back to again.
fn update_and_return(mut chip: Chip<Nor>) {
    let started = chip.start().unwrap();
    chip.update(&started, 2, Encoding::Raw, None).unwrap();
    chip.reset = Reset::Software;
    let updated = chip.start().unwrap();
    assert_eq!(updated.image, 2);
    chip.validate(&updated).unwrap();
    chip.return_by_hand(&updated).unwrap();
    assert_eq!(chip.start().unwrap().image, 1);
}

#[test]
fn nobody_returns_to_a_slot_that_is_being_erased() {
    let images = images(SIZE);
    // Image 1 runs, and came from the slot of image 0.
    let story = stories().into_iter().find(|story| story.name == "return by hand").unwrap();
    for setup in SETUPS {
        let remembered = Memory::new(&story.life);
        let lived = Recording::of(&mut story.begin(&images, setup), |chip| {
            chip.remember(&remembered);
            prepare(chip)
        })
        .unwrap();
        let mut replay = lived.replay();
        let (mut returned, mut saved) = (0, 0);
        for fault in lived.numbers().flat_map(cuts_at) {
            let (mut chip, _) = replay.cut(fault).unwrap();
            chip.power_on(fault.seed());
            let started = chip.start().unwrap();
            assert_eq!((started.image, started.boot), (1, Boot::Settled), "{setup:?}: {fault}");
            let mut back = chip.clone();
            if lived.is_bulk(fault.operation().unwrap()) {
                assert!(matches!(back.return_by_hand(&started), Err(Halt::Refused(_))), "{setup:?}: {fault}");
                saved += u32::from(unmarked(chip.clone(), &started).return_by_hand(&started).is_ok());
                assert_eq!(crash_loop(chip.clone()), Boot::SafeMode, "{setup:?}: {fault}");
                update_and_return(chip);
            } else if back.return_by_hand(&started).is_ok() {
                // Nothing is erased yet: the image is whole.
                assert_eq!(back.start().unwrap().image, 0, "{setup:?}: {fault}");
                returned += 1;
            }
        }
        assert!(saved > 0, "a block can read as before when its erase was cut");
        assert!(returned > 0, "a slot of which nothing is erased can be returned to");
    }
}
