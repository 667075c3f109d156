//! How far work by cable is: a bar on a terminal, and elsewhere a line a step.

use std::io::Write as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::super::figures;
use super::super::output::Output;
use crate::usb::{Progress, Step, Told};

/// Before so much time has passed, nothing is said of how much is left.
const SETTLED: Duration = Duration::from_secs(1);

/// The bar.
pub(super) struct Bar {
    /// `None` where nobody can watch one.
    drawn: Option<ProgressBar>,
    step: Option<(Step, Instant)>,
}

impl Bar {
    pub(super) fn new() -> Self {
        let drawn = Output::is_terminal().then(|| {
            // The template is fixed; were it wrong, the plain style would do.
            let style = ProgressStyle::with_template("{prefix:<15} [{bar:14}] {wide_msg}");
            ProgressBar::new(1)
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "))
        });
        Self { drawn, step: None }
    }

    pub(super) fn tell(&mut self, told: &Told) {
        match told {
            Told::Progress(progress) => self.progress(*progress),
            Told::Baud(_) => {}
            Told::Note(note) => self.line(&format!("note: {note}")),
        }
    }

    /// The bar goes; what was said stays.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.drawn {
            bar.finish_and_clear();
        }
    }

    fn progress(&mut self, progress: Progress) {
        let since = match self.step {
            Some((step, since)) if step == progress.step => since,
            _ => {
                let now = Instant::now();
                self.step = Some((progress.step, now));
                if self.drawn.is_none() {
                    self.line(name(progress.step));
                }
                now
            }
        };
        if let Some(bar) = &self.drawn {
            bar.set_prefix(name(progress.step));
            bar.set_length(progress.total);
            bar.set_position(progress.done);
            bar.set_message(figures_of(progress, since.elapsed()));
        }
    }

    /// A line above the bar. If nobody reads it, nobody wants to know.
    fn line(&self, line: &str) {
        match &self.drawn {
            Some(bar) => bar.println(line),
            None => {
                let _ = writeln!(std::io::stderr(), "{line}");
            }
        }
    }
}

/// `42 %, 1.7 MiB of 4.0 MiB, 52 KiB/s, 45 s left`; of steps that have no bytes, nothing.
fn figures_of(progress: Progress, elapsed: Duration) -> String {
    let Progress { done, total, unchanged, .. } = progress;
    if total <= 1 {
        return String::new();
    }
    let mut text = format!("{} %, {} of {}", done * 100 / total, figures::bytes(done), figures::bytes(total));
    let seconds = elapsed.as_secs_f64();
    let sent = done.saturating_sub(unchanged);
    if elapsed >= SETTLED && sent > 0 {
        text += &format!(", {}", figures::speed(sent as f64 / seconds));
    }
    if elapsed >= SETTLED && (1..total).contains(&done) {
        let left = Duration::try_from_secs_f64((total - done) as f64 * seconds / done as f64);
        text += &left.map_or(String::new(), |left| format!(", {} left", figures::time(left)));
    }
    text
}

const fn name(step: Step) -> &'static str {
    match step {
        Step::Connect => "Connecting",
        Step::Read => "Reading",
        Step::BackUp => "Backing up",
        Step::Erase => "Erasing",
        Step::Bootloader => "Bootloader",
        Step::PartitionTable => "Partition table",
        Step::App => "App",
        Step::Provisioning => "Settings",
        Step::BootSelection => "Boot selection",
        Step::Restore => "Restoring",
        Step::Restart => "Restarting",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_the_bytes() {
        let progress = Progress { step: Step::BackUp, done: 1 << 20, total: 4 << 20, unchanged: 1 << 19 };
        let text = figures_of(progress, Duration::from_secs(8));
        assert_eq!(text, "25 %, 1.0 MiB of 4.0 MiB, 64 KiB/s, 24 s left");
        assert_eq!(figures_of(progress, Duration::from_millis(1)), "25 %, 1.0 MiB of 4.0 MiB");
        assert_eq!(figures_of(Progress { total: 1, done: 1, ..progress }, Duration::from_secs(9)), "");
    }
}
