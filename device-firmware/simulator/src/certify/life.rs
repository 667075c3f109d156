//! A device's life, told so that it can be interrupted anywhere and must still end well.

use skylift_protocol::Encoding;
use skylift_updater::guard::{Boot, Reset};
use skylift_updater::outcome::End;

use super::chip::{Chip, Halt, Started};
use super::flash::BenchFlash;

/// Boots after which a life that has not ended never will.
const MAX_BOOTS: usize = 40;

/// How an image behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// Validates, and works.
    Healthy,
    /// Panics before it validates.
    Panics,
    /// The same, until it has been rolled back once; then it is healthy.
    PanicsUntilRolledBack,
    /// Stands still before it validates: the watchdog bites.
    Hangs,
    /// Somebody presses the reset button before it validates, every time.
    Restless,
    /// Validates, then panics after each start.
    PanicsLater,
}

/// What is done with a device that runs a kept image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// An update to image number n, sent in this way.
    Offer(usize, Encoding),
    /// The same, but the link breaks for good after so many of the bytes that are sent.
    OfferPart(usize, Encoding, usize),
    /// Back to the other slot.
    Return,
    /// Nothing: the life has ended.
    Rest,
}

/// What the decision is made from: what a host can know.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Number of the image that runs.
    pub running: usize,
    /// How the last update ended, if it was asked.
    pub end: Option<End>,
    /// Updates that were begun since the life began.
    pub offers: usize,
    /// A return was asked for since the life began.
    pub returned: bool,
}

/// What its images are like, and what its host does.
#[derive(Clone, Copy, Debug)]
pub struct Life {
    /// How each image behaves, by its number.
    pub conducts: &'static [Conduct],
    /// What the host does.
    pub decide: fn(&View) -> Act,
    /// Whether it asks how the last update ended before it decides. The answer costs a look into every slot.
    pub asks: bool,
    /// Images that may run without probation from the beginning.
    pub kept: &'static [usize],
}

impl Life {
    /// What is remembered of another life that this one goes on from.
    #[must_use]
    pub fn goes_on(&self, memory: &Memory) -> Memory {
        let mut memory = memory.clone();
        let more = self.kept.iter().filter(|image| !memory.kept.contains(image)).copied();
        memory.kept = memory.kept.iter().copied().chain(more).collect();
        memory
    }

    /// Lives on until the life has ended.
    ///
    /// # Errors
    /// A planned cut of power, or what must never be.
    pub fn live<F: BenchFlash>(&self, chip: &mut Chip<F>, memory: &mut Memory) -> Result<(), Halt> {
        self.live_until(chip, memory, |_| false)
    }

    /// Lives on until the life has ended, or a reset finds `enough`.
    ///
    /// # Errors
    /// A planned cut of power, or what must never be.
    pub fn live_until<F: BenchFlash>(
        &self,
        chip: &mut Chip<F>,
        memory: &mut Memory,
        enough: fn(&Memory) -> bool,
    ) -> Result<(), Halt> {
        chip.remember(memory);
        for _ in 0..MAX_BOOTS {
            let started = chip.start()?;
            memory.check(chip, &started)?;
            if self.one_boot(chip, &started, memory)? || enough(memory) {
                return Ok(());
            }
        }
        Err(Halt::Broken("the device goes round in circles: the update never succeeds".into()))
    }

    /// One boot, up to its reset; `true` if the life has ended.
    fn one_boot<F: BenchFlash>(
        &self,
        chip: &mut Chip<F>,
        started: &Started,
        memory: &mut Memory,
    ) -> Result<bool, Halt> {
        let running = started.image;
        let conduct = self.conducts.get(running).copied().unwrap_or(Conduct::Healthy);
        chip.reset = Reset::Software;
        match started.boot {
            Boot::Reset => return Ok(false),
            Boot::SafeMode => return Err(Halt::Broken("safe mode, with a good image at hand".into())),
            Boot::Probation(_) if !prove(conduct, chip, started, memory)? => return Ok(false),
            Boot::Probation(_) | Boot::Settled => {}
        }
        if conduct == Conduct::PanicsLater {
            chip.panic(running);
            return Ok(false);
        }
        let end = if self.asks { chip.last_end(started)? } else { None };
        memory.rolled_back |= matches!(end, Some(End::RolledBack(_)));
        let view = View { running, end, offers: memory.offers, returned: memory.returned };
        match act(chip, started, (self.decide)(&view), memory) {
            // The host offers again, or asks again.
            Err(Halt::Refused(_)) => Ok(false),
            done => done,
        }
    }
}

/// What an image does on probation; `true` if it has validated.
fn prove<F: BenchFlash>(
    conduct: Conduct,
    chip: &mut Chip<F>,
    started: &Started,
    memory: &mut Memory,
) -> Result<bool, Halt> {
    match conduct {
        Conduct::Panics => chip.panic(started.image),
        Conduct::PanicsUntilRolledBack if !memory.rolled_back => chip.panic(started.image),
        Conduct::Hangs => chip.reset = Reset::Watchdog,
        Conduct::Restless => chip.reset = Reset::External,
        Conduct::Healthy | Conduct::PanicsLater | Conduct::PanicsUntilRolledBack => {
            memory.kept.push(started.image);
            chip.remember(memory);
            chip.validate(started)?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// What the host does; `true` if there is nothing more to do.
fn act<F: BenchFlash>(
    chip: &mut Chip<F>,
    started: &Started,
    act: Act,
    memory: &mut Memory,
) -> Result<bool, Halt> {
    match act {
        Act::Rest => return Ok(true),
        Act::Offer(image, encoding) => {
            memory.offers += 1;
            chip.remember(memory);
            chip.update(started, image, encoding, None)?;
            memory.committed = Some(image);
        }
        Act::OfferPart(image, encoding, stop) => {
            memory.offers += 1;
            chip.remember(memory);
            chip.update(started, image, encoding, Some(stop))?;
        }
        Act::Return => {
            chip.remember(memory);
            chip.return_by_hand(started)?;
            memory.returned = true;
        }
    }
    chip.remember(memory);
    Ok(false)
}

/// What the observer remembers of a device, to catch it lying.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Memory {
    /// Images that may run without probation: those of the beginning, and those whose validation has begun.
    pub kept: Vec<usize>,
    /// The image that a commit without an error has just promised to boot.
    pub committed: Option<usize>,
    /// Updates that were begun.
    pub offers: usize,
    /// A return was asked for and done.
    pub returned: bool,
    /// The device has told that an update was rolled back.
    pub rolled_back: bool,
}

impl Memory {
    /// What is known when a life begins.
    #[must_use]
    pub fn new(life: &Life) -> Self {
        Self { kept: life.kept.to_vec(), committed: None, offers: 0, returned: false, rolled_back: false }
    }

    fn check<F: BenchFlash>(&mut self, chip: &Chip<F>, started: &Started) -> Result<(), Halt> {
        let running = started.image;
        let name = |image: usize| chip.images.get(image).map_or("?", |image| image.name.as_str());
        if let Some(promised) = self.committed.take()
            && promised != running
        {
            let sentence = format!("{} was committed, {} boots", name(promised), name(running));
            return Err(Halt::Broken(sentence));
        }
        if started.boot == Boot::Settled && !self.kept.contains(&running) {
            return Err(Halt::Broken(format!("{} runs with nobody watching", name(running))));
        }
        if let Some(complaint) = chip.flash.complaint() {
            return Err(Halt::Broken(complaint));
        }
        if chip.is_weak(started) {
            return Err(Halt::Broken(format!("{} runs from sectors whose erase was cut", name(running))));
        }
        Ok(())
    }
}
