//! A plan is carried out.

use std::time::{Duration, Instant};

use super::plan::Plan;
use super::region::{Content, Region};
use crate::usb::wire::Link;
use crate::usb::{Progress, Step, Told, UsbError, Work};

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Bytes that are there now as planned.
    pub bytes: u64,
    /// Bytes of them that were there before.
    pub unchanged: u64,
    /// How long it took.
    pub took: Duration,
}

/// How long so many bytes take at a rate, about: programs shrink to two thirds before they are sent, and a block takes a
/// fifth of a second to be erased and written.
#[must_use]
pub fn duration(bytes: u64, baud: u32) -> Duration {
    const BLOCK: f64 = 65_536.0;
    let bytes = bytes as f64;
    Duration::from_secs_f64(3.0 + bytes * 0.66 * 10.0 / f64::from(baud.max(1)) + bytes / BLOCK * 0.2)
}

/// Writes all of a plan; every piece is read back. Unchanged pieces are not sent.
///
/// # Errors
/// The board fails, or somebody called it off: what was written until then stays, and otadata is as it was.
pub fn write(plan: &Plan, link: &mut Link, work: &mut Work<'_>) -> Result<Report, UsbError> {
    let started = Instant::now();
    let mut report = Report::default();
    let mut rest = plan.regions.as_slice();
    while let Some(first) = rest.first() {
        let end = rest.iter().position(|region| region.step != first.step).unwrap_or(rest.len());
        let (step, behind) = rest.split_at(end);
        if let Err(error) = write_step(first.step, step, link, &mut report, work) {
            work.note(left_at(plan, first.step));
            return Err(error);
        }
        rest = behind;
    }
    report.took = started.elapsed();
    Ok(report)
}

/// What a board is like that was left in the middle of a step.
fn left_at(plan: &Plan, step: Step) -> String {
    let label = &plan.app.label;
    match step {
        Step::Bootloader | Step::PartitionTable => {
            "the board is written in part, and may not start before it is flashed again".to_owned()
        }
        Step::BootSelection => {
            format!("all but the boot selection is written: {label} or what ran before starts")
        }
        _ => format!(
            "{label} is written in part; bootloader, partition table and boot selection are as they were, \
            and no bootloader starts a part of an app"
        ),
    }
}

/// The regions of one step are one thing to whoever watches.
fn write_step(
    step: Step,
    regions: &[Region],
    link: &mut Link,
    report: &mut Report,
    work: &mut Work<'_>,
) -> Result<(), UsbError> {
    let total: u64 = regions.iter().map(|region| u64::from(region.length())).sum();
    let (mut done, mut unchanged) = (0, 0);
    for region in regions {
        let before = Progress { step, done, total, unchanged };
        let cancel = work.cancel();
        let mut part = Work::new(cancel, |told| match told {
            Told::Progress(progress) => work.progress(Progress {
                done: before.done + progress.done,
                unchanged: before.unchanged + progress.unchanged,
                ..before
            }),
            Told::Baud(baud) => work.baud(baud),
            Told::Note(note) => work.note(note),
        });
        match &region.content {
            Content::Bytes(bytes) => {
                let written = link.write(step, region.offset, bytes, &mut part)?;
                unchanged += written.unchanged;
                report.bytes += written.bytes;
                report.unchanged += written.unchanged;
            }
            Content::Blank(length) => link.erase(region.offset, *length, &mut part)?,
        }
        done += u64::from(region.length());
    }
    Ok(())
}
