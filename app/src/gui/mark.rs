//! The state that a device, or an update, is shown in: a word and a shape, with a colour as the third cue.

use std::time::Instant;

use skylift_protocol::{Outcome, ValidationState};

use crate::engine::{Cause, Device, HostReason, Job, Phase, Presence, Progress, Verdict, Why};

/// A state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mark {
    /// Runs an image that is kept.
    Valid,
    /// An update has ended well.
    Validated,
    /// Runs an image on probation, until then if it is known.
    Pending(Option<Instant>),
    /// The old image runs again.
    RolledBack,
    /// The same, concluded from who came back.
    Inferred,
    /// The image was taken, and nothing can tell what became of it.
    Sent,
    /// An update has stopped on its way.
    Failed,
    /// Nothing was written.
    Refused,
    /// Went out of sight during an update.
    Lost,
    /// The user stopped it.
    Cancelled,
    /// Does not answer.
    Offline,
    /// Has not been asked yet.
    Announced,
    /// Waits for its turn.
    Waiting,
    /// Is asked, and a way is sought.
    Preparing,
    /// Has the order.
    Offered,
    /// Writes the image as it arrives.
    Downloading(Progress),
    /// Reads back what it wrote.
    Verifying,
    /// Restarts.
    Rebooting,
    /// Runs an image of whose validation nobody keeps book.
    Untracked,
    /// Only network and update run.
    SafeMode,
}

/// What a mark looks like, of the seven that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Green disc.
    Valid,
    /// Hourglass.
    Pending,
    /// U-turn.
    RolledBack,
    /// Octagon.
    Failed,
    /// Arrow.
    Updating,
    /// Grey, with this icon.
    Grey(Grey),
}

/// The grey ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grey {
    /// Crossed arcs.
    Offline,
    /// Crossed circle.
    Refused,
    /// Question mark.
    Lost,
    /// Square in a disc.
    Cancelled,
    /// Dashed circle.
    Waiting,
}

impl Mark {
    /// The state of a device, with the last update of this session if there was one.
    #[must_use]
    pub fn of(device: &Device, job: Option<&Job>) -> Self {
        if let Some(job) = job.filter(|job| job.verdict.is_none()) {
            return Self::of_phase(&job.phase);
        }
        if device.presence == Presence::Offline {
            return match job.and_then(|job| job.verdict.as_ref()) {
                Some(Verdict::Lost { .. }) => Self::Lost,
                _ => Self::Offline,
            };
        }
        match job.and_then(|job| job.verdict.as_ref()).map(Self::of_verdict) {
            // Nothing became of these, so the device is as it was.
            None | Some(Self::Validated | Self::Inferred | Self::Refused | Self::Cancelled) => {
                Self::at_rest(device)
            }
            Some(mark) => mark,
        }
    }

    fn at_rest(device: &Device) -> Self {
        let Some(status) = &device.status else {
            return if device.presence == Presence::Online { Self::Valid } else { Self::Announced };
        };
        if status.safe_mode {
            return Self::SafeMode;
        }
        let rolled_back = status.last_end.as_ref().is_some_and(|end| end.outcome == Outcome::RolledBack);
        match status.validation.state {
            ValidationState::Pending => Self::Pending(None),
            ValidationState::Valid if rolled_back => Self::RolledBack,
            ValidationState::Valid => Self::Valid,
            _ => Self::Untracked,
        }
    }

    /// The state of a running update.
    #[must_use]
    pub const fn of_phase(phase: &Phase) -> Self {
        match phase {
            Phase::Preparing => Self::Preparing,
            Phase::Offered => Self::Offered,
            Phase::Downloading(progress) => Self::Downloading(*progress),
            Phase::Verifying => Self::Verifying,
            Phase::Rebooting => Self::Rebooting,
            Phase::PendingValidation { deadline } => Self::Pending(*deadline),
        }
    }

