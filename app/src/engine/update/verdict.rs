//! How an update ended, and why.

use std::time::SystemTime;

use skylift_protocol::{Crash, ErrorCode, Reason};

use super::Step;
use super::counsel::counsel;
use crate::advice::Advice;

/// The end of an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// After a restart that followed the order, the device itself named the new image's digest and the state *valid*.
    Validated,
    /// The same, inferred: a device that cannot name what it runs came back as whom only the new image makes it, and its
    /// firmware answers on the network only once it has kept the image. For Jaguar devices.
    ValidatedInferred,
    /// The device runs this very image already, validated; nothing was sent.
    AlreadyRunning,
    /// The new image was tried; the old one runs again.
    RolledBack(Cause),
    /// Nothing was written.
    Refused(Cause),
    /// It stopped on the way; the old image runs, or the device could not be believed.
    Failed {
        /// Where it stopped.
        step: Step,
        /// Why.
        cause: Cause,
    },
    /// The device went out of sight. Provisional: corrected when it is seen again.
    Lost {
        /// When it last gave a sign.
        last_seen: SystemTime,
    },
    /// The device took the image and left; nothing can tell what became of it. For Jaguar devices whose new image is
    /// without Jaguar.
    Sent,
}

impl Verdict {
    /// Its word, as in JSON output.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Validated | Self::ValidatedInferred | Self::AlreadyRunning => "validated",
            Self::RolledBack(_) => "rolled_back",
            Self::Refused(_) => "refused",
            Self::Failed { .. } => "failed",
            Self::Lost { .. } => "lost",
            Self::Sent => "sent",
        }
    }

    /// The word of its reason, as in JSON output.
    #[must_use]
    pub const fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Validated | Self::Sent => None,
            Self::ValidatedInferred => Some(HostReason::NewId.as_str()),
            Self::AlreadyRunning => Some(HostReason::SameImage.as_str()),
            Self::RolledBack(cause) | Self::Refused(cause) | Self::Failed { cause, .. } => {
                Some(cause.reason.as_str())
            }
            Self::Lost { .. } => Some(HostReason::NoAnswer.as_str()),
        }
    }

    /// The sentence that explains it.
    #[must_use]
    pub fn detail(&self) -> &str {
        match self {
            Self::Validated => "the device runs the new image, and has kept it",
            Self::ValidatedInferred => {
                "the device came back with the id that only the new image gives it: it runs the image, and has kept it"
            }
            Self::AlreadyRunning => "the device runs this very image already; nothing was sent",
            Self::RolledBack(cause) | Self::Refused(cause) | Self::Failed { cause, .. } => &cause.detail,
            Self::Lost { .. } => "the device went out of sight; whether it runs the new image is not known",
            Self::Sent => {
                "the device took the image and restarted; without Jaguar it cannot tell what became of it"
            }
        }
    }

    /// What can be done about it.
    #[must_use]
    pub fn advice(&self) -> Vec<String> {
        match self {
            Self::RolledBack(cause) | Self::Refused(cause) | Self::Failed { cause, .. } => {
                cause.advice.clone()
            }
            Self::Lost { .. } => counsel(Why::Host(HostReason::NoAnswer)),
            Self::Validated | Self::ValidatedInferred | Self::AlreadyRunning | Self::Sent => Vec::new(),
        }
    }

    /// Where the image crashed, if the device told.
    #[must_use]
    pub fn crash(&self) -> Option<&Crash> {
        match self {
            Self::RolledBack(cause) | Self::Refused(cause) | Self::Failed { cause, .. } => {
                cause.crash.as_deref()
            }
            Self::Validated
            | Self::ValidatedInferred
            | Self::AlreadyRunning
            | Self::Lost { .. }
            | Self::Sent => None,
        }
    }

    /// Whether it is concluded from who answers after the restart: the device itself cannot say what it runs.
    #[must_use]
    pub const fn is_inferred(&self) -> bool {
        match self {
            Self::ValidatedInferred => true,
            Self::RolledBack(cause) => matches!(cause.reason, Why::Host(HostReason::OldId)),
            _ => false,
        }
    }

    /// A failure found on this side.
    pub(in crate::engine) fn failed(step: Step, reason: HostReason, detail: impl Into<String>) -> Self {
        Self::Failed { step, cause: Cause::new(Why::Host(reason), detail) }
    }
}

