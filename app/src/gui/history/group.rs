//! Past updates that belong together: those of one rollout.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::engine::Airtime;
use crate::store::PastUpdate;

/// Updates that belong together, in the order in which they began; never none.
#[derive(Clone, Debug)]
pub struct Group {
    first: Arc<PastUpdate>,
    others: Vec<Arc<PastUpdate>>,
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

    /// What all of them put on the air; absent if nothing is kept of that.
    #[must_use]
    pub fn airtime(&self) -> Option<Airtime> {
        let known = self.updates().filter_map(|update| update.air.as_ref());
        known.map(|air| air.time).reduce(|mut sum, time| {
            sum += time;
            sum
        })
    }

    /// The one that somebody should look at first: the first that did not validate, or else the first.
    #[must_use]
    pub fn telling(&self) -> &Arc<PastUpdate> {
        let went_well =
            |update: &PastUpdate| update.end.as_ref().is_some_and(|end| end.verdict == "validated");
        self.updates().find(|update| !went_well(update)).unwrap_or(&self.first)
    }
}

/// Puts the updates of each rollout together; both lists have the newest first. One from before rollouts were kept
/// stands for itself.
#[must_use]
pub fn grouped(updates: &[Arc<PastUpdate>]) -> Vec<Group> {
    let mut by_start = updates.to_vec();
    by_start.sort_by_key(|update| (update.started, update.number));
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for update in by_start {
        let rollout = update.rollout.as_ref().map(|rollout| rollout.id.clone());
        match rollout.as_ref().and_then(|id| groups.get_mut(*places.get(id)?)) {
            Some(group) => group.others.push(update),
            None => {
                places.extend(rollout.map(|id| (id, groups.len())));
                groups.push(Group::new(update));
            }
        }
    }
    groups.reverse();
    groups
}

#[cfg(test)]
mod tests {
    use super::super::sample::{at, of_rollout, past, validated};
    use super::*;
    use crate::store::PastAir;

    fn numbers(updates: Vec<PastUpdate>) -> Vec<Vec<i64>> {
        let updates: Vec<_> = updates.into_iter().rev().map(Arc::new).collect();
        let groups = grouped(&updates);
        groups.iter().map(|group| group.updates().map(|update| update.number).collect()).collect()
    }

    #[test]
    fn what_was_one_rollout_belongs_together_however_long_it_took() {
        let updates = vec![
            of_rollout("a-1", validated(1, "canary", 0, 10)),
            of_rollout("a-2", validated(2, "shed", 5, 8)),
            of_rollout("a-1", validated(3, "porch", 10, 20)),
            of_rollout("a-1", validated(4, "door", 9000, 9060)),
        ];
        assert_eq!(numbers(updates), [vec![2], vec![1, 3, 4]]);
    }

    #[test]
    fn nothing_is_guessed_of_those_from_before() {
        let updates = vec![
            validated(1, "lamp", 0, 10),
            validated(2, "door", 0, 10),
            of_rollout("b-1", validated(3, "shed", 0, 10)),
        ];
        assert_eq!(numbers(updates), [vec![3], vec![2], vec![1]]);
    }

    #[test]
    fn what_a_rollout_put_on_the_air_is_the_sum_of_what_is_known() {
        let with = |number: i64, air: Option<Airtime>| {
            let air = air.map(|time| PastAir { encoding: "delta".to_owned(), time });
            Arc::new(of_rollout("a-1", PastUpdate { air, ..validated(number, "lamp", 0, 10) }))
        };
        let air = |sent, raw| Some(Airtime { sent, raw });
        let sum = |updates: &[Arc<PastUpdate>]| grouped(updates)[0].airtime();
        assert_eq!(sum(&[with(3, air(3, 100)), with(2, None), with(1, air(4, 100))]), air(7, 200));
        assert_eq!(sum(&[with(1, None)]), None);
    }

    #[test]
    fn a_group_lasts_until_its_last_end() {
        let one = |update| Arc::new(of_rollout("a-1", update));
        let groups = grouped(&[one(validated(2, "b", 3, 30)), one(validated(1, "a", 0, 10))]);
        assert_eq!((groups.len(), groups[0].count()), (1, 2));
        assert_eq!(groups[0].duration(), Some(Duration::from_secs(30)));
        assert_eq!(groups[0].ended(), Some(at(30)));
        let running = grouped(&[Arc::new(past(7))]);
        assert_eq!((running[0].duration(), running[0].telling().number), (None, 7));
    }
}
