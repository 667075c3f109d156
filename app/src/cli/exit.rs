//! Exit codes: 0 done, 1 failed, 2 usage, 3 rolled back, 4 refused, 5 lost.

use std::process::ExitCode;

use crate::engine::{End, Verdict};

/// How a command ended, the better ends first: of several updates the worst counts.
///
/// A refusal is the mildest of the bad ends, because nothing was written. A lost device is the worst, because nobody
/// knows what it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exit {
    Done,
    Refused,
    Failed,
    RolledBack,
    Lost,
}

impl Exit {
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            // 2 is given by clap, for wrong usage.
            Self::RolledBack => 3,
            Self::Refused => 4,
            Self::Lost => 5,
        }
    }
}

impl From<&Verdict> for Exit {
    fn from(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Validated | Verdict::ValidatedInferred | Verdict::AlreadyRunning | Verdict::Sent => {
                Self::Done
            }
            Verdict::RolledBack(_) => Self::RolledBack,
            Verdict::Refused(_) => Self::Refused,
            Verdict::Failed { .. } => Self::Failed,
            Verdict::Lost { .. } => Self::Lost,
        }
    }
}

impl From<&End> for Exit {
    fn from(end: &End) -> Self {
        match end {
            End::Verdict(verdict) => Self::from(verdict),
            End::Skipped => Self::Done,
            // What was asked for was not done.
            End::NotStarted(_) => Self::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}
