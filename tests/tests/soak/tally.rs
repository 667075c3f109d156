//! What is counted, and the table that is printed in the end.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::oracle::{Words, Wrong};

/// What went wrong with an update, or was done to it. One can have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    PowerCut,
    Reset,
    Drop,
    Stall,
    Flip,
    Silent,
    BadImage,
    Liar,
    Unfit,
    Cancelled,
    Away,
    Killed,
    Pushed,
    Rollout,
    Foreign,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::PowerCut => "power cut",
            Self::Reset => "reset button",
            Self::Drop => "connection dropped",
            Self::Stall => "connection stalled",
            Self::Flip => "bit flipped on the way",
            Self::Silent => "flash operation failed silently",
            Self::BadImage => "image that crashes, hangs, finds no network or never validates",
            Self::Liar => "device that lies",
            Self::Unfit => "image for another device, altered or truncated",
            Self::Cancelled => "cancelled",
            Self::Away => "device without power until it counted as lost",
            Self::Killed => "app killed",
            Self::Pushed => "(pushed)",
            Self::Rollout => "(in a rollout)",
            Self::Foreign => "(on a partition table without a journal)",
        }
    }
}

/// An update that has ended as it should.
#[derive(Clone, Debug)]
pub struct Update {
    /// What it met.
    pub kinds: Vec<Kind>,
    /// Its verdict and the reason.
    pub words: Words<'static>,
    /// Bytes that the device had and fetched again, where an update was offered again.
    pub twice: Option<u32>,
}

/// All that was counted.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    updates: u64,
    untroubled: u64,
    kinds: BTreeMap<Kind, u64>,
    verdicts: BTreeMap<Words<'static>, u64>,
    twice: Vec<u32>,
    bricked: u64,
    wrong: u64,
}

impl Tally {
    /// Updates so far.
    pub fn updates(&self) -> u64 {
        self.updates
    }

    /// Rounds that showed what must never be.
    pub fn failures(&self) -> u64 {
        self.bricked + self.wrong
    }

    /// Counts what came of a round.
    pub fn count(&mut self, round: &Result<Vec<Update>, Wrong>) {
        match round {
            Ok(updates) => updates.iter().for_each(|update| self.count_update(update)),
            Err(Wrong::Bricked(_)) => self.bricked += 1,
            Err(Wrong::Verdict(_)) => self.wrong += 1,
        }
    }

    fn count_update(&mut self, update: &Update) {
        self.updates += 1;
        self.untroubled += u64::from(update.kinds.is_empty());
        for kind in &update.kinds {
            *self.kinds.entry(*kind).or_default() += 1;
        }
        *self.verdicts.entry(update.words).or_default() += 1;
        self.twice.extend(update.twice);
    }

    /// The table, in Markdown.
    pub fn table(&self, seed: u64, time: Duration) -> String {
        let mut twice = self.twice.clone();
        twice.sort_unstable();
        let median = twice.get(twice.len() / 2).copied().unwrap_or(0);
        let most = twice.last().copied().unwrap_or(0);
        let mut table = "| | |\n|---|---:|\n".to_owned();
        let mut row = |name: &str, value: String| {
            let _ = writeln!(table, "| {name} | {value} |");
        };
        row("updates", self.updates.to_string());
        row("**bricked**", format!("**{}**", self.bricked));
        row("**wrong verdicts**", format!("**{}**", self.wrong));
        for (kind, count) in &self.kinds {
            row(kind.as_str(), count.to_string());
        }
        row("none of these", self.untroubled.to_string());
        for ((verdict, reason), count) in &self.verdicts {
            row(&format!("`{}`", format!("{verdict} {reason}").trim()), count.to_string());
        }
        row("fetched twice when offered again, median", format!("{median} bytes of {} updates", twice.len()));
        row("fetched twice when offered again, most", format!("{most} bytes"));
        let per_second = self.updates as f64 / time.as_secs_f64();
        row("time", format!("{:.0} s, {per_second:.1} updates a second", time.as_secs_f64()));
        row("seed", seed.to_string());
        table
    }
}
