//! What became of images on devices: where each runs, and where it did not stay.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use skylift_protocol::ValidationState;

use crate::engine::Snapshot;
use crate::gui::messages::sentence;
use crate::store::PastUpdate;

/// What became of one image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// Devices that run it and have kept it.
    pub valid: usize,
    /// Devices that run it on probation.
    pub pending: usize,
    /// Devices that run it, and keep no book of its validation.
    pub untracked: usize,
    /// Devices that went back from it.
    pub rolled_back: usize,
    /// Devices that it did not reach.
    pub failed: usize,
    /// Why a device last went back from it.
    pub reason: Option<String>,
}

/// How one device last ended with one image.
struct Ending<'a> {
    verdict: &'a str,
    reason: Option<&'a str>,
    detail: Option<&'a str>,
}

impl Uses {
    /// Devices that run it.
    #[must_use]
    pub const fn running(&self) -> usize {
        self.valid + self.pending + self.untracked
    }

    /// Devices that run it or had it.
    #[must_use]
    pub const fn tried(&self) -> usize {
        self.running() + self.rolled_back + self.failed
    }

    /// `5 valid, 1 rolled back`.
    #[must_use]
    pub fn words(&self) -> String {
        let counts = [
            (self.valid, "valid"),
            (self.pending, "pending"),
            (self.untracked, "not tracked"),
            (self.rolled_back, "rolled back"),
            (self.failed, "failed"),
        ];
        let words: Vec<_> = counts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        if words.is_empty() { "not used yet".to_owned() } else { words.join(", ") }
    }
}

/// What became of each image, by its `image_sha256` in hex: of devices what they say now, of the others how their last
/// update with it ended. `past` has the newest first.
#[must_use]
pub fn uses(engine: &Snapshot, past: &[Arc<PastUpdate>]) -> HashMap<String, Uses> {
    let mut uses: HashMap<String, Uses> = HashMap::new();
    let mut running: BTreeMap<&str, String> = BTreeMap::new();
    for (device, status) in engine.devices.iter().filter_map(|device| Some((device, device.status.as_ref()?)))
    {
        let image = status.running.image_sha256.to_string();
        let of_it = uses.entry(image.clone()).or_default();
        match status.validation.state {
            ValidationState::Valid => of_it.valid += 1,
            ValidationState::Pending => of_it.pending += 1,
            _ => of_it.untracked += 1,
        }
        running.insert(device.id.as_str(), image);
    }
    let endings = endings(engine, past);
    for ((image, device), ending) in &endings {
        if running.get(device.as_str()) != Some(image) {
            uses.entry(image.clone()).or_default().take(ending);
        }
    }
    // Who does not answer runs what it last validated.
    for (device, image) in last_validated(engine, past) {
        if !running.contains_key(device.as_str()) {
            uses.entry(image).or_default().valid += 1;
        }
    }
    uses
}

/// The image that each device validated last, unless it went back from it later.
fn last_validated(engine: &Snapshot, past: &[Arc<PastUpdate>]) -> BTreeMap<String, String> {
    let before = past.iter().rev().filter_map(|update| {
        let end = update.end.as_ref()?;
        Some((update.device.clone(), update.image_sha256.clone(), end.verdict.as_str()))
    });
    let now = engine.jobs.iter().filter_map(|job| {
        let verdict = job.verdict.as_ref()?;
        Some((job.device.to_string(), job.image.image_sha256.to_string(), verdict.as_str()))
    });
    let mut last = BTreeMap::new();
    for (device, image, verdict) in before.chain(now) {
        match verdict {
            "validated" => drop(last.insert(device, image)),
            "rolled_back" if last.get(&device) == Some(&image) => drop(last.remove(&device)),
            _ => {}
        }
    }
    last
}

/// The last end of each device with each image.
fn endings<'a>(engine: &'a Snapshot, past: &'a [Arc<PastUpdate>]) -> BTreeMap<(String, String), Ending<'a>> {
    let before = past.iter().rev().filter_map(|update| {
        let end = update.end.as_ref()?;
        let ending =
            Ending { verdict: &end.verdict, reason: end.reason.as_deref(), detail: end.detail.as_deref() };
        Some(((update.image_sha256.clone(), update.device.clone()), ending))
    });
    let now = engine.jobs.iter().filter_map(|job| {
        let verdict = job.verdict.as_ref()?;
        let ending =
            Ending { verdict: verdict.as_str(), reason: verdict.reason(), detail: Some(verdict.detail()) };
        Some(((job.image.image_sha256.to_string(), job.device.to_string()), ending))
    });
    before.chain(now).collect()
}

impl Uses {
    fn take(&mut self, ending: &Ending<'_>) {
        match (ending.verdict, ending.reason) {
            ("rolled_back", _) => {
                self.rolled_back += 1;
                self.reason = ending.detail.map(sentence);
            }
            ("failed", Some("cancelled")) => {}
            ("failed", _) => self.failed += 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::gui::history::sample::past;
    use crate::store::PastEnd;

    fn ended(device: &str, verdict: &str, reason: &str) -> Arc<PastUpdate> {
        let end = PastEnd {
            at: SystemTime::now(),
            verdict: verdict.to_owned(),
            reason: Some(reason.to_owned()),
            detail: Some("it crashed".to_owned()),
            crash: None,
        };
        Arc::new(PastUpdate { device: device.to_owned(), end: Some(end), ..past(1) })
    }

    #[test]
    fn who_does_not_answer_runs_what_it_last_validated() {
        let other = "7".repeat(64);
        let newer = PastUpdate { image_sha256: other.clone(), ..(*ended("lamp", "validated", "")).clone() };
        let past = [Arc::new(newer), ended("lamp", "validated", ""), ended("door", "validated", "")];
        let uses = uses(&Snapshot::default(), &past);
        assert_eq!(uses.get(&other).unwrap().words(), "1 valid");
        // Of the lamp it was, and of the door it is.
        assert_eq!(uses.get(&past[1].image_sha256).unwrap().words(), "1 valid");
    }

    #[test]
    fn the_last_end_of_each_device_counts() {
        let past = [
            ended("lamp", "rolled_back", "panic"),
            ended("porch", "failed", "no_answer"),
            ended("door", "failed", "cancelled"),
            ended("lamp", "validated", ""),
        ];
        let uses = uses(&Snapshot::default(), &past);
        let of_it = uses.get(&past[0].image_sha256).unwrap();
        assert_eq!(of_it.words(), "1 rolled back, 1 failed");
        assert_eq!((of_it.tried(), of_it.reason.as_deref()), (2, Some("It crashed.")));
        assert_eq!(Uses::default().words(), "not used yet");
    }
}
