//! Sources that are looked up again and again, and what came of it.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use skylift_protocol::{Chip, Digest};

use super::{Fetched, NetSource, Pattern, Refusal, SourceError};

/// A source that is looked up again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackedSource {
    /// Where. A URL in it may hold a key, so it is shown by its `Display`.
    pub source: NetSource,
    /// Which asset of its releases.
    pub asset: Option<Pattern>,
    /// The image that it had when it was last reached.
    #[serde(default)]
    pub found: Option<Found>,
    /// When it was last looked up.
    #[serde(default)]
    pub looked: Option<SystemTime>,
    /// When it is looked up next; without a time, now.
    #[serde(default)]
    pub next: Option<SystemTime>,
    /// How often it failed since it last did not.
    #[serde(default)]
    pub failures: u32,
    /// What went wrong the last time, in a sentence. That this computer was offline is nothing to tell.
    #[serde(default)]
    pub problem: Option<String>,
}

/// The image that a source had. It is in the library, unless it was forgotten there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Its digest.
    pub file_sha256: Digest,
    /// Its project.
    pub project: String,
    /// Its version.
    pub version: String,
    /// Its chip.
    pub chip: Chip,
    /// The release's tag, if it belongs to one.
    pub release: Option<String>,
}

/// Why a source could not be looked up, as far as it matters for the next time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setback {
    /// The network or the server is not there.
    Offline,
    /// The server takes no more requests, for so long if it says.
    Limited(Option<Duration>),
    /// Something that somebody has to mend.
    Wrong,
}

impl TrackedSource {
    /// A source that has never been looked up.
    #[must_use]
    pub fn new(source: NetSource, asset: Option<Pattern>) -> Self {
        Self { source, asset, found: None, looked: None, next: None, failures: 0, problem: None }
    }

    /// Whether both are the same thing to look up.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.source == other.source && self.asset == other.asset
    }

    /// Whether it is time to look it up. A clock that was set back does not keep it from it.
    #[must_use]
    pub fn is_due(&self, now: SystemTime) -> bool {
        let since = |earlier: SystemTime| now.duration_since(earlier).is_ok();
        self.next.is_none_or(since) || self.looked.is_some_and(|looked| !since(looked))
    }

    /// Takes what came of looking it up.
    pub fn take(&mut self, outcome: &Result<Fetched, SourceError>, now: SystemTime) {
        self.looked = Some(now);
        match outcome {
            Ok(fetched) => {
                self.found = Some(Found::from(fetched));
                self.failures = 0;
                self.problem = None;
            }
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                let told = Setback::of(error) != Setback::Offline;
                self.problem = told.then(|| error.to_string());
            }
        }
    }
}

impl From<&Fetched> for Found {
    fn from(Fetched { image, release, .. }: &Fetched) -> Self {
        Self {
            file_sha256: image.file_sha256,
            project: image.project.clone(),
            version: image.version.clone(),
            chip: image.chip,
            release: release.clone(),
        }
    }
}

impl Setback {
    /// What an error means.
    #[must_use]
    pub fn of(error: &SourceError) -> Self {
        match error {
            SourceError::Unreachable { .. } | SourceError::Silent(_) | SourceError::BrokenOff { .. } => {
                Self::Offline
            }
            SourceError::Refused { refusal: Refusal::RateLimit { minutes }, .. } => {
                Self::Limited(minutes.map(|minutes| Duration::from_secs(60 * minutes)))
            }
            SourceError::Refused { refusal: Refusal::Status(500..), .. } => Self::Offline,
            _ => Self::Wrong,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn being_offline_is_nothing_to_tell() {
        let now = SystemTime::now();
        let mut source = TrackedSource::new("acme/lamp".parse().unwrap(), None);
        assert!(source.is_due(now));
        let offline = SourceError::Unreachable { url: String::new(), why: String::new() };
        source.take(&Err(offline), now);
        assert_eq!((source.failures, &source.problem), (1, &None));
        source.take(&Err(SourceError::Answer("https://x".to_owned())), now);
        assert_eq!(source.failures, 2);
        assert!(source.problem.as_ref().is_some_and(|problem| problem.contains("not understood")));
        source.next = Some(now + Duration::from_secs(60));
        assert!(!source.is_due(now) && source.is_due(now + Duration::from_secs(60)));
        // The clock was wrong, and is right now.
        assert!(source.is_due(now - Duration::from_secs(1)));
    }

    #[test]
    fn it_is_kept_with_its_key_and_shown_without() {
        let url = "https://example.com/ota.bin?key=secret";
        let source = TrackedSource::new(url.parse().unwrap(), Some("*.bin".parse().unwrap()));
        let text = serde_json::to_string(&source).unwrap();
        assert_eq!(serde_json::from_str::<TrackedSource>(&text).unwrap(), source);
        assert!(text.contains("secret") && !source.source.to_string().contains("secret"));
        assert!(serde_json::from_str::<TrackedSource>(&text.replace("https", "ftp")).is_err());
    }
}