    /// The state of an update that has ended.
    #[must_use]
    pub const fn of_verdict(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Validated | Verdict::AlreadyRunning => Self::Validated,
            Verdict::ValidatedInferred => Self::Inferred,
            Verdict::Sent => Self::Sent,
            Verdict::RolledBack(_) => Self::RolledBack,
            Verdict::Refused(_) => Self::Refused,
            Verdict::Failed { cause: Cause { reason: Why::Host(HostReason::Cancelled), .. }, .. } => {
                Self::Cancelled
            }
            Verdict::Failed { .. } => Self::Failed,
            Verdict::Lost { .. } => Self::Lost,
        }
    }

    /// The state of an update.
    #[must_use]
    pub fn of_job(job: &Job) -> Self {
        job.verdict.as_ref().map_or_else(|| Self::of_phase(&job.phase), Self::of_verdict)
    }

    /// Its word, without figures.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Valid => "Valid",
            Self::Validated => "Validated",
            Self::Inferred => "Validated, inferred",
            Self::Sent => "Sent",
            Self::Pending(_) => "Pending validation",
            Self::RolledBack => "Rolled back",
            Self::Failed => "Failed",
            Self::Refused => "Refused",
            Self::Lost => "Lost",
            Self::Cancelled => "Cancelled",
            Self::Offline => "Offline",
            Self::Announced => "Found",
            Self::Waiting => "Waiting",
            Self::Preparing => "Preparing",
            Self::Offered => "Offered",
            Self::Downloading(_) => "Downloading",
            Self::Verifying => "Verifying",
            Self::Rebooting => "Rebooting",
            Self::Untracked => "Not tracked",
            Self::SafeMode => "Safe mode",
        }
    }

    /// Its word with the figure that belongs to it: a share, or a countdown.
    #[must_use]
    pub fn words(&self, now: Instant) -> String {
        match self {
            Self::Downloading(progress) => {
                format!("Downloading, {}", super::figures::percent(progress.percent()))
            }
            Self::Pending(Some(deadline)) => {
                format!(
                    "Pending validation, {}",
                    super::figures::countdown(deadline.saturating_duration_since(now))
                )
            }
            mark => mark.word().to_owned(),
        }
    }

    /// Its look.
    #[must_use]
    pub const fn look(&self) -> Look {
        match self {
            Self::Valid | Self::Validated | Self::Inferred => Look::Valid,
            Self::Pending(_) => Look::Pending,
            Self::RolledBack => Look::RolledBack,
            Self::Failed | Self::SafeMode => Look::Failed,
            Self::Preparing | Self::Offered | Self::Downloading(_) | Self::Verifying | Self::Rebooting => {
                Look::Updating
            }
            Self::Offline => Look::Grey(Grey::Offline),
            Self::Refused => Look::Grey(Grey::Refused),
            Self::Lost | Self::Sent => Look::Grey(Grey::Lost),
            Self::Cancelled => Look::Grey(Grey::Cancelled),
            Self::Announced | Self::Waiting | Self::Untracked => Look::Grey(Grey::Waiting),
        }
    }

    /// Where it stands in the table: what needs somebody first, then what moves, then the rest.
    #[must_use]
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Pending(_) => 0,
            Self::RolledBack => 1,
            Self::Failed | Self::SafeMode => 2,
            Self::Lost => 3,
            Self::Offline => 4,
            Self::Preparing
            | Self::Offered
            | Self::Downloading(_)
            | Self::Verifying
            | Self::Rebooting
            | Self::Waiting => 5,
            Self::Refused | Self::Cancelled | Self::Sent => 6,
            Self::Valid | Self::Validated | Self::Inferred | Self::Announced | Self::Untracked => 7,
        }
    }

    /// Whether somebody should look at it.
    #[must_use]
    pub const fn needs_attention(&self) -> bool {
        self.rank() <= 3
    }

    /// Whether an update is under way.
    #[must_use]
    pub const fn is_updating(&self) -> bool {
        matches!(self.look(), Look::Updating)
    }
}
