//! A chip without a network: bootloader, guard and updater on one flash, driven as the node drives them.

use skylift_protocol::Chip as ChipName;
use skylift_simulator::bootloader::{self, AppPlace, BootResult, Bootloader};
use skylift_simulator::nor::Nor;
use skylift_updater::Flash;
use skylift_updater::guard::{Boot, Reset, guard};
use skylift_updater::image::verify_slot;
use skylift_updater::journal::{Attempt, Journal, Subject};
use skylift_updater::otadata::{Fresh, OtaData};
use skylift_updater::outcome::{End, Evidence};
use skylift_updater::partition::Layout;
use skylift_updater::rtc::{CrashRecord, RTC_LEN, Rtc};
use skylift_updater::switch::{self, update_slot};
use skylift_updater::writer::Writer;

/// A flash under test: the NOR model itself, or a mutant around it.
pub trait TestFlash: Flash + Clone + Send {
    fn nor(&self) -> &Nor;
    fn nor_mut(&mut self) -> &mut Nor;
    /// Everything in RAM is gone.
    fn forget(&mut self) {}
}

impl TestFlash for Nor {
    fn nor(&self) -> &Nor {
        self
    }

    fn nor_mut(&mut self) -> &mut Nor {
        self
    }
}

/// An image with all its digests.
#[derive(Clone)]
pub struct Image {
    pub bytes: Vec<u8>,
    pub file_sha256: [u8; 32],
    pub image_sha256: [u8; 32],
    pub elf_sha256: [u8; 32],
}

/// Why something did not go on.
#[derive(Debug, PartialEq, Eq)]
pub enum Halt {
    /// The power cut that was planned.
    PowerLost,
    /// The updater said no; the old image runs on.
    Refused(String),
    /// What must never be.
    Broken(String),
}

#[derive(Clone)]
pub struct Chip<F> {
    pub flash: F,
    pub rtc: [u8; RTC_LEN],
    pub bootloader: Bootloader,
    /// What provisioning recorded; may be wrong.
    pub recorded_rollback: bool,
    pub reset: Reset,
    /// Operations that the bootloader did, as ranges.
    pub bootloader_operations: Vec<std::ops::Range<u64>>,
    /// Operations that wrote an image into a slot, as ranges; all others are the switch's.
    pub bulk_operations: Vec<std::ops::Range<u64>>,
}

/// A boot whose guard has run.
pub struct Started {
    pub layout: Layout,
    pub running: u8,
    pub boot: Boot,
}

impl<F: TestFlash> Chip<F> {
    fn halt(&self, error: impl std::fmt::Display) -> Halt {
        if self.flash.nor().lost_power() { Halt::PowerLost } else { Halt::Refused(error.to_string()) }
    }

    /// Bootloader, then guard.
    pub fn start(&mut self) -> Result<Started, Halt> {
        let before = self.flash.nor().operations();
        let booted = bootloader::boot(self.flash.nor_mut(), self.bootloader, ChipName::Esp32C3);
        self.bootloader_operations.push(before..self.flash.nor().operations());
        let booted = booted.map_err(|error| self.halt(error))?;
        let BootResult::Booted { place: AppPlace::Slot(slot), offset, .. } = booted else {
            return Err(Halt::Broken(format!("no slot boots: {booted:?}")));
        };
        let layout = Layout::read(&mut self.flash).map_err(|error| self.halt(error))?;
        assert_eq!(layout.slot_at(offset), Some(slot));
        let region = layout.slot(slot).unwrap();
        let elf = verify_slot(&mut self.flash, region).map(|info| info.descriptor().elf_sha256);
        let elf = elf.map_err(|error| match self.halt(error) {
            Halt::Refused(error) => Halt::Broken(format!("slot {slot} boots, and {error}")),
            halt => halt,
        })?;
        let mut rtc = Rtc::new(&mut self.rtc);
        let boot = guard(&mut self.flash, &layout, Some(slot), &elf, self.reset, &mut rtc);
        if self.flash.nor().lost_power() {
            return Err(Halt::PowerLost);
        }
        Ok(Started { layout, running: slot, boot })
    }

