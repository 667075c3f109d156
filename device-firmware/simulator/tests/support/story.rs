//! Stories: what a device lives through, told so that it can be interrupted anywhere and must still end well.

use sha2::{Digest as _, Sha256};
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::demo_image::DemoImage;
use skylift_simulator::layout::{capacity_for, factory_flash, table_with};
use skylift_simulator::nor::Nor;
use skylift_updater::guard::{Boot, Reset};
use skylift_updater::image::ImageScan;
use skylift_updater::outcome::{Cause, End};
use skylift_updater::rtc::RTC_LEN;

use super::chip::{Chip, Halt, Image, Started, TestFlash};

/// Boots after which a story that has not ended never will.
const MAX_BOOTS: usize = 40;
/// Bytes of a slot.
const SLOT: u32 = 192 << 10;

/// How an image behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Conduct {
    /// Validates, and works.
    Healthy,
    /// Panics before it validates.
    Panics,
    /// Stands still before it validates: the watchdog bites.
    Hangs,
    /// Somebody presses the reset button before it validates, every time.
    Restless,
    /// Validates, then panics after each start.
    PanicsLater,
}

/// What is done with a device that runs a kept image.
pub enum Act {
    /// An update to image number n.
    Offer(usize),
    /// The same, but the link breaks for good after so many bytes.
    OfferPart(usize, usize),
    /// Back to the other slot.
    Return,
    /// Nothing: the story has ended.
    Rest,
}

/// What the decision is made from: what a host can know.
pub struct View {
    pub running: usize,
    pub end: Option<End>,
    /// Updates that were begun and the returns that were asked for since the story began.
    pub offers: usize,
    pub returned: bool,
}

#[derive(Clone)]
pub struct Story {
    pub name: &'static str,
    /// Image number, and how it behaves.
    pub conducts: &'static [Conduct],
    /// How the flash comes to what the story begins with.
    pub before: fn(&mut Chip<Nor>, &[Image]),
    pub decide: fn(&View) -> Act,
    /// Images that may run without probation from the beginning.
    pub kept: &'static [usize],
    /// The reset that the story begins with.
    pub reset: Reset,
    /// The partition table has a journal; foreign ones have none.
    pub journal: bool,
}

/// Bootloader, and what provisioning recorded of it.
pub const SETUPS: [(Bootloader, bool); 4] = [
    (Bootloader::Stock, false),
    (Bootloader::Rollback, true),
    // Recorded wrongly, or not at all: the image is still watched.
    (Bootloader::Stock, true),
    (Bootloader::Rollback, false),
];

/// Three images of about `size` bytes.
pub fn images(size: u32) -> Vec<Image> {
    (0..3)
        .map(|number| {
            let image = DemoImage {
                version: format!("1.{number}.0"),
                size: size - 1000 * number as u32,
                seed: number as u64,
                ..DemoImage::default()
            };
            image_of(image.build().unwrap())
        })
        .collect()
}

pub fn image_of(bytes: Vec<u8>) -> Image {
    let mut scan = ImageScan::new();
    scan.push(&bytes).unwrap();
    let info = scan.finish().unwrap();
    Image {
        file_sha256: Sha256::digest(&bytes).into(),
        image_sha256: info.image_sha256,
        elf_sha256: info.descriptor().elf_sha256,
        bytes,
    }
}

impl Story {
    /// The device as the story begins.
    pub fn begin(&self, images: &[Image], (bootloader, recorded_rollback): (Bootloader, bool)) -> Chip<Nor> {
        let mut table = table_with(2, SLOT);
        table.retain(|partition| self.journal || partition.label != "skylift_journal");
        let flash = factory_flash(capacity_for(&table), &table, &images[0].bytes).unwrap();
        let mut chip = Chip {
            flash,
            rtc: [0; RTC_LEN],
            bootloader,
            recorded_rollback,
            reset: Reset::PowerOn,
            bootloader_operations: vec![],
            bulk_operations: vec![],
        };
        (self.before)(&mut chip, images);
        chip.reset = self.reset;
        chip
    }

