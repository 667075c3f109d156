//! An update, as it is shown.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use skylift_protocol::{Digest, Encoding, Id};

use super::air::Air;
use super::{NewSigners, Phase, Step, UpdateOptions, Verdict};
use crate::engine::drill::Drill;
use crate::engine::plan::{Airtime, Pace, Plan, Sending, WorkingOut};
use crate::engine::publisher::Urgency;
use crate::engine::rollout::RolloutId;
use crate::engine::snapshot::{Device, JobId};
use crate::image::Image;

/// An update, as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// The device's id.
    pub device: Id,
    /// What people call the device.
    pub device_label: String,
    /// The rollout that began it, if one did.
    pub rollout: Option<RolloutId>,
    /// The version that ran when it began.
    pub from_version: String,
    /// The image.
    pub image: JobImage,
    /// How far it is.
    pub phase: Phase,
    /// The stream that it waits for, while it does.
    pub working_out: Option<WorkingOut>,
    /// What the device is being sent, once it has the order.
    pub sending: Option<Sending>,
    /// How fast the device was, as far as that was measured.
    pub pace: Pace,
    /// What has happened so far, in order. Snapshots may pass over a quick step; this does not.
    pub history: Vec<Happening>,
    /// When it was asked for.
    pub started_at: SystemTime,
    /// How it ended.
    pub verdict: Option<Verdict>,
    /// There if the image is one that must fail.
    pub drill: Option<Drill>,
    /// Whom the device is to trust once the image has validated.
    pub trust: Option<NewSigners>,
    /// If it was rolled back: the time from the device's restart into the new image until the one before answered
    /// again, as seen from this computer. Was the restart itself not seen, from the step before it on. In whole
    /// milliseconds, so that it reads the same here and in the history.
    pub recovery: Option<Duration>,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobImage {
    /// The file.
    pub path: PathBuf,
    /// Its project.
    pub project: String,
    /// Its version.
    pub version: String,
    /// Its length in bytes.
    pub size: u32,
    /// The digest of all bytes sent.
    pub file_sha256: Digest,
    /// The digest that must run in the end.
    pub image_sha256: Digest,
}

/// Something that happened in an update.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// It entered a step.
    Entered(Step),
    /// What each way to send the image costs, and which one is taken.
    Planned(Arc<Plan>),
    /// The device did not take it this way, and gets it another way.
    FellBack {
        /// How it was sent first.
        from: Encoding,
        /// How it is sent now.
        to: Encoding,
        /// Why, as a sentence without its full stop.
        why: String,
    },
    /// The device has proven that it reaches this computer here.
    Reached(SocketAddr),
    /// The device reaches this computer at none of these addresses: the image is pushed instead.
    Pushes(Vec<SocketAddr>),
    /// The device goes on after so many bytes that it has from an earlier attempt.
    Resumed(u32),
    /// The device lost power during the download, and is offered the image again.
    PowerLost,
    /// The connection over which the image was pushed broke when so many hundredths had been sent; it is sent again.
    SentAgain(u32),
    /// It was cancelled, and the image withdrawn; the device has to confirm that.
    Withdrawn,
    /// It was cancelled when the device had the whole image already.
    TooLateToCancel,
    /// The device had been lost, and was seen again.
    SeenAgain,
    /// The device trusts these signers now, and nobody else.
    Trusts(NewSigners),
}

impl Job {
    pub(super) fn new(
        id: JobId,
        device: &Device,
        image: &Image,
        rollout: Option<RolloutId>,
        options: &UpdateOptions,
    ) -> Self {
        Self {
            id,
            device: device.id.clone(),
            device_label: device.label().to_owned(),
            rollout,
            from_version: device.version.clone(),
            image: image.into(),
            phase: Phase::Preparing,
            working_out: None,
            sending: None,
            pace: Pace::default(),
            history: vec![Happening::Entered(Step::Preparing)],
            started_at: SystemTime::now(),
            verdict: None,
            drill: options.drill,
            trust: options.trust,
            recovery: None,
        }
    }

    /// The steps it has been in, in order; more than once if the image was offered again.
    pub fn steps(&self) -> impl Iterator<Item = Step> {
        self.history.iter().filter_map(|happening| match happening {
            Happening::Entered(step) => Some(*step),
            _ => None,
        })
    }

    /// Bytes sent so far, beside those of the part of the image that they carry.
    #[must_use]
    pub fn airtime(&self) -> Airtime {
        self.sending.map_or(Airtime::default(), |sending| sending.airtime(self.image.size))
    }

    /// Where the device fetches the image, once that is known.
    #[must_use]
    pub fn served_at(&self) -> Option<SocketAddr> {
        self.history.iter().rev().find_map(|happening| match happening {
            Happening::Reached(at) => Some(*at),
            _ => None,
        })
    }

    /// Takes the verdict. `gone` is when the device was seen to restart.
    pub(super) fn end(&mut self, verdict: Verdict, gone: Instant) {
        let took = gone.elapsed();
        let whole = took.saturating_sub(Duration::from_nanos(u64::from(took.subsec_nanos() % 1_000_000)));
        self.recovery = matches!(verdict, Verdict::RolledBack(_)).then_some(whole);
        // The verdict would be another one if the device did not say so.
        if let (Verdict::Validated, Some(signers)) = (&verdict, self.trust) {
            self.history.push(Happening::Trusts(signers));
        }
        self.verdict = Some(verdict);
    }

    /// Takes what was sent so far.
    pub(super) fn count(&mut self, air: &Air) -> Urgency {
        if let Some(sending) = &mut self.sending {
            sending.sent = air.sent();
        }
        Urgency::Soon
    }

    /// Takes the phase, and notes the step if it is another one.
    pub(super) fn enter(&mut self, phase: Phase) -> Urgency {
        let step = phase.step();
        let is_new = step != self.phase.step();
        self.phase = phase;
        if is_new {
            self.history.push(Happening::Entered(step));
        }
        if is_new { Urgency::Now } else { Urgency::Soon }
    }
}

impl From<&Image> for JobImage {
    fn from(image: &Image) -> Self {
        Self {
            path: image.path.clone(),
            project: image.project.clone(),
            version: image.version.clone(),
            size: image.size(),
            file_sha256: image.file_sha256,
            image_sha256: image.image_sha256,
        }
    }
}
