//! How far the sending of an image is, as it is told: by what has left this computer.

use std::time::Instant;

use super::super::sending::Sent;
use crate::engine::update::{Phase, Progress, RateMeter};

/// How far the sending is, as it was last told.
pub(super) struct Meter {
    total: u32,
    told: Option<Phase>,
    rate: RateMeter,
    /// When it last moved.
    pub(super) moved: Instant,
}

impl Meter {
    pub(super) fn new(total: u32) -> Self {
        Self { total, told: None, rate: RateMeter::default(), moved: Instant::now() }
    }

    pub(super) fn is_whole(&self, sent: &Sent) -> bool {
        sent.bytes() >= u64::from(self.total)
    }

    /// Nothing of it waits for its turn here any more: whether it all gets there, nobody can tell.
    pub(super) fn is_all_on_its_way(&self, sent: &Sent) -> bool {
        sent.handed_over() >= u64::from(self.total)
    }

    /// Hundredths that have left this computer.
    pub(super) fn percent(&self, sent: &Sent) -> u32 {
        self.progress(sent).percent()
    }

    fn progress(&self, sent: &Sent) -> Progress {
        let written = u32::try_from(sent.bytes()).unwrap_or(self.total).min(self.total);
        Progress { written, total: self.total, rate: None }
    }

    /// The phase, if it is another one than before.
    pub(super) fn look(&mut self, sent: &Sent) -> Option<Phase> {
        let (now, mut progress) = (Instant::now(), self.progress(sent));
        let before = self.told.as_ref().and_then(Phase::progress).map(|progress| progress.written);
        let phase = match self.told {
            Some(Phase::Verifying) => return None,
            Some(Phase::Downloading(_)) if before == Some(self.total) => Phase::Verifying,
            _ if before == Some(progress.written) => return None,
            _ => {
                progress.rate = self.rate.take(progress.written, now);
                Phase::Downloading(progress)
            }
        };
        self.moved = now;
        self.told = Some(phase);
        Some(phase)
    }
}
