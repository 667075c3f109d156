//! One update of a Jaguar device, from its first question to its verdict.

use std::sync::Arc;
use std::time::Instant;

use skylift_protocol::Id;
use tokio::sync::watch;
use tokio::time::{interval, sleep};

use super::JaguarFacts;
use super::ask::look_for;
use super::follow::{Follow, Patience, Sign, Word};
use super::forecast::forecast;
use super::identify::JaguarSighting;
use super::sending::Sent;
use crate::engine::client::{ClientError, Problem};
use crate::engine::notice::Notice;
use crate::engine::snapshot::Device;
use crate::engine::update::{
    Assignment, Cause, Happening, HostReason, Job, Means, News, Phase, Progress, RateMeter, Step, Trail,
    Verdict, Why, cancelled, cancelled_at, unanswered,
};

/// How an update ended, and what is needed to see a lost device again.
pub(in crate::engine) type End = (Verdict, Option<Trail>);

/// Runs the update. What happens meanwhile goes out as news.
pub(in crate::engine) async fn run(
    assignment: &Assignment,
    means: &Means,
    cancel: &mut watch::Receiver<bool>,
) -> End {
    let course = Course { assignment, means };
    let prepared = tokio::select! {
        () = cancelled(cancel) => Err(cancelled_at(Step::Preparing, "nothing was sent")),
        prepared = course.prepare() => prepared,
    };
    let (at, new) = match prepared {
        Ok(prepared) => prepared,
        Err(verdict) => return (verdict, None),
    };
    match course.send(&at, cancel).await {
        Ok(word) => course.follow(new, word).await,
        Err(verdict) => (verdict, None),
    }
}

struct Course<'a> {
    assignment: &'a Assignment,
    means: &'a Means,
}

impl Course<'_> {
    /// Who the device is, where it is, and as whom it would come back.
    async fn prepare(&self) -> Result<(JaguarSighting, Option<Id>), Verdict> {
        let seen = self.ask(None).await.map_err(|error| perhaps_busy(unanswered(&error)))?;
        let Assignment { image, options, .. } = self.assignment;
        let snapshot = Arc::clone(&self.means.snapshots.borrow());
        let facts: &JaguarFacts = &seen.identity.facts;
        let goes_elsewhere = snapshot.jobs.iter().any(|job| self.is_before_with_same_image(job));
        let new = forecast(facts, image, options, |id| goes_elsewhere || snapshot.device(id).is_some());
        new.map(|new| (seen, new)).map_err(Verdict::Refused)
    }

    /// Whether another device may just become who this one is to be.
    fn is_before_with_same_image(&self, job: &Job) -> bool {
        let Assignment { id, device, image, .. } = self.assignment;
        let open = matches!(job.verdict, None | Some(Verdict::Lost { .. }));
        open && job.id < *id && job.device != device.id && job.image.file_sha256 == image.file_sha256
    }

    /// Sends the whole image, and waits for the device's word on it.
    async fn send(&self, at: &JaguarSighting, cancel: &mut watch::Receiver<bool>) -> Result<Word, Verdict> {
        self.tell(News::sends_raw(self.assignment.image.size()));
        let image = self.assignment.image.bytes.clone();
        let sent = Arc::new(Sent::default());
        let peer = self.assignment.device.peer_at(at.address);
        let uuid = at.identity.facts.uuid;
        let sending = self.means.jaguar.send_firmware(&peer, uuid, image, Arc::clone(&sent));
        tokio::pin!(sending);
        let mut meter = Meter::new(self.assignment.image.size());
        let mut looks = interval(self.means.timing.publish);
        let mut wants_out = true;
        loop {
            tokio::select! {
                biased;
                answer = &mut sending => {
                    let answered = self.answered(answer, &meter, &sent);
                    self.tell(News::Pushed(sent.bytes()));
                    if answered.is_ok() {
                        // What went by between two looks is told as well.
                        std::iter::from_fn(|| meter.look(&sent)).for_each(|phase| self.tell(News::Phase(phase)));
                    }
                    return answered;
                }
                () = cancelled(cancel), if wants_out => {
                    // Dropping what is sent breaks the connection: the device gives up, and stays as it is.
                    if !meter.is_whole(&sent) {
                        return Err(cancelled_at(Step::Downloading, "the device keeps the firmware it has"));
                    }
                    self.tell(News::Happened(Happening::TooLateToCancel));
                    wants_out = false;
                }
                _ = looks.tick() => {
                    if let Some(phase) = meter.look(&sent) {
                        self.tell(News::Phase(phase));
                        self.tell(News::Pushed(sent.bytes()));
                    }
                    if meter.moved.elapsed() >= self.means.timing.silence {
                        return self.stalled(&meter, &sent);
                    }
                }
            }
        }
    }

    fn answered(&self, answer: Result<(), ClientError>, meter: &Meter, sent: &Sent) -> Result<Word, Verdict> {
        let Err(error) = answer else { return Ok(Word::Taken) };
        let step = if meter.is_whole(sent) { Step::Verifying } else { Step::Downloading };
        match &error.problem {
            Problem::Jaguar { status: 403, reason } => {
                let detail = format!("the device at {} is another one: {reason}", error.peer.address);
                Err(Verdict::Refused(Cause::new(Why::Host(HostReason::WrongDevice), detail)))
            }
            Problem::Jaguar { reason, .. } => {
                let cause = Cause::new(Why::Host(HostReason::NotTaken), not_taken(reason));
                Err(Verdict::Failed { step, cause })
            }
            // It may have written everything, and even have restarted by now.
            Problem::Broken(_) if step == Step::Verifying => Ok(Word::Unsaid),
            Problem::Broken(why) => Err(Verdict::failed(
                step,
                HostReason::NoAnswer,
                format!("the connection broke before the device had the whole image: {why}"),
            )),
            _ => Err(Verdict::Failed { step, cause: Cause::of(Why::Host(HostReason::NoAnswer), &error) }),
        }
    }

    fn stalled(&self, meter: &Meter, sent: &Sent) -> Result<Word, Verdict> {
        if meter.is_whole(sent) {
            return Ok(Word::Unsaid);
        }
        let waited = self.means.timing.silence.as_secs_f32();
        let detail = format!("the device has taken nothing of the image for {waited} s");
        Err(Verdict::failed(Step::Downloading, HostReason::NoProgress, detail))
    }

    /// Asks who is there until that tells how it ended.
    async fn follow(&self, new: Option<Id>, word: Word) -> End {
        self.tell(News::Phase(Phase::Rebooting));
        let old = self.assignment.device.id.clone();
        let mut follow = Follow::new(old, new.clone(), word, self.patience(), Instant::now());
        loop {
            let seen = self.ask(new.as_ref()).await;
            let sign = match &seen {
                Ok(sighting) => Sign::Answers(&sighting.identity.id),
                Err(_) => Sign::Nothing,
            };
            if let Some(verdict) = follow.observe(sign, Instant::now()) {
                let open = matches!(verdict, Verdict::Lost { .. } | Verdict::Sent);
                return (verdict, open.then(|| Trail::Jaguar(Box::new(follow))));
            }
            sleep(self.means.timing.poll).await;
        }
    }

    /// Asks the device who it is, where it is known to be now.
    async fn ask(&self, new: Option<&Id>) -> Result<JaguarSighting, ClientError> {
        let device = self.device();
        let seen = look_for(&self.means.jaguar, &device, new).await;
        self.means.notices.send(Notice::JaguarAsked(device.id.clone(), seen.clone()));
        seen
    }

    fn device(&self) -> Arc<Device> {
        let known = &self.assignment.device;
        let snapshot = self.means.snapshots.borrow();
        Arc::clone(snapshot.device(&known.id).unwrap_or(known))
    }

    const fn patience(&self) -> Patience {
        let timing = &self.means.timing;
        Patience { restart: timing.silence, comeback: timing.comeback, doubt: timing.doubt }
    }

    fn tell(&self, news: News) {
        self.means.notices.send(Notice::Job(self.assignment.id, news));
    }
}

