//! Stories: how a device comes to where a life begins, and what that life is.

use std::sync::Arc;

use skylift_protocol::Encoding::Raw;
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::certify::chip::Chip;
use skylift_simulator::certify::image::Image;
pub use skylift_simulator::certify::life::{Act, Conduct, Life, Memory, View};
use skylift_simulator::demo_image::DemoImage;
use skylift_simulator::layout::{capacity_for, factory_flash, table_with};
use skylift_simulator::nor::Nor;
use skylift_updater::BLOCK;
use skylift_updater::guard::{Boot, Reset};
use skylift_updater::outcome::{Cause, End};

/// Bytes of a slot, if the images are no larger.
const SLOT: u32 = 192 << 10;

#[derive(Clone)]
pub struct Story {
    pub name: &'static str,
    pub life: Life,
    /// How the flash comes to what the story begins with.
    pub before: fn(&mut Chip<Nor>),
    /// The reset that the story begins with.
    pub reset: Reset,
    /// The partition table has a journal; foreign ones have none.
    pub journal: bool,
}

/// Bootloader, and what provisioning recorded of it.
pub type Setup = (Bootloader, bool);

/// Recorded rightly.
pub const MATCHING: [Setup; 2] = [(Bootloader::Stock, false), (Bootloader::Rollback, true)];

/// Every setup.
pub const SETUPS: [Setup; 4] = [
    (Bootloader::Stock, false),
    (Bootloader::Rollback, true),
    // Recorded wrongly, or not at all: the image is still watched.
    (Bootloader::Stock, true),
    (Bootloader::Rollback, false),
];

/// Three images of about `size` bytes.
pub fn images(size: u32) -> Arc<[Image]> {
    (0..3)
        .map(|number| {
            let image = DemoImage {
                version: format!("1.{number}.0"),
                size: size - 1000 * number as u32,
                seed: number as u64,
                ..DemoImage::default()
            };
            Image::new(format!("image {number}"), image.build().unwrap()).unwrap()
        })
        .collect()
}

impl Story {
    /// The device as the story begins.
    pub fn begin(&self, images: &Arc<[Image]>, (bootloader, recorded_rollback): Setup) -> Chip<Nor> {
        let largest = images.iter().map(|image| image.bytes.len() as u32).max().unwrap();
        let mut table = table_with(2, largest.next_multiple_of(BLOCK).max(SLOT));
        table.retain(|partition| self.journal || partition.label != "skylift_journal");
        let flash = factory_flash(capacity_for(&table), &table, &images[0].bytes).unwrap();
        let mut chip = Chip::new(flash, Arc::clone(images), bootloader, recorded_rollback);
        (self.before)(&mut chip);
        chip.reset = self.reset;
        chip
    }
}

/// Image 1 is wanted; it is offered until it runs.
fn want_1(view: &View) -> Act {
    if view.running == 1 { Act::Rest } else { Act::Offer(1, Raw) }
}

/// Image 1 is bad: it is offered until the device tells that it came back from it. Then image 2 is.
fn want_1_then_2(view: &View) -> Act {
    match (view.running, view.end) {
        (2, _) => Act::Rest,
        (_, Some(End::RolledBack(_))) => Act::Offer(2, Raw),
        _ => Act::Offer(1, Raw),
    }
}

/// From image 1 back to image 0, then to image 2.
fn return_then_2(view: &View) -> Act {
    match (view.running, view.end) {
        (2, _) => Act::Rest,
        (1, _) if !view.returned => Act::Return,
        // A cut may have come after the switch and before it was answered.
        _ => Act::Offer(2, Raw),
    }
}

/// The link breaks once at 150 KiB, then image 1 is offered until it runs.
fn resume_1(view: &View) -> Act {
    match (view.running, view.offers) {
        (1, _) => Act::Rest,
        (_, 0) => Act::OfferPart(1, Raw, 150 << 10),
        _ => Act::Offer(1, Raw),
    }
}

/// Image 1 crashes in a loop until image 0 runs again; then image 2 is offered.
fn after_the_loop(view: &View) -> Act {
    match view.running {
        2 => Act::Rest,
        _ => Act::Offer(2, Raw),
    }
}

