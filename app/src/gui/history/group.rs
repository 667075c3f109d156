//! Past updates that belong together: one image that several devices got at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::engine::{RolloutId, Snapshot};
use crate::store::PastUpdate;

/// The others of a rollout begin as soon as its canary has validated; nobody begins another that fast.
const GAP: Duration = Duration::from_millis(500);

/// Updates that belong together, in the order in which they began; never none.
#[derive(Clone, Debug)]
pub struct Group {
    first: Arc<PastUpdate>,
    others: Vec<Arc<PastUpdate>>,
}

/// The rollouts of this session, by device and time. The history does not know them.
#[derive(Debug, Default)]
pub struct Rollouts(HashMap<(String, u128), RolloutId>);

impl Rollouts {
    /// Those that the engine knows.
    #[must_use]
    pub fn of(engine: &Snapshot) -> Self {
        let members = engine.rollouts.iter().flat_map(|rollout| {
            let jobs = rollout.members.iter().filter_map(|member| engine.job(member.job?));
            jobs.map(|job| ((job.device.to_string(), millis(job.started_at)), rollout.id))
        });
        Self(members.collect())
    }

    fn get(&self, update: &PastUpdate) -> Option<RolloutId> {
        self.0.get(&(update.device.clone(), millis(update.started))).copied()
    }
}

/// The history keeps milliseconds.
fn millis(time: SystemTime) -> u128 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis()
}

impl Group {
    fn new(first: Arc<PastUpdate>) -> Self {
        Self { first, others: Vec::new() }
    }

    /// The first that began.
    #[must_use]
    pub fn first(&self) -> &Arc<PastUpdate> {
        &self.first
    }

    /// All of them, in the order in which they began.
    pub fn updates(&self) -> impl Iterator<Item = &Arc<PastUpdate>> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// How many they are.
    #[must_use]
    pub fn count(&self) -> usize {
        1 + self.others.len()
    }

    /// When the last of them ended; absent while one runs.
    #[must_use]
    pub fn ended(&self) -> Option<SystemTime> {
        self.updates()
            .map(|update| Some(update.end.as_ref()?.at))
            .try_fold(self.first.started, |latest, at| Some(latest.max(at?)))
    }

    /// From the first begin to the last end; absent while one runs.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        Some(self.ended()?.duration_since(self.first.started).unwrap_or_default())
    }

    /// The one that somebody should look at first: the first that did not validate, or else the first.
    #[must_use]
    pub fn telling(&self) -> &Arc<PastUpdate> {
        let went_well =
            |update: &PastUpdate| update.end.as_ref().is_some_and(|end| end.verdict == "validated");
        self.updates().find(|update| !went_well(update)).unwrap_or(&self.first)
    }

    /// Whether an update that began later belongs to these. Certain it is only of the rollouts of this session; of
    /// others it is said if another device got the same image at the same time.
    fn takes(&self, update: &PastUpdate, rollouts: &Rollouts) -> bool {
        let same_image = self.first.file_sha256 == update.file_sha256 && self.first.drill.is_none();
        if !same_image || update.drill.is_some() {
            return false;
        }
        if let (Some(mine), Some(its)) = (rollouts.get(&self.first), rollouts.get(update)) {
            return mine == its;
        }
        let other_device = self.updates().all(|mine| mine.device != update.device);
        let at_once = self.ended().is_none_or(|ended| update.started <= ended + GAP);
        other_device && at_once
    }
}

/// Puts updates together; both lists have the newest first.
#[must_use]
pub fn grouped(updates: &[Arc<PastUpdate>], rollouts: &Rollouts) -> Vec<Group> {
    /// Groups further back are not looked at: nobody rolls so many out at the same time.
    const BACK: usize = 16;
    let mut by_start = updates.to_vec();
    by_start.sort_by_key(|update| (update.started, update.number));
    let mut groups: Vec<Group> = Vec::new();
    for update in by_start {
        match groups.iter_mut().rev().take(BACK).find(|group| group.takes(&update, rollouts)) {
            Some(group) => group.others.push(update),
            None => groups.push(Group::new(update)),
        }
    }
    groups.reverse();
    groups
}

#[cfg(test)]
mod tests {
    use super::super::sample::{at, past, validated};
    use super::*;

    fn numbers(updates: Vec<PastUpdate>) -> Vec<Vec<i64>> {
        let updates: Vec<_> = updates.into_iter().rev().map(Arc::new).collect();
        let groups = grouped(&updates, &Rollouts::default());
        groups.iter().map(|group| group.updates().map(|update| update.number).collect()).collect()
    }

    #[test]
    fn what_ran_at_once_with_one_image_belongs_together() {
        // A canary, then two, of which one is slow; much later another.
        let updates = vec![
            validated(1, "canary", 0, 10),
            validated(2, "porch", 10, 20),
            validated(3, "door", 10, 60),
            validated(4, "shed", 55, 70),
            validated(5, "attic", 72, 90),
        ];
        assert_eq!(numbers(updates), [vec![5], vec![1, 2, 3, 4]]);
    }

    #[test]
    fn the_same_device_or_another_image_does_not() {
        let other = PastUpdate { file_sha256: "9".repeat(64), ..validated(3, "door", 2, 9) };
        let updates = vec![validated(1, "lamp", 0, 10), validated(2, "lamp", 5, 12), other];
        assert_eq!(numbers(updates), [vec![2], vec![3], vec![1]]);
    }

    #[test]
    fn a_group_lasts_until_its_last_end() {
        let updates = [Arc::new(validated(2, "b", 3, 30)), Arc::new(validated(1, "a", 0, 10))];
        let groups = grouped(&updates, &Rollouts::default());
        assert_eq!((groups.len(), groups[0].count()), (1, 2));
        assert_eq!(groups[0].duration(), Some(Duration::from_secs(30)));
        assert_eq!(groups[0].ended(), Some(at(30)));
        let running = grouped(&[Arc::new(past(7))], &Rollouts::default());
        assert_eq!((running[0].duration(), running[0].telling().number), (None, 7));
    }
}
