//! Proof for two images: the updater itself, with exactly these, through every power-cut point of an update's life.
//!
//! The life is recorded once: the write of NEW over a device that runs OLD, the switch, and from there each ending.
//! Then power is cut before, inside and after every flash operation, the bootloader's included. After each cut a
//! complete image must boot, nobody may run unwatched, and the update must succeed in the end.

mod bench;
mod certificate;
pub mod chip;
mod error;
pub mod image;
pub mod life;
mod lives;
mod memo;
mod points;
pub mod recording;
pub mod trials;

use std::time::Instant;

use sha2::{Digest as _, Sha256};

use bench::Bench;
use chip::{BenchFlash, Chip, Halt};
use life::{Life, Memory};
use lives::{Ending, WRITE};
use memo::Memo;
use points::Point;
use recording::{Recording, Replay};

use crate::bootloader::Bootloader;
use crate::nor::Nor;

pub use certificate::{Certificate, Failure, Finding, Identity};
pub use error::CertifyError;
pub use trials::{Progress, Watch};

/// Failures that a certificate tells.
const MAX_FAILURES: usize = 20;

/// What is to be proven.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The image that runs.
    pub old: &'a [u8],
    /// The image that it is updated to.
    pub new: &'a [u8],
    /// A binary partition table; Skylift's default one if `None`.
    pub table: Option<&'a [u8]>,
    /// What boots the images. It is taken to be recorded rightly by provisioning.
    pub bootloader: Bootloader,
    /// What everything random comes from: equal seeds give equal points with equal effects.
    pub seed: u64,
}

/// Proves that an update survives power cuts, on all cores.
///
/// # Errors
/// The images or the table cannot be tried, or it was cancelled.
pub fn certify(request: &Request<'_>, watch: Watch<'_>) -> Result<Certificate, CertifyError> {
    certify_on(request, watch, |nor| nor)
}

/// The same on another flash than the model itself, such as one that spoils what the updater does. It is made anew
/// after each cut.
///
/// # Errors
/// As for [`certify`].
pub fn certify_on<F: BenchFlash + Sync>(
    request: &Request<'_>,
    watch: Watch<'_>,
    wrap: impl Fn(Nor) -> F + Sync,
) -> Result<Certificate, CertifyError> {
    let begun = Instant::now();
    let bench = Bench::new(request)?;
    let mut certificate = Certificate {
        points: 0,
        survived: 0,
        failures: Vec::new(),
        findings: lives::findings(&bench),
        seed: request.seed,
        old: Identity::of(&bench.old),
        new: Identity::of(&bench.new),
        bootloader: request.bootloader,
        table_sha256: Sha256::digest(bench.table).into(),
        took: begun.elapsed(),
    };
    match Proof::prepare(&bench, &wrap) {
        Ok(proof) => proof.try_all(request.seed, watch, &wrap, &mut certificate)?,
        Err(failure) => certificate.failures.push(failure),
    }
    certificate.took = begun.elapsed();
    Ok(certificate)
}

/// A life that has been recorded, to be interrupted.
struct Proof {
    /// The write, then an ending each.
    parts: Vec<Recording>,
    endings: &'static [Ending],
    memo: Memo,
}

impl Proof {
    fn prepare<F: BenchFlash>(bench: &Bench, wrap: &impl Fn(Nor) -> F) -> Result<Self, Failure> {
        let whole =
            |name: &str, halt| Failure { point: format!("{name}, without any cut"), seen: seen(halt) };
        let mut chip = bench.chip.with_flash(wrap(bench.chip.flash.clone()));
        let mut memory = Memory::new(&WRITE);
        let write = |chip: &mut Chip<F>| WRITE.live_until(chip, &mut memory, has_switched);
        let mut parts = vec![Recording::of(&mut chip, write).map_err(|halt| whole("write", halt))?];
        let endings = lives::endings(bench);
        for ending in endings {
            let begin = || (chip.clone(), ending.afterwards.goes_on(&memory));
            let (mut chip, mut memory) = begin();
            let live = |chip: &mut Chip<F>| ending.interrupted.live(chip, &mut memory);
            parts.push(Recording::of(&mut chip, live).map_err(|halt| whole(ending.name, halt))?);
            let (mut chip, mut memory) = begin();
            ending.afterwards.live(&mut chip, &mut memory).map_err(|halt| whole(ending.name, halt))?;
        }
        Ok(Self { parts, endings, memo: Memo::new(chip.flash.nor().bytes()) })
    }

    fn try_all<F: BenchFlash>(
        &self,
        seed: u64,
        watch: Watch<'_>,
        wrap: &(impl Fn(Nor) -> F + Sync),
        certificate: &mut Certificate,
    ) -> Result<(), CertifyError> {
        let parts = self.parts.iter().enumerate();
        let points: Vec<Point> =
            parts.flat_map(|(part, recording)| points::of(part, recording, seed)).collect();
        let worker = || self.parts.iter().map(Recording::replay).collect::<Vec<_>>();
        let failures = trials::on_all_cores(&points, watch, worker, |replays, point| {
            self.try_point(replays, point, wrap).map_err(seen)
        });
        if watch.cancel.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(CertifyError::Cancelled);
        }
        certificate.points = points.len();
        certificate.survived = points.len() - failures.len();
        let first = failures.into_iter().take(MAX_FAILURES);
        certificate.failures = first
            .filter_map(|(index, seen)| {
                points.get(index).map(|point| Failure { point: self.name(point), seen })
            })
            .collect();
        Ok(())
    }

    fn name(&self, point: &Point) -> String {
        let ending = point.part.checked_sub(1).and_then(|ending| self.endings.get(ending));
        format!("{}, {}", ending.map_or("write", |ending| ending.name), point.fault)
    }

    /// Cuts power, and looks at all that can come of it.
    fn try_point<F: BenchFlash>(
        &self,
        replays: &mut [Replay<'_>],
        point: &Point,
        wrap: &impl Fn(Nor) -> F,
    ) -> Result<(), Halt> {
        let cut = replays.get_mut(point.part).and_then(|replay| replay.cut(point.fault));
        let (mut chip, mut memory) = cut.ok_or_else(|| Halt::Broken("it cannot be repeated".into()))?;
        chip.power_on(point.noise);
        let mut chip = chip.map_flash(wrap);
        if point.writes {
            // Up to the switch it does not matter what NEW is like.
            WRITE.live_until(&mut chip, &mut memory, has_switched)?;
        }
        let part = point.part.checked_sub(1);
        for (number, ending) in self.endings.iter().enumerate() {
            if part.is_none_or(|part| part == number) {
                self.end(number, &ending.afterwards, &chip, &memory)?;
            }
        }
        Ok(())
    }

    fn end<F: BenchFlash>(
        &self,
        number: usize,
        life: &Life,
        chip: &Chip<F>,
        memory: &Memory,
    ) -> Result<(), Halt> {
        self.memo.end(number, chip, memory, || life.live(&mut chip.clone(), &mut life.goes_on(memory)))
    }
}

fn has_switched(memory: &Memory) -> bool {
    memory.committed.is_some()
}

/// What was seen, for people.
fn seen(halt: Halt) -> String {
    match halt {
        Halt::PowerLost => "power fails where nobody cut it".to_owned(),
        Halt::Refused(sentence) => format!("the updater refuses: {sentence}"),
        Halt::Broken(sentence) => sentence,
    }
}
