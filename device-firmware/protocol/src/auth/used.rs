//! The nonces that were used: none counts twice, with little memory and for good.

use heapless::Vec;

use super::Denied;

/// So many are told apart. Beyond, the oldest ones count as used, whether they were or not.
const REMEMBERED: usize = 64;

/// Counters of used nonces. Only requests that authenticated get here, so that strangers cannot fill it.
#[derive(Default)]
pub(super) struct Used {
    counters: Vec<u64, REMEMBERED>,
    /// This one and all below count as used.
    floor: u64,
}

impl Used {
    /// Remembers a counter, which must not have been used. Zero is never issued.
    pub fn spend(&mut self, counter: u64) -> Result<(), Denied> {
        if counter <= self.floor || self.counters.contains(&counter) {
            return Err(Denied::Replayed);
        }
        let Err(counter) = self.counters.push(counter) else { return Ok(()) };
        // Full: the smallest of all makes room, be it the new one itself.
        match self.counters.iter_mut().min() {
            Some(smallest) if *smallest < counter => {
                self.floor = *smallest;
                *smallest = counter;
            }
            _ => self.floor = counter,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::collections::HashSet;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_oldest_makes_room_and_stays_used() {
        let mut used = Used::default();
        for counter in 2..=REMEMBERED as u64 + 1 {
            assert_eq!(used.spend(counter), Ok(()));
        }
        assert_eq!(used.spend(1), Ok(()), "smaller than all, but new");
        assert_eq!(used.spend(1), Err(Denied::Replayed));
        assert_eq!(used.spend(100), Ok(()));
        for counter in (0..=REMEMBERED as u64 + 1).chain([100]) {
            assert_eq!(used.spend(counter), Err(Denied::Replayed), "{counter}");
        }
        assert_eq!(used.spend(101), Ok(()));
    }

    proptest! {
        /// Whatever the order: none twice, and the newest is always taken.
        #[test]
        fn none_twice(counters in proptest::collection::vec(1_u64..400, 0..600)) {
            let (mut used, mut taken, mut newest) = (Used::default(), HashSet::new(), 0);
            for counter in counters {
                let fresh = !taken.contains(&counter);
                match used.spend(counter) {
                    Ok(()) => prop_assert!(taken.insert(counter), "{} twice", counter),
                    Err(_) => prop_assert!(!fresh || counter < newest, "{} refused", counter),
                }
                newest = newest.max(counter);
            }
        }

        /// Up to as many as are remembered come in any order, and each is taken once.
        #[test]
        fn a_few_in_any_order(order in Just((1..=REMEMBERED as u64).collect::<Vec<_>>()).prop_shuffle()) {
            let mut used = Used::default();
            for &counter in &order {
                prop_assert_eq!(used.spend(counter), Ok(()));
            }
            for &counter in &order {
                prop_assert_eq!(used.spend(counter), Err(Denied::Replayed));
            }
        }
    }
}
