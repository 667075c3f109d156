//! One update of a Jaguar device, from its first question to its verdict.

mod again;
mod meter;
mod push;

use std::sync::Arc;
use std::time::Instant;

use skylift_protocol::Id;
use tokio::sync::watch;
use tokio::time::sleep;

use super::JaguarFacts;
use super::ask::look_for;
use super::follow::{Follow, Patience, Sign, Word};
use super::forecast::forecast;
use super::identify::JaguarSighting;
use crate::engine::client::ClientError;
use crate::engine::notice::Notice;
use crate::engine::snapshot::Device;
use crate::engine::update::{
    Assignment, Job, Means, News, Phase, Step, Trail, Verdict, cancelled, cancelled_at, unanswered,
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
    match course.send(at, cancel).await {
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

/// It serves one connection at a time, and whoever comes meanwhile may be turned away.
fn perhaps_busy(verdict: Verdict) -> Verdict {
    let Verdict::Failed { step, mut cause } = verdict else { return verdict };
    cause.advice.push("look whether another computer is updating it".to_owned());
    Verdict::Failed { step, cause }
}

#[cfg(test)]
mod tests;
