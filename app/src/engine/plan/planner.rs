//! Making a plan: which ways a device has, what they cost it, and the bytes of the one that is taken.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use skylift_protocol::{Accepted, Digest, Encoding, FirmwareKind, Status, Stream};
use skylift_updater::stream::Header;

use super::pace::{PaceBook, Tempo};
use super::predict::{Task, cheapest, ways};
use super::shelf::BaseShelf;
use super::workshop::{Worked, Workshop};
use super::{Basis, Plan, Unavailable, Way, WorkingOut};
use crate::advice::Advice as _;
use crate::engine::config::EngineConfig;
use crate::engine::snapshot::Device;
use crate::engine::update::{Cause, HostReason, Verdict, Why};
use crate::image::Image;
use crate::image::stream::Stream as EncodedStream;

/// What is to be planned.
pub(in crate::engine) struct Wish<'a> {
    pub(in crate::engine) device: &'a Device,
    /// Its answer of just now.
    pub(in crate::engine) status: &'a Status,
    pub(in crate::engine) image: &'a Arc<Image>,
    /// How the user wants it sent; none for the cheapest.
    pub(in crate::engine) encoding: Option<Encoding>,
    /// What the device did not take in this update.
    pub(in crate::engine) given_up: &'a [Encoding],
}

/// A plan, and the bytes to carry it out.
pub(in crate::engine) struct Planned {
    pub(in crate::engine) plan: Arc<Plan>,
    pub(in crate::engine) load: Load,
}

/// What is sent.
#[derive(Clone)]
pub(in crate::engine) struct Load {
    pub(in crate::engine) encoding: Encoding,
    pub(in crate::engine) bytes: Bytes,
    /// Of a stream: its size and digest.
    pub(in crate::engine) stream: Option<Stream>,
    /// Of a delta: the image that must run.
    pub(in crate::engine) base: Option<Digest>,
}

/// Told what is being worked out; nothing when that is over.
pub(in crate::engine) type Tell<'t> = &'t (dyn Fn(Option<WorkingOut>) + Sync);

/// Makes the plans of an engine. A clone is the same planner.
#[derive(Clone)]
pub(in crate::engine) struct Planner {
    paces: Option<Arc<dyn PaceBook>>,
    bases: Option<Arc<dyn BaseShelf>>,
    workshop: Arc<Workshop>,
}

impl Planner {
    pub(in crate::engine) fn new(config: &EngineConfig) -> Self {
        Self {
            paces: config.paces.clone(),
            bases: config.bases.clone(),
            workshop: Arc::new(Workshop::new(config.streams.clone())),
        }
    }

    /// Plans an update that nothing speaks against.
    ///
    /// # Errors
    /// The way that the user wants cannot be had.
    pub(in crate::engine) async fn plan(&self, wish: Wish<'_>, tell: Tell<'_>) -> Result<Planned, Verdict> {
        let told = Told { last: Mutex::default(), tell };
        let (tempo, compressed, delta) =
            tokio::join!(self.tempo(wish.device), self.compressed(&wish, &told), self.delta(&wish, &told),);
        tell(None);
        let size = |worked: &Worked| worked.as_ref().map(|stream| stream.size()).map_err(Clone::clone);
        let ways = ways(size(&compressed), size(&delta), task(wish.status, wish.image), &tempo);
        let chosen = wish.encoding.unwrap_or_else(|| next(&ways, wish.given_up));
        let plan = Plan {
            device: wish.device.id.clone(),
            label: wish.device.label().to_owned(),
            raw_bytes: wish.image.size(),
            ways,
            chosen,
            basis: basis(&tempo),
        };
        wanted(&plan)?;
        let load = match (chosen, compressed, delta) {
            (Encoding::Compressed, Ok(stream), _) | (Encoding::Delta, _, Ok(stream)) => Load::of(&stream),
            _ => Load::raw(wish.image),
        };
        Ok(Planned { plan: Arc::new(plan), load })
    }

    /// An image is at a device: the next one that it gets may be a delta against it.
    pub(in crate::engine) fn sent(&self, image: &Arc<Image>) {
        if let Some(bases) = self.bases.clone() {
            let image = Arc::clone(image);
            tokio::task::spawn_blocking(move || bases.sent(&image));
        }
    }

    async fn compressed(&self, wish: &Wish<'_>, told: &Told<'_>) -> Worked {
        wish.allows(Encoding::Compressed)?;
        self.work(None, wish, told).await
    }

    async fn delta(&self, wish: &Wish<'_>, told: &Told<'_>) -> Worked {
        wish.allows(Encoding::Delta)?;
        let (digest, length) = running_image(wish.status).ok_or(Unavailable::BaseUntold)?;
        let bases = self.bases.clone().ok_or(Unavailable::BaseNotHere)?;
        let found = tokio::task::spawn_blocking(move || bases.image(digest)).await;
        let base = found.ok().flatten().ok_or(Unavailable::BaseNotHere)?;
        // The device checks so many bytes of its slot, and no others.
        if base.info.len != length {
            return Err(Unavailable::BaseUntold);
        }
        self.work(Some(base), wish, told).await
    }

    async fn work(&self, base: Option<Arc<Image>>, wish: &Wish<'_>, told: &Told<'_>) -> Worked {
        let encoding = if base.is_some() { Encoding::Delta } else { Encoding::Compressed };
        let worked = self.workshop.stream(base, wish.image, |percent| told.at(encoding, Some(percent))).await;
        told.at(encoding, None);
        worked
    }

    async fn tempo(&self, device: &Device) -> Tempo {
        let Some(paces) = self.paces.clone() else { return Tempo::of(&[]) };
        let id = device.id.clone();
        let read = tokio::task::spawn_blocking(move || paces.paces(&id)).await;
        Tempo::of(&read.unwrap_or_default())
    }
}

