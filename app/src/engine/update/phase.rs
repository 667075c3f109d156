//! How far an update is.

use std::time::{Duration, Instant};

/// The steps of an update, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The image is checked against the device, and a way from the device to this computer is sought.
    Preparing,
    /// The device has the order, and has not written anything yet.
    Offered,
    /// The device writes the image as it arrives.
    Downloading,
    /// The device reads back what it wrote.
    Verifying,
    /// The device restarts into the new image.
    Rebooting,
    /// The new image runs and is on probation.
    PendingValidation,
}

impl Step {
    /// Its word, as in JSON output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Offered => "offered",
            Self::Downloading => "downloading",
            Self::Verifying => "verifying",
            Self::Rebooting => "rebooting",
            Self::PendingValidation => "pending_validation",
        }
    }

    /// Whether the device may have switched to the new image already, so that nobody can call it back.
    #[must_use]
    pub const fn is_past_recall(self) -> bool {
        matches!(self, Self::Verifying | Self::Rebooting | Self::PendingValidation)
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::PendingValidation => "pending validation",
            step => step.as_str(),
        })
    }
}

/// A step, with what is known of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Phase {
    /// See [`Step::Preparing`].
    Preparing,
    /// See [`Step::Offered`].
    Offered,
    /// See [`Step::Downloading`].
    Downloading(Progress),
    /// See [`Step::Verifying`].
    Verifying,
    /// See [`Step::Rebooting`].
    Rebooting,
    /// See [`Step::PendingValidation`].
    PendingValidation {
        /// When the device gives the new image up unless it has validated, if it says so.
        deadline: Option<Instant>,
    },
}

impl Phase {
    /// The step without its details.
    #[must_use]
    pub const fn step(&self) -> Step {
        match self {
            Self::Preparing => Step::Preparing,
            Self::Offered => Step::Offered,
            Self::Downloading(_) => Step::Downloading,
            Self::Verifying => Step::Verifying,
            Self::Rebooting => Step::Rebooting,
            Self::PendingValidation { .. } => Step::PendingValidation,
        }
    }

    /// How far the download is, while it runs.
    #[must_use]
    pub const fn progress(&self) -> Option<Progress> {
        match self {
            Self::Downloading(progress) => Some(*progress),
            _ => None,
        }
    }
}

/// How far a download is, by the device's own figures; of a Jaguar device, which has none, by what has left this computer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Bytes in the device's flash, or on their way to it.
    pub written: u32,
    /// Bytes in all.
    pub total: u32,
    /// Bytes a second, smoothed; absent until it can be told.
    pub rate: Option<f64>,
}

impl Progress {
    /// Hundredths done.
    #[must_use]
    pub fn percent(&self) -> u32 {
        let percent = u64::from(self.written) * 100 / u64::from(self.total.max(1));
        u32::try_from(percent.min(100)).unwrap_or(100)
    }

    /// How long the rest takes at this rate.
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        let left = f64::from(self.total.saturating_sub(self.written));
        let rate = self.rate.filter(|rate| *rate >= 1.0)?;
        Duration::try_from_secs_f64(left / rate).ok()
    }
}
