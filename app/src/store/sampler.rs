//! Takes the figures of a running update from snapshots, at most so many however long it runs.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use skylift_protocol::Status;

use super::course::{Course, MOST_BOOTS, MOST_SAMPLES, PastBoot, Sample};
use crate::engine::{Device, Job, Snapshot, printable};

/// The least time between two samples, at first.
const SPACING: Duration = Duration::from_millis(250);

/// Takes the figures of one update.
pub(super) struct Sampler {
    started: SystemTime,
    spacing: Duration,
    written: Option<u32>,
    /// The last answer that has been looked at, and when it came.
    seen: Option<(SystemTime, Arc<Status>)>,
    /// The boot of that answer is the last of those that are kept.
    is_kept: bool,
    /// What the device told since the last sample.
    rssi: Option<i8>,
}

impl Sampler {
    pub(super) fn new(job: &Job) -> Self {
        Self {
            started: job.started_at,
            spacing: SPACING,
            written: None,
            seen: None,
            is_kept: false,
            rssi: None,
        }
    }

    /// Looks at a snapshot; takes a sample if it is time, and also if something has `happened`. `fetched` are the bytes
    /// that the device has taken, over all attempts.
    pub(super) fn look(
        &mut self,
        course: &mut Course,
        (job, fetched): (&Job, u64),
        snapshot: &Snapshot,
        now: SystemTime,
        happened: bool,
    ) {
        if let Some(progress) = job.phase.progress() {
            self.writes(course, progress.written, now);
        } else if job.phase.step().is_past_recall() && self.written.is_some() {
            self.written = Some(job.image.size);
        }
        if let Some(device) = snapshot.device(&job.device) {
            self.hear(course, device);
        }
        let at = self.since(now);
        let spacing = if happened { Duration::from_millis(1) } else { self.spacing };
        if course.samples.last().is_none_or(|last| at >= last.at + spacing) {
            let served = self.written.map(|_| fetched);
            course.samples.push(Sample { at, served, written: self.written, rssi: self.rssi.take() });
            self.thin_out(&mut course.samples);
        }
    }

    /// Who goes on writing still runs what it ran, whether it was asked meanwhile or not.
    fn writes(&mut self, course: &mut Course, written: u32, now: SystemTime) {
        let goes_on = self.written.is_some_and(|before| written > before);
        let since = self.since(now);
        if let Some(boot) = course.boots.last_mut().filter(|_| goes_on && self.is_kept) {
            boot.until = since;
        }
        self.written = Some(written);
    }

    /// In whole milliseconds, as it is stored.
    fn since(&self, moment: SystemTime) -> Duration {
        let since = moment.duration_since(self.started).unwrap_or_default();
        Duration::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn thin_out(&mut self, samples: &mut Vec<Sample>) {
        if samples.len() < MOST_SAMPLES {
            return;
        }
        self.spacing *= 2;
        let mut place = 0;
        samples.retain(|_| {
            place += 1;
            place % 2 == 1
        });
    }

    /// Takes an answer of the device that was not looked at before. One from before the update counts as its begin.
    fn hear(&mut self, course: &mut Course, device: &Device) {
        let (Some(at), Some(status)) = (device.last_seen, &device.status) else { return };
        if self.seen.as_ref().is_some_and(|(seen, _)| at <= *seen) {
            return;
        }
        self.rssi = status.rssi_dbm.or(self.rssi);
        let since = self.since(at);
        let same = self.seen.as_ref().is_some_and(|(seen, before)| {
            let apart = at.duration_since(*seen).unwrap_or_default();
            is_same_boot(before, status, apart)
        });
        if !same {
            self.is_kept = course.boots.len() < MOST_BOOTS;
            course.boots.extend(self.is_kept.then(|| boot(status, since)));
        } else if let Some(boot) = course.boots.last_mut().filter(|_| self.is_kept) {
            boot.until = since;
            status.validation.state.as_str().clone_into(&mut boot.state);
        }
        self.seen = Some((at, Arc::clone(status)));
    }
}

fn boot(status: &Status, at: Duration) -> PastBoot {
    PastBoot {
        from: at,
        until: at,
        count: status.boot_count,
        reset: status.reset_reason.as_str().to_owned(),
        version: printable(&status.running.version),
        state: status.validation.state.as_str().to_owned(),
        protection: status.protection.as_str().to_owned(),
    }
}

/// Whether two answers, this time apart, are of the same boot.
fn is_same_boot(before: &Status, now: &Status, apart: Duration) -> bool {
    if before.running.image_sha256 != now.running.image_sha256 {
        return false;
    }
    if let (Some(before), Some(now)) = (before.boot_id, now.boot_id) {
        return before == now;
    }
    // Uptime is told in whole seconds.
    let slack = 2 + apart.as_secs() / 20;
    before.boot_count == now.boot_count
        && u64::from(now.uptime_s) + slack >= u64::from(before.uptime_s) + apart.as_secs()
}

#[cfg(test)]
mod tests;
