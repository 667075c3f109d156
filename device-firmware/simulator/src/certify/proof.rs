//! A life that has been recorded, and what is tried at each of its points.

use skylift_protocol::Encoding;

use super::bench::Bench;
use super::certificate::Failure;
use super::chip::{Chip, Halt};
use super::flash::BenchFlash;
use super::life::{Life, Memory};
use super::lives::{self, Ending};
use super::memo::Memo;
use super::points::{self, Point};
use super::recording::{Recording, Replay};
use crate::nor::Nor;

/// A life that has been recorded, to be interrupted.
pub(super) struct Proof {
    running: u8,
    encoding: Encoding,
    /// The write, then an ending each, if NEW is sent raw: from the switch on it does not matter how it came.
    parts: Vec<Recording>,
    endings: &'static [Ending],
    memo: Memo,
}

impl Proof {
    pub fn prepare<F: BenchFlash>(
        bench: &Bench,
        (running, start): (u8, &Chip<Nor>),
        encoding: Encoding,
        wrap: &impl Fn(Nor) -> F,
    ) -> Result<Self, Failure> {
        let whole =
            |name: &str, halt| Failure { point: format!("{name}, without any cut"), seen: seen(halt) };
        let mut chip = start.with_flash(wrap(start.flash.clone()));
        let life = lives::write_as(encoding);
        let mut memory = Memory::new(&life);
        let write = |chip: &mut Chip<F>| life.live_until(chip, &mut memory, has_switched);
        let name = name_of_write(encoding);
        let mut parts = vec![Recording::of(&mut chip, write).map_err(|halt| whole(name, halt))?];
        let endings = lives::endings(bench);
        for ending in endings.iter().filter(|_| encoding == Encoding::Raw) {
            let begin = || (chip.clone(), ending.afterwards.goes_on(&memory));
            let (mut chip, mut memory) = begin();
            let live = |chip: &mut Chip<F>| ending.interrupted.live(chip, &mut memory);
            parts.push(Recording::of(&mut chip, live).map_err(|halt| whole(ending.name, halt))?);
            let (mut chip, mut memory) = begin();
            ending.afterwards.live(&mut chip, &mut memory).map_err(|halt| whole(ending.name, halt))?;
        }
        Ok(Self { running, encoding, parts, endings, memo: Memo::new(chip.flash.nor().bytes()) })
    }

    pub fn points(&self, device: usize, seed: u64) -> Vec<Point> {
        let parts = self.parts.iter().enumerate();
        parts
            .flat_map(|(part, recording)| points::of(device, (self.encoding, part), recording, seed))
            .collect()
    }

    pub fn name(&self, point: &Point) -> String {
        let ending = point.part.checked_sub(1).and_then(|ending| self.endings.get(ending));
        let part = ending.map_or(name_of_write(self.encoding), |ending| ending.name);
        format!("OLD in slot {}, {part}, {}", self.running, point.fault)
    }

    /// Cuts power, and looks at all that can come of it.
    pub fn try_point<'a, F: BenchFlash>(
        &'a self,
        worker: &mut Worker<'a>,
        point: &Point,
        wrap: &impl Fn(Nor) -> F,
    ) -> Result<(), Halt> {
        let cut = worker.replay(self, point).and_then(|replay| replay.cut(point.fault));
        let (mut chip, mut memory) = cut.ok_or_else(|| Halt::Broken("it cannot be repeated".into()))?;
        chip.power_on(point.noise);
        let mut chip = chip.map_flash(wrap);
        if point.writes {
            // Up to the switch it does not matter what NEW is like.
            lives::write_as(self.encoding).live_until(&mut chip, &mut memory, has_switched)?;
        }
        let part = point.part.checked_sub(1);
        let mut endings = self.endings.iter().enumerate();
        endings.try_for_each(|(number, ending)| {
            let concerned = part.is_none_or(|part| part == number);
            if concerned { self.end(number, &ending.afterwards, &chip, &memory) } else { Ok(()) }
        })
    }

    /// On to the end; from the switch on it is known, if another device was in the same state there.
    fn end<F: BenchFlash>(
        &self,
        number: usize,
        life: &Life,
        chip: &Chip<F>,
        memory: &Memory,
    ) -> Result<(), Halt> {
        let mut memory = life.goes_on(memory);
        if has_switched(&memory) {
            return self
                .memo
                .end(number, chip, &memory, || life.live(&mut chip.clone(), &mut memory.clone()));
        }
        let mut chip = chip.clone();
        life.live_until(&mut chip, &mut memory, has_switched)?;
        if has_switched(&memory) { self.end(number, life, &chip, &memory) } else { Ok(()) }
    }
}

const fn name_of_write(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Compressed => "write of what comes compressed",
        Encoding::Delta => "write of what comes as a delta",
        Encoding::Raw | Encoding::Unknown => "write",
    }
}

fn has_switched(memory: &Memory) -> bool {
    memory.committed.is_some()
}

/// What was seen, for people.
pub(super) fn seen(halt: Halt) -> String {
    match halt {
        Halt::PowerLost => "power fails where nobody cut it".to_owned(),
        Halt::Refused(sentence) => format!("the updater refuses: {sentence}"),
        Halt::Broken(sentence) => sentence,
    }
}

/// A thread's way through the recordings. Points come in their order, so one of them is enough at a time.
#[derive(Default)]
pub(super) struct Worker<'a> {
    current: Option<(usize, usize, Replay<'a>)>,
}

impl<'a> Worker<'a> {
    fn replay(&mut self, proof: &'a Proof, point: &Point) -> Option<&mut Replay<'a>> {
        let current =
            self.current.take().filter(|(device, part, _)| (*device, *part) == (point.device, point.part));
        let current = match current {
            Some(current) => current,
            None => (point.device, point.part, proof.parts.get(point.part)?.replay()),
        };
        Some(&mut self.current.insert(current).2)
    }
}