    /// Lives on until the story has ended.
    pub fn live<F: TestFlash>(
        &self,
        chip: &mut Chip<F>,
        images: &[Image],
        memory: &mut Memory,
    ) -> Result<(), Halt> {
        for _ in 0..MAX_BOOTS {
            let started = chip.start()?;
            let running = chip.identify(&started, images)?;
            memory.check(running, started.boot)?;
            if self.one_boot(chip, images, &started, running, memory)? {
                return Ok(());
            }
        }
        Err(Halt::Broken("the story does not end".into()))
    }

    /// One boot, up to its reset; `true` if the story has ended.
    fn one_boot<F: TestFlash>(
        &self,
        chip: &mut Chip<F>,
        images: &[Image],
        started: &Started,
        running: usize,
        memory: &mut Memory,
    ) -> Result<bool, Halt> {
        chip.reset = Reset::Software;
        match started.boot {
            Boot::Reset => return Ok(false),
            Boot::SafeMode => return Err(Halt::Broken("safe mode, with a good image at hand".into())),
            Boot::Probation(_) => match self.conducts[running] {
                Conduct::Healthy | Conduct::PanicsLater => {
                    memory.kept.push(running);
                    chip.validate(started)?;
                }
                Conduct::Panics => {
                    chip.panic(&images[running]);
                    return Ok(false);
                }
                Conduct::Hangs => {
                    chip.reset = Reset::Watchdog;
                    return Ok(false);
                }
                Conduct::Restless => {
                    chip.reset = Reset::External;
                    return Ok(false);
                }
            },
            Boot::Settled => {}
        }
        if self.conducts[running] == Conduct::PanicsLater {
            chip.panic(&images[running]);
            return Ok(false);
        }
        let end = chip.last_end(started)?;
        let act = (self.decide)(&View { running, end, offers: memory.offers, returned: memory.returned });
        let done = match act {
            Act::Rest => return Ok(true),
            Act::Offer(image) => {
                memory.offers += 1;
                let done = chip.update(started, &images[image], None);
                memory.committed = done.is_ok().then_some(image);
                done
            }
            Act::OfferPart(image, stop) => {
                memory.offers += 1;
                chip.update(started, &images[image], Some(stop))
            }
            Act::Return => {
                let done = chip.return_by_hand(started);
                memory.returned |= done.is_ok();
                done
            }
        };
        match done {
            // The host offers again, or asks again.
            Ok(()) | Err(Halt::Refused(_)) => Ok(false),
            Err(halt) => Err(halt),
        }
    }
}

/// What the observer remembers of a device, to catch it lying.
#[derive(Clone)]
pub struct Memory {
    /// Images that may run without probation: those of the beginning, and those whose validation has begun.
    pub kept: Vec<usize>,
    /// The image that a commit without an error has just promised to boot.
    pub committed: Option<usize>,
    pub offers: usize,
    pub returned: bool,
}

impl Memory {
    pub fn new(story: &Story) -> Self {
        Self { kept: story.kept.to_vec(), committed: None, offers: 0, returned: false }
    }

    fn check(&mut self, running: usize, boot: Boot) -> Result<(), Halt> {
        if let Some(promised) = self.committed.take()
            && promised != running
        {
            return Err(Halt::Broken(format!("image {promised} was committed, image {running} boots")));
        }
        if boot == Boot::Settled && !self.kept.contains(&running) {
            return Err(Halt::Broken(format!("image {running} runs with nobody watching")));
        }
        Ok(())
    }
}

/// Image 1 is wanted; it is offered until it runs.
fn want_1(view: &View) -> Act {
    if view.running == 1 { Act::Rest } else { Act::Offer(1) }
}