/// How far the sending is, as it was last told.
struct Meter {
    total: u32,
    told: Option<Phase>,
    rate: RateMeter,
    moved: Instant,
}

impl Meter {
    fn new(total: u32) -> Self {
        Self { total, told: None, rate: RateMeter::default(), moved: Instant::now() }
    }

    fn is_whole(&self, sent: &Sent) -> bool {
        sent.bytes() >= u64::from(self.total)
    }

    /// The phase, if it is another one than before.
    fn look(&mut self, sent: &Sent) -> Option<Phase> {
        let (now, total) = (Instant::now(), self.total);
        let written = u32::try_from(sent.bytes()).unwrap_or(total).min(total);
        let before = self.told.as_ref().and_then(Phase::progress).map(|progress| progress.written);
        let phase = match self.told {
            Some(Phase::Verifying) => return None,
            Some(Phase::Downloading(_)) if before == Some(total) => Phase::Verifying,
            _ if before == Some(written) => return None,
            _ => Phase::Downloading(Progress { written, total, rate: self.rate.take(written, now) }),
        };
        self.moved = now;
        self.told = Some(phase);
        Some(phase)
    }
}

/// It serves one connection at a time, and whoever comes meanwhile may be turned away.
fn perhaps_busy(verdict: Verdict) -> Verdict {
    let Verdict::Failed { step, mut cause } = verdict else { return verdict };
    cause.advice.push("look whether another computer is updating it".to_owned());
    Verdict::Failed { step, cause }
}

/// What Jaguar's exceptions mean, where that is known (toit, `lib/system/firmware.toit` and the primitives behind it).
fn not_taken(reason: &str) -> String {
    let meaning = if reason.contains("OUT_OF_BOUNDS") {
        "the image does not fit into the device's slot, or was damaged on its way"
    } else if reason.contains("DEADLINE_EXCEEDED") {
        "the device was not done within its own limit of 300 s"
    } else if reason.contains("Checksum") {
        "the image was damaged on its way"
    } else {
        "the device stopped writing"
    };
    format!("{meaning}; it keeps the firmware it has, and says: {reason}")
}

#[cfg(test)]
mod tests;