    /// The image in the running slot.
    pub fn identify(&mut self, started: &Started, images: &[Image]) -> Result<usize, Halt> {
        let region = started.layout.slot(started.running).unwrap();
        let nor = self.flash.nor().bytes();
        let held = &nor[region.offset as usize..];
        let found = images.iter().position(|image| held.starts_with(&image.bytes));
        found.ok_or_else(|| Halt::Broken(format!("slot {} runs something else", started.running)))
    }

    /// A whole update, as the node does it, up to `stop` bytes of it.
    pub fn update(&mut self, started: &Started, image: &Image, stop: Option<usize>) -> Result<(), Halt> {
        self.try_update(started, image, stop).map_err(|error| self.halt(error))
    }

    fn try_update(
        &mut self,
        started: &Started,
        image: &Image,
        stop: Option<usize>,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let (flash, layout) = (&mut self.flash, &started.layout);
        let running = Some(started.running);
        let subject = Subject {
            file_sha256: image.file_sha256,
            image_sha256: image.image_sha256,
            size: image.bytes.len() as u32,
            slot: update_slot(layout, running),
        };
        let mut writer = Writer::new(flash, layout, running, subject)?;
        while !writer.recheck(flash)? {}
        let attempt = Attempt { order_id: *b"0123456789abcdef0123456789abcdef0123", manual: false };
        let before = flash.nor().operations();
        self.bulk_operations.push(before..before);
        // What one TCP segment brings.
        for piece in image.bytes[writer.position() as usize..].chunks(1460) {
            let mut rest = piece;
            if let Some(bulk) = self.bulk_operations.last_mut() {
                bulk.end = flash.nor().operations();
            }
            while !rest.is_empty() {
                let taken = writer.push(flash, rest)?;
                rest = &rest[taken..];
                if writer.head().is_some() && !writer.has_begun() {
                    writer.begin(flash, layout, running, &attempt)?;
                }
            }
            if stop.is_some_and(|stop| writer.position() as usize >= stop) {
                return Ok(());
            }
        }
        if !writer.has_begun() {
            writer.begin(flash, layout, running, &attempt)?;
        }
        let mut check = writer.finish(flash)?;
        while !check.step(flash)? {}
        let fresh = if self.recorded_rollback { Fresh::New } else { Fresh::Guarded };
        Ok(switch::commit(flash, layout, running, subject.slot, fresh)?)
    }

    pub fn validate(&mut self, started: &Started) -> Result<(), Halt> {
        switch::validate(&mut self.flash, &started.layout, started.running).map_err(|error| self.halt(error))
    }

    pub fn return_by_hand(&mut self, started: &Started) -> Result<(), Halt> {
        let why = skylift_updater::journal::Mark::Returned;
        switch::return_to_other(&mut self.flash, &started.layout, started.running, why)
            .map_err(|error| self.halt(error))
    }

    /// A panic of the running image: its handler leaves the record and resets.
    pub fn panic(&mut self, image: &Image) {
        let mut message = heapless::String::new();
        message.push_str("index out of bounds").unwrap();
        Rtc::new(&mut self.rtc).set_crash(&CrashRecord {
            elf_sha256: image.elf_sha256,
            message,
            ..CrashRecord::default()
        });
        self.reset = Reset::Software;
    }

    /// What the device would tell of the last update.
    pub fn last_end(&mut self, started: &Started) -> Result<Option<End>, Halt> {
        let layout = &started.layout;
        let ota = OtaData::read(&mut self.flash, layout).map_err(|error| self.halt(error))?;
        let journal = layout.journal.map(|region| Journal::read(&mut self.flash, region));
        let journal = journal.transpose().map_err(|error| self.halt(error))?.flatten();
        let slots = layout.slots.clone();
        let images: Vec<_> = slots.iter().map(|&slot| verify_slot(&mut self.flash, slot).ok()).collect();
        let crash = Rtc::new(&mut self.rtc).crash();
        let evidence = Evidence {
            layout,
            ota: &ota,
            running: Some(started.running),
            images: &images,
            journal: journal.as_ref(),
            crash: crash.as_ref(),
            reset: self.reset,
        };
        Ok(evidence.last_end())
    }

    /// Power comes back: RAM and RTC memory hold noise.
    pub fn power_on(&mut self, seed: u64) {
        self.flash.nor_mut().power_on();
        self.flash.forget();
        let mut rng = fastrand::Rng::with_seed(seed);
        self.rtc.fill_with(|| rng.u8(..));
        self.reset = Reset::PowerOn;
    }
}
