//! What work on a board means for it: now, if it is called off, and once it has ended.

use super::{Doing, Job};

impl Job {
    /// What is going on, in a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Some(step) = self.current() else { return "Beginning.".to_owned() };
        let doing = step.plan.part.doing();
        match (self.stopping, step.plan.part.writes()) {
            (true, _) => "Stopping at the next block.".to_owned(),
            (false, true) => format!("{doing}. Keep the cable plugged in."),
            (false, false) => format!("{doing}."),
        }
    }

    /// In what state the board is if it ends here, or now that it has.
    #[must_use]
    pub fn leaves(&self) -> &'static str {
        match self.doing {
            Doing::Read | Doing::BackUp => "Nothing was written. The board is as it was.",
            _ if !self.has_written() => "Nothing was written. The board is as it was.",
            Doing::SetUp | Doing::Boot if self.is_written() => "What was to be written is on the board.",
            Doing::SetUp => "Name, WiFi and keys are only partly written: write them again.",
            Doing::Boot => "What boots is only partly written: choose the slot again.",
            _ if self.is_written() => "Everything is written and read back.",
            _ if self.has_backup => {
                "The flash is only partly written. The board may not start until it is flashed again, or restored from its \
                 backup."
            }
            _ => "The flash is only partly written. The board may not start until it is flashed again.",
        }
    }

    /// What calling it off would mean, before it is done.
    #[must_use]
    pub fn cancel_means(&self) -> &'static str {
        match self.doing {
            Doing::Read | Doing::BackUp => {
                "Cancel stops between two blocks. Nothing is written, the board stays as it is."
            }
            _ if self.is_written() => "Everything is written. Cancel only stops waiting for the board.",
            _ if !self.has_written() => "Cancel now, and nothing is written: the board stays as it is.",
            _ if self.has_backup => {
                "Cancel stops between two blocks. The board may then not start until it is flashed again, or restored from \
                 its backup."
            }
            _ => "Cancel stops between two blocks. The board may then not start until it is flashed again.",
        }
    }
}
