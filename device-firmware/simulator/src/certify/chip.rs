//! A chip without a network: bootloader, guard and updater on one flash, driven as the node drives them.

mod transfer;
mod update;

use std::ops::Range;
use std::sync::Arc;

use skylift_protocol::{Chip as ChipName, Encoding};
use skylift_updater::guard::{Boot, Reset, Watcher, guard};
use skylift_updater::image::{ImageInfo, verify_slot};
use skylift_updater::journal::{Journal, Mark};
use skylift_updater::otadata::{OtaData, State};
use skylift_updater::outcome::{End, Evidence};
use skylift_updater::partition::Layout;
use skylift_updater::rtc::{CrashRecord, RTC_LEN, Rtc};
use skylift_updater::switch;
use skylift_updater::{Region, SECTOR};

use super::flash::BenchFlash;
use super::image::Image;
use super::life::Memory;
use crate::bootloader::{self, AppPlace, BootResult, Bootloader};

/// Why something did not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// The power cut that was planned.
    PowerLost,
    /// The updater said no; the old image runs on.
    Refused(String),
    /// What must never be.
    Broken(String),
}

/// A chip with its flash.
#[derive(Clone)]
pub struct Chip<F> {
    /// Its flash.
    pub flash: F,
    /// What survives a reset, but not a power cut.
    pub rtc: [u8; RTC_LEN],
    /// What boots it.
    pub bootloader: Bootloader,
    /// Which chip it is.
    pub name: ChipName,
    /// What provisioning recorded; may be wrong.
    pub recorded_rollback: bool,
    /// Why it started last.
    pub reset: Reset,
    /// Every image that may be in a slot.
    pub images: Arc<[Image]>,
    /// How far an update had come when it broke off, until the next one begins.
    pub sent: Option<Sent>,
    /// What it has been through.
    pub log: Log,
}

/// How far an update has come over the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Number of the image.
    pub image: usize,
    /// How it was sent.
    pub encoding: Encoding,
    /// Bytes that the device had taken of what is sent.
    pub bytes: u32,
}

/// What was done when, in numbers of flash operations.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// What the bootloader did.
    pub bootloader: Vec<Range<u64>>,
    /// What wrote an image into a slot; all else is the switch's.
    pub bulk: Vec<Range<u64>>,
    /// What an observer remembered, from which operation on.
    pub memories: Vec<(u64, Memory)>,
    /// How far an update was, from which operation on; nothing once it was whole.
    pub sent: Vec<(u64, Option<Sent>)>,
    /// Updates that went on where an earlier one had broken off.
    pub resumed: usize,
}

/// A boot whose guard has run.
pub struct Started {
    /// The partition table.
    pub layout: Layout,
    /// The slot that runs.
    pub running: u8,
    /// The number of the image in it.
    pub image: usize,
    /// What the guard said.
    pub boot: Boot,
}

impl<F: BenchFlash> Chip<F> {
    /// A chip that power is applied to, with nothing in its RTC memory.
    pub fn new(flash: F, images: Arc<[Image]>, bootloader: Bootloader, recorded_rollback: bool) -> Self {
        let chip_id = images.first().map(|image| image.info.head.chip_id);
        Self {
            flash,
            rtc: [0; RTC_LEN],
            bootloader,
            name: chip_id.map_or(ChipName::Unknown, ChipName::from_image_id),
            recorded_rollback,
            reset: Reset::PowerOn,
            images,
            sent: None,
            log: Log::default(),
        }
    }

    /// The same chip with something around its flash, and nothing logged.
    pub fn map_flash<G>(self, wrap: impl FnOnce(F) -> G) -> Chip<G> {
        Chip {
            flash: wrap(self.flash),
            rtc: self.rtc,
            bootloader: self.bootloader,
            name: self.name,
            recorded_rollback: self.recorded_rollback,
            reset: self.reset,
            images: self.images,
            sent: self.sent,
            log: Log::default(),
        }
    }

    /// The same chip with another flash, and nothing logged.
    pub fn with_flash<G>(&self, flash: G) -> Chip<G> {
        Chip {
            flash,
            rtc: self.rtc,
            bootloader: self.bootloader,
            name: self.name,
            recorded_rollback: self.recorded_rollback,
            reset: self.reset,
            images: Arc::clone(&self.images),
            sent: self.sent,
            log: Log::default(),
        }
    }

    fn halt(&self, error: impl std::fmt::Display) -> Halt {
        if self.flash.nor().lost_power() { Halt::PowerLost } else { Halt::Refused(error.to_string()) }
    }

    /// Bootloader, then guard.
    ///
    /// # Errors
    /// Power fails, or what boots is not one of the images.
    pub fn start(&mut self) -> Result<Started, Halt> {
        let before = self.flash.nor().operations();
        let booted = bootloader::boot(self.flash.nor_mut(), self.bootloader, self.name);
        self.log.bootloader.push(before..self.flash.nor().operations());
        let booted = booted.map_err(|error| self.halt(error))?;
        let BootResult::Booted { place: AppPlace::Slot(slot), offset, .. } = booted else {
            return Err(Halt::Broken(format!("no slot boots: {booted:?}")));
        };
        let layout = Layout::read(&mut self.flash).map_err(|error| self.halt(error))?;
        let region = layout.slot(slot).filter(|_| layout.slot_at(offset) == Some(slot));
        let region = region.ok_or_else(|| Halt::Broken(format!("the updater knows no slot {slot}")))?;
        let image = self.identify(slot, region)?;
        let boot = self.guard(&layout, slot, image);
        if self.flash.nor().lost_power() {
            return Err(Halt::PowerLost);
        }
        Ok(Started { layout, running: slot, image, boot: boot? })
    }