pub fn nothing(_: &mut Chip<Nor>) {}

/// Image 1 runs from slot 1, validated; image 0 is in slot 0.
pub fn updated_once(chip: &mut Chip<Nor>) {
    let first = chip.start().unwrap();
    chip.update(&first, 1, Raw, None).unwrap();
    chip.reset = Reset::Software;
    let second = chip.start().unwrap();
    assert!(matches!(second.boot, Boot::Probation(_)));
    chip.validate(&second).unwrap();
}

/// As [`updated_once`], then slot 1 rots: the bootloader falls back and otadata goes on naming slot 1.
fn fallen_back(chip: &mut Chip<Nor>) {
    updated_once(chip);
    let started = chip.start().unwrap();
    let slot = started.layout.slot(started.running).unwrap();
    chip.flash.overwrite(slot.offset + 5000, &[0; 64]).unwrap();
}

/// As [`updated_once`], with the label of image 1's entry as ESP-IDF might have carried it over.
fn stale_label(chip: &mut Chip<Nor>) {
    updated_once(chip);
    let started = chip.start().unwrap();
    // The tally of the active entry, all spent, beside a copy of another sequence.
    let entry = started.layout.otadata.offset + 0x1000;
    chip.flash.overwrite(entry + 4, &[9, 0, 0, 0, 0xF8, 0xFF, 0xFF, 0xFF]).unwrap();
}

/// As [`updated_once`], and image 1 has crashed four times in a row since power was applied.
fn four_crashes(chip: &mut Chip<Nor>) {
    updated_once(chip);
    for _ in 0..4 {
        chip.panic(1);
        assert_eq!(chip.start().unwrap().boot, Boot::Settled);
    }
    chip.panic(1);
}

pub fn stories() -> Vec<Story> {
    use Conduct::{Hangs, Healthy, Panics, PanicsLater, Restless};
    let power_on = Reset::PowerOn;
    let story = |name, conducts, before, decide, kept, reset| Story {
        name,
        life: Life { conducts, decide, asks: true, kept },
        before,
        reset,
        journal: true,
    };
    let mut stories = vec![
        story("update from slot 0", &[Healthy, Healthy], nothing, want_1, &[0], power_on),
        story(
            "update from slot 1",
            &[Healthy, Healthy, Healthy],
            updated_once,
            |view| if view.running == 2 { Act::Rest } else { Act::Offer(2, Raw) },
            &[0, 1],
            power_on,
        ),
        story("abort after a panic", &[Healthy, Panics, Healthy], nothing, want_1_then_2, &[0], power_on),
        story("abort after a hang", &[Healthy, Hangs, Healthy], nothing, want_1_then_2, &[0], power_on),
        story("abort after restarts", &[Healthy, Restless, Healthy], nothing, want_1_then_2, &[0], power_on),
        story("return by hand", &[Healthy, Healthy, Healthy], updated_once, return_then_2, &[0, 1], power_on),
        story("resume", &[Healthy, Healthy], nothing, resume_1, &[0], power_on),
        story(
            "crash loop",
            &[Healthy, PanicsLater, Healthy],
            four_crashes,
            after_the_loop,
            &[0, 1],
            Reset::Software,
        ),
        story(
            "update after a fallback",
            &[Healthy, Healthy, Healthy],
            fallen_back,
            |view| if view.running == 2 { Act::Rest } else { Act::Offer(2, Raw) },
            &[0],
            power_on,
        ),
        story(
            "update over a stale label",
            &[Healthy, Healthy, Healthy],
            stale_label,
            |view| if view.running == 2 { Act::Rest } else { Act::Offer(2, Raw) },
            &[0, 1],
            power_on,
        ),
    ];
    for name in ["update from slot 0", "update from slot 1", "abort after a panic", "abort after restarts"] {
        let told = stories.iter().find(|story| story.name == name).cloned();
        stories.extend(told.map(|story| Story { journal: false, ..story }));
    }
    stories
}

/// The reason that an uninterrupted story leaves with the device, if its last update was rolled back.
pub fn rolled_back(end: Option<End>) -> Option<Cause> {
    match end {
        Some(End::RolledBack(cause)) => Some(cause),
        _ => None,
    }
}