impl Wish<'_> {
    /// Whether this way is to be worked out at all.
    fn allows(&self, encoding: Encoding) -> Result<(), Unavailable> {
        if !self.status.encodings.contains(&encoding) {
            Err(Unavailable::NotUnderstood)
        } else if self.given_up.contains(&encoding) {
            Err(Unavailable::GivenUp)
        } else if self.encoding.is_some_and(|wanted| wanted != encoding) {
            Err(Unavailable::NotWanted)
        } else {
            Ok(())
        }
    }
}

/// Tells of two streams as of one: the delta takes longer, and is what most wait for.
struct Told<'t> {
    last: Mutex<[Option<u32>; 2]>,
    tell: Tell<'t>,
}

impl Told<'_> {
    fn at(&self, encoding: Encoding, percent: Option<u32>) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let [delta, compressed] = &mut *last;
        *(if encoding == Encoding::Delta { &mut *delta } else { &mut *compressed }) = percent;
        let of = |encoding, percent: Option<u32>| percent.map(|percent| WorkingOut { encoding, percent });
        (self.tell)(of(Encoding::Delta, *delta).or(of(Encoding::Compressed, *compressed)));
    }
}

/// After a way was given up, the next one that saves bytes is tried before all are sent.
fn next(ways: &[Way], given_up: &[Encoding]) -> Encoding {
    let compressed = || ways.iter().any(|way| way.encoding == Encoding::Compressed && way.cost.is_ok());
    match given_up {
        [] => cheapest(ways),
        _ if compressed() => Encoding::Compressed,
        _ => Encoding::Raw,
    }
}

/// The image that runs, and its bytes without a signature. None of an app that runs from no slot.
fn running_image(status: &Status) -> Option<(Digest, u32)> {
    let slot = status.slots.iter().find(|slot| Some(slot.slot) == status.running.slot)?;
    Some((status.running.image_sha256, slot.image_size?))
}

impl Load {
    /// Bytes at the beginning of a stream that are pushed by themselves: what the device says after them is where to go
    /// on. None of an image as it is.
    pub(in crate::engine) fn head(&self) -> u32 {
        self.header().map_or(0, |header| header.payload_at())
    }

    /// Bytes of the image that the device has and that are not sent again, as far as it has told before.
    pub(in crate::engine) fn resumes_at(&self, accepted: &Accepted, before: &Status, file: Digest) -> u32 {
        let Some(header) = self.header() else { return accepted.resume_from };
        let had = before.resume.filter(|resume| resume.file_sha256 == file).map_or(0, |resume| resume.from);
        if had >= header.new_size { header.new_size } else { had & !((1 << header.chunk_log) - 1) }
    }

    /// The header of a stream, which was made here.
    fn header(&self) -> Option<Header> {
        self.stream?;
        Header::parse(self.bytes.first_chunk()?).ok()
    }

    fn of(stream: &EncodedStream) -> Self {
        Self {
            encoding: stream.encoding,
            bytes: stream.bytes.clone(),
            stream: Some(Stream { size: stream.size(), sha256: stream.sha256 }),
            base: stream.base_image_sha256,
        }
    }

    /// The image as it is.
    pub(in crate::engine) fn raw(image: &Image) -> Self {
        Self { encoding: Encoding::Raw, bytes: image.bytes.clone(), stream: None, base: None }
    }
}

/// The plan of a Jaguar device, which takes one way only.
///
/// # Errors
/// The user wants another one.
pub(in crate::engine) fn of_jaguar(
    device: &Device,
    image: &Image,
    encoding: Option<Encoding>,
) -> Result<Plan, Verdict> {
    let task = Task { size: image.size(), had: 0, erased: 0, simulated: false };
    let tempo = Tempo::of(&[]);
    let plan = Plan {
        device: device.id.clone(),
        label: device.label().to_owned(),
        raw_bytes: image.size(),
        ways: ways(Err(Unavailable::Jaguar), Err(Unavailable::Jaguar), task, &tempo),
        chosen: encoding.unwrap_or(Encoding::Raw),
        basis: basis(&tempo),
    };
    wanted(&plan)?;
    Ok(plan)
}

/// A way that cannot be had is never quietly another one.
fn wanted(plan: &Plan) -> Result<(), Verdict> {
    let (why, advice) = match plan.way(plan.chosen).map(|way| &way.cost) {
        Some(Ok(_)) => return Ok(()),
        Some(Err(why)) => (why.to_string(), why.advice()),
        // A newer version may have noted it.
        None => ("this version of Skylift does not know that way".to_owned(), Vec::new()),
    };
    let way = match plan.chosen {
        Encoding::Delta => "as a delta",
        Encoding::Compressed => "compressed",
        Encoding::Raw => "as it is",
        Encoding::Unknown => "another way",
    };
    let detail = format!("the image cannot be sent {way}, as was wanted: {why}");
    let cause = Cause::new(Why::Host(HostReason::NotThisWay), detail);
    let advice = if advice.is_empty() { cause.advice } else { advice };
    Err(Verdict::Refused(Cause { advice, ..cause }))
}

fn task(status: &Status, image: &Image) -> Task {
    let had = status.resume.filter(|resume| resume.file_sha256 == image.file_sha256);
    Task {
        size: image.size(),
        had: had.map_or(0, |resume| resume.from),
        erased: status.prepared.map_or(0, |prepared| prepared.bytes),
        simulated: status.running.kind == FirmwareKind::Simulated,
    }
}

const fn basis(tempo: &Tempo) -> Basis {
    match tempo.updates {
        0 => Basis::Typical,
        updates => Basis::Measured { updates },
    }
}

#[cfg(test)]
mod tests;
