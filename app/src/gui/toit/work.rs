//! The making of an `ota.bin`: its steps, what the compiler says, and why it failed.

use crate::gui::usb::job::Failure;

/// The last lines of a compiler that are kept.
const MOST_LINES: usize = 2000;

/// Work that runs or has failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// The steps so far; the last one is under way.
    pub steps: Vec<String>,
    /// What the compiler said.
    pub lines: Vec<String>,
    /// Why it failed, once it has.
    pub failed: Option<Failure>,
}

impl Work {
    /// Whether it is under way.
    #[must_use]
    pub const fn runs(&self) -> bool {
        self.failed.is_none()
    }

    /// The compiler says something.
    pub fn line(&mut self, line: String) {
        self.lines.push(line);
        let surplus = self.lines.len().saturating_sub(MOST_LINES);
        self.lines.drain(..surplus);
    }
}