/// Why an update did not end in a validated image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The frozen word.
    pub reason: Why,
    /// A sentence for people.
    pub detail: String,
    /// What they can do about it, the likeliest first.
    pub advice: Vec<String>,
    /// Where the image crashed, if that is why.
    pub crash: Option<Box<Crash>>,
}

impl Cause {
    /// A cause that explains itself.
    pub(crate) fn new(reason: Why, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into(), advice: counsel(reason), crash: None }
    }

    /// An error of this side, with its advice.
    pub(in crate::engine) fn of(reason: Why, error: &impl Advice) -> Self {
        let advice = error.advice();
        let advice = if advice.is_empty() { counsel(reason) } else { advice };
        Self { reason, detail: error.to_string(), advice, crash: None }
    }
}

/// A reason, by who found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The device told it as the end of the update.
    Device(Reason),
    /// The rules of a device, applied by it or here before anything was sent.
    Rule(ErrorCode),
    /// This side found it.
    Host(HostReason),
}

impl Why {
    /// Its word, as in JSON output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Device(reason) => reason.as_str(),
            Self::Rule(code) => code.as_str(),
            Self::Host(reason) => reason.as_str(),
        }
    }
}

/// What only this side can find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostReason {
    /// The device runs this very image already.
    SameImage,
    /// The device has no signers, or no owner who could hand it others.
    FirstSigners,
    /// The new image is kept, but the device has not taken over the signers that came with it.
    OldSigners,
    /// The user cancelled it.
    Cancelled,
    /// The device does not answer.
    NoAnswer,
    /// The device answers something that makes no sense.
    BadAnswer,
    /// Who answers has not proven to be the device, or cannot be asked to.
    NotProven,
    /// The file server cannot listen or publish.
    Server,
    /// The device cannot reach this computer.
    HostUnreachable,
    /// The device claims an end that its running image contradicts.
    FalseClaim,
    /// The old image runs again, and nothing tells why.
    OldImageRuns,
    /// Neither the old nor the new image runs.
    OtherImageRuns,
    /// The new image runs, but nobody keeps book of its validation.
    Untracked,
    /// The device names the new image without having restarted.
    NoRestart,
    /// The device does not know the order any more.
    OrderDropped,
    /// The device answers, but the update does not move.
    NoProgress,
    /// The deadline has passed, and the device neither validated nor rolled back.
    DeadlinePassed,
    /// The new image ran, the old one runs again, and nothing tells why.
    Unknown,
    /// This program stopped before the update ended.
    Stopped,
    /// Inferred: a Jaguar device answers with the id of the new image.
    NewId,
    /// Inferred: a Jaguar device was away, and answers with its old id.
    OldId,
    /// The image has no Jaguar in it, and the device is updated by Jaguar.
    WithoutJaguar,
    /// The image makes the device one that is there already, or that it is itself.
    IdTaken,
    /// A Jaguar device says that it is another one.
    WrongDevice,
    /// A Jaguar device did not take the image.
    NotTaken,
    /// It is wanted of the device what Jaguar cannot do.
    NotWithJaguar,
    /// The encoding that the user wants cannot be had.
    NotThisWay,
}

impl HostReason {
    /// Its word, as in JSON output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SameImage => "same_image",
            Self::FirstSigners => "first_signers",
            Self::OldSigners => "old_signers",
            Self::Cancelled => "cancelled",
            Self::NoAnswer => "no_answer",
            Self::BadAnswer => "bad_answer",
            Self::NotProven => "not_proven",
            Self::Server => "server",
            Self::HostUnreachable => "host_unreachable",
            Self::FalseClaim => "false_claim",
            Self::OldImageRuns => "old_image_runs",
            Self::OtherImageRuns => "other_image_runs",
            Self::Untracked => "untracked",
            Self::NoRestart => "no_restart",
            Self::OrderDropped => "order_dropped",
            Self::NoProgress => "no_progress",
            Self::DeadlinePassed => "deadline_passed",
            Self::Unknown => "unknown",
            Self::Stopped => "stopped",
            Self::NewId => "new_id",
            Self::OldId => "old_id",
            Self::WithoutJaguar => "without_jaguar",
            Self::IdTaken => "id_taken",
            Self::WrongDevice => "wrong_device",
            Self::NotTaken => "not_taken",
            Self::NotThisWay => "encoding_unavailable",
            Self::NotWithJaguar => "not_with_jaguar",
        }
    }
}
