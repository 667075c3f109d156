//! What is worked out for a plan, on a terminal.

use indicatif::{ProgressBar, ProgressStyle};

use super::super::airtime::working_out;
use crate::engine::{Device, WorkingOut};

/// A line on stderr while something is worked out. Where that is no terminal, nothing is written.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new() -> Self {
        // The template is fixed; were it wrong, the plain style would do.
        let style = ProgressStyle::with_template("{prefix}: {msg} [{bar:20}] {percent} %");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ");
        Self(ProgressBar::new(100).with_style(style))
    }

    pub(super) fn show(&self, device: &Device, stream: WorkingOut) {
        self.0.set_prefix(device.label().to_owned());
        self.0.set_message(working_out(stream.encoding));
        self.0.set_position(stream.percent.into());
    }

    /// Writes something else meanwhile.
    pub(super) fn beside(&self, write: impl FnOnce()) {
        self.0.suspend(write);
    }

    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }
}
