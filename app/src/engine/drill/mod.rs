//! The rollback drill: a build that must fail is sent as an ordinary update, to see the device come back from it.
//!
//! A [`DrillPlan`] says what is sent; its image and options go into [`Command::Update`](super::Command::Update) or
//! [`Engine::update`](super::Engine::update) like any other. When the job has its verdict, [`DrillResult::of`] says what
//! it proves. The command line, the window and the history come to the same words by that.

mod plan;
mod restamp;
mod result;
#[cfg(test)]
mod tests;

use std::time::Duration;

use skylift_protocol::{Confirm, Digest, FirmwareKind, Reason, Status};

pub use plan::{DrillError, DrillPlan};
pub use restamp::RestampError;
pub use result::{DrillResult, Proof};

/// What makes an update a drill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drill {
    /// How the build fails.
    pub method: DrillMethod,
    /// The image that ran before, and must run again.
    pub image_before: Digest,
}

/// How a build fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrillMethod {
    /// A demo image that panics at its start; for simulated devices.
    Crash,
    /// The device's own image under another version, which nobody confirms until its probation is over.
    Unconfirmed,
    /// A build of the user's.
    OwnBuild,
}

impl DrillMethod {
    /// The method that needs nothing but the device: simulated ones get a demo image, others their own.
    #[must_use]
    pub fn usual(status: &Status) -> Self {
        match status.running.kind {
            FirmwareKind::Simulated => Self::Crash,
            _ => Self::Unconfirmed,
        }
    }

    /// Its word, as in the history and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::Unconfirmed => "unconfirmed",
            Self::OwnBuild => "own_build",
        }
    }

    /// What the build is, in half a sentence behind "a build that".
    #[must_use]
    pub const fn fails_how(self) -> &'static str {
        match self {
            Self::Crash => "crashes at its start",
            Self::Unconfirmed => "is its own under another version, which nobody will confirm",
            Self::OwnBuild => "should fail",
        }
    }

    /// How long it takes, at the chips' own times, until the image before runs again: two starts of the device, and
    /// the probation in between. An own build that finds no network is dark all that time.
    #[must_use]
    pub const fn expected_time(self) -> Duration {
        match self {
            Self::Crash => Duration::from_secs(10),
            Self::Unconfirmed => Duration::from_secs(610),
            Self::OwnBuild => Duration::from_secs(130),
        }
    }

    /// Who confirms the build: nobody shall, so only one that would confirm itself is told to wait for a person.
    const fn confirm(self) -> Confirm {
        match self {
            Self::Unconfirmed => Confirm::Manual,
            Self::Crash | Self::OwnBuild => Confirm::Auto,
        }
    }

    /// Whether a rollback for this reason is the one that the build was to cause.
    const fn expects(self, reason: Reason) -> bool {
        match self {
            Self::Crash => matches!(reason, Reason::Panic),
            Self::Unconfirmed => matches!(reason, Reason::NotValidated),
            Self::OwnBuild => matches!(
                reason,
                Reason::Panic
                    | Reason::Watchdog
                    | Reason::NoNetwork
                    | Reason::NotValidated
                    | Reason::Restarted
            ),
        }
    }
}