    /// The image in the running slot, byte by byte: being one of ours, it has been verified.
    fn identify(&mut self, slot: u8, region: Region) -> Result<usize, Halt> {
        if let Some(image) = self.held(region) {
            return Ok(image);
        }
        Err(match verify_slot(&mut self.flash, region).map_err(|error| self.halt(error)) {
            Ok(_) => Halt::Broken(format!("slot {slot} runs something else")),
            Err(Halt::Refused(error)) => Halt::Broken(format!("slot {slot} boots, and {error}")),
            Err(halt) => halt,
        })
    }

    /// Which image a slot holds.
    fn held(&self, region: Region) -> Option<usize> {
        let held = self.flash.nor().bytes().get(region.offset as usize..)?;
        self.images.iter().position(|image| held.starts_with(&image.bytes))
    }

    fn guard(&mut self, layout: &Layout, slot: u8, image: usize) -> Result<Boot, Halt> {
        let image = self.images.get(image).ok_or_else(|| Halt::Broken("an unknown image runs".into()))?;
        if image.is_guarded() {
            let mut rtc = Rtc::new(&mut self.rtc);
            return Ok(guard(&mut self.flash, layout, Some(slot), &image.elf_sha256(), self.reset, &mut rtc));
        }
        // Without a guard in it, only the bootloader can watch.
        let ota = OtaData::read(&mut self.flash, layout).map_err(|error| self.halt(error))?;
        let state = ota.mine(layout, slot).map(|mine| ota.entry(mine).state());
        let watched = state == Some(State::PendingVerify);
        Ok(if watched { Boot::Probation(Watcher::Bootloader) } else { Boot::Settled })
    }

    /// Whether the running image lies in sectors whose last erase was cut: they read right today.
    #[must_use]
    pub fn is_weak(&self, started: &Started) -> bool {
        let len = self.images.get(started.image).map_or(0, |image| image.bytes.len() as u32);
        let slot = started.layout.slot(started.running);
        slot.is_some_and(|slot| {
            (slot.offset..slot.offset + len).step_by(SECTOR as usize).any(|at| self.flash.nor().is_weak(at))
        })
    }

    /// Keeps the running image.
    ///
    /// # Errors
    /// Power fails, or the updater refuses.
    pub fn validate(&mut self, started: &Started) -> Result<(), Halt> {
        switch::validate(&mut self.flash, &started.layout, started.running).map_err(|error| self.halt(error))
    }

    /// To the other slot, as a person orders it.
    ///
    /// # Errors
    /// Power fails, or the updater refuses.
    pub fn return_by_hand(&mut self, started: &Started) -> Result<(), Halt> {
        switch::return_to_other(&mut self.flash, &started.layout, started.running, 0, Mark::Returned)
            .map_err(|error| self.halt(error))
    }

    /// A panic of an image: its handler leaves the record and resets.
    pub fn panic(&mut self, image: usize) {
        let mut message = heapless::String::new();
        // It fits.
        let _ = message.push_str("index out of bounds");
        if let Some(image) = self.images.get(image).filter(|image| image.is_guarded()) {
            let record = CrashRecord { elf_sha256: image.elf_sha256(), message, ..CrashRecord::default() };
            Rtc::new(&mut self.rtc).set_crash(&record);
        }
        self.reset = Reset::Software;
    }

    /// What the device would tell of the last update.
    ///
    /// # Errors
    /// Power fails.
    pub fn last_end(&mut self, started: &Started) -> Result<Option<End>, Halt> {
        let layout = &started.layout;
        let ota = OtaData::read(&mut self.flash, layout).map_err(|error| self.halt(error))?;
        let journal = layout.journal.map(|region| Journal::read(&mut self.flash, region));
        let journal = journal.transpose().map_err(|error| self.halt(error))?.flatten();
        let images: Vec<_> = layout.slots.iter().map(|&slot| self.look(slot)).collect();
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

    /// The image in a slot; one of ours need not be hashed again.
    fn look(&mut self, slot: Region) -> Option<ImageInfo> {
        match self.held(slot).and_then(|image| self.images.get(image)) {
            Some(image) => Some(image.info.clone()),
            None => verify_slot(&mut self.flash, slot).ok(),
        }
    }

    /// Power comes back: RAM and RTC memory hold noise.
    pub fn power_on(&mut self, seed: u64) {
        self.flash.nor_mut().power_on();
        self.flash.forget();
        let mut rng = fastrand::Rng::with_seed(seed);
        self.rtc.fill_with(|| rng.u8(..));
        self.reset = Reset::PowerOn;
    }

    /// Logs what an observer remembers, for a fork at a later operation.
    pub fn remember(&mut self, memory: &Memory) {
        self.log.memories.push((self.flash.nor().operations(), memory.clone()));
    }
}