/// Image 1 is bad: it is offered until the device tells that it came back from it. Then image 2 is.
fn want_1_then_2(view: &View) -> Act {
    match (view.running, view.end) {
        (2, _) => Act::Rest,
        (_, Some(End::RolledBack(_))) => Act::Offer(2),
        _ => Act::Offer(1),
    }
}

/// From image 1 back to image 0, then to image 2.
fn return_then_2(view: &View) -> Act {
    match (view.running, view.end) {
        (2, _) => Act::Rest,
        (1, _) if !view.returned => Act::Return,
        // A cut may have come after the switch and before it was answered.
        _ => Act::Offer(2),
    }
}

/// The link breaks once at 150 KiB, then image 1 is offered until it runs.
fn resume_1(view: &View) -> Act {
    match (view.running, view.offers) {
        (1, _) => Act::Rest,
        (_, 0) => Act::OfferPart(1, 150 << 10),
        _ => Act::Offer(1),
    }
}

/// Image 1 crashes in a loop until image 0 runs again; then image 2 is offered.
fn after_the_loop(view: &View) -> Act {
    match view.running {
        2 => Act::Rest,
        _ => Act::Offer(2),
    }
}

fn nothing(_: &mut Chip<Nor>, _: &[Image]) {}

/// Image 1 runs from slot 1, validated; image 0 is in slot 0.
fn updated_once(chip: &mut Chip<Nor>, images: &[Image]) {
    let first = chip.start().unwrap();
    chip.update(&first, &images[1], None).unwrap();
    chip.reset = Reset::Software;
    let second = chip.start().unwrap();
    assert!(matches!(second.boot, Boot::Probation(_)));
    chip.validate(&second).unwrap();
}

/// As [`updated_once`], then slot 1 rots: the bootloader falls back and otadata goes on naming slot 1.
fn fallen_back(chip: &mut Chip<Nor>, images: &[Image]) {
    updated_once(chip, images);
    let started = chip.start().unwrap();
    let slot = started.layout.slot(started.running).unwrap();
    chip.flash.overwrite(slot.offset + 5000, &[0; 64]).unwrap();
}

/// As [`updated_once`], with the label of image 1's entry as ESP-IDF might have carried it over.
fn stale_label(chip: &mut Chip<Nor>, images: &[Image]) {
    updated_once(chip, images);
    let started = chip.start().unwrap();
    // The tally of the active entry, all spent, beside a copy of another sequence.
    let entry = started.layout.otadata.offset + 0x1000;
    chip.flash.overwrite(entry + 4, &[9, 0, 0, 0, 0xF8, 0xFF, 0xFF, 0xFF]).unwrap();
}

/// As [`updated_once`], and image 1 has crashed four times in a row since power was applied.
fn four_crashes(chip: &mut Chip<Nor>, images: &[Image]) {
    updated_once(chip, images);
    for _ in 0..4 {
        chip.panic(&images[1]);
        assert_eq!(chip.start().unwrap().boot, Boot::Settled);
    }
    chip.panic(&images[1]);
}

pub fn stories() -> Vec<Story> {
    use Conduct::{Hangs, Healthy, Panics, PanicsLater, Restless};
    let power_on = Reset::PowerOn;
    let story = |name, conducts, before, decide, kept, reset| Story {
        name,
        conducts,
        before,
        decide,
        kept,
        reset,
        journal: true,
    };
    let mut stories = vec![
        story("update from slot 0", &[Healthy, Healthy], nothing, want_1, &[0], power_on),
        story(
            "update from slot 1",
            &[Healthy, Healthy, Healthy],
            updated_once,
            |view| if view.running == 2 { Act::Rest } else { Act::Offer(2) },
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
            |view| if view.running == 2 { Act::Rest } else { Act::Offer(2) },
            &[0],
            power_on,
        ),
        story(
            "update over a stale label",
            &[Healthy, Healthy, Healthy],
            stale_label,
            |view| if view.running == 2 { Act::Rest } else { Act::Offer(2) },
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
