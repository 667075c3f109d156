//! The soak: updates with random faults, one after the other, from a seed. None may brick a device, and no verdict may
//! be wrong: what is right, the flash of the simulated device decides.
//!
//! Runs for 20 s. `SKYLIFT_SOAK_SECONDS` sets another time, `SKYLIFT_SOAK_UPDATES` a number of updates instead, and
//! `SKYLIFT_SOAK_SEED` the seed of the first round; each round's seed is the one before plus 1. What goes wrong is
//! printed with its seed: `SKYLIFT_SOAK_SEED=<it> SKYLIFT_SOAK_UPDATES=1` lives that round alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod fleet;
mod images;
mod judge;
mod killed;
mod live;
mod oracle;
mod round;
mod subject;
mod tally;
mod truth;
mod unfit;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use oracle::Wrong;
use round::Round;
use tally::{Tally, Update};

/// Most of an update is waiting: for a restart, a probation, a stall.
const DEVICES_AT_A_TIME: usize = 24;
/// So many failures are enough to look into.
const FAILURES: u64 = 10;
/// Between two signs of life, in updates.
const SIGN_OF_LIFE: u64 = 500;

/// When the soak is over.
#[derive(Clone, Copy)]
enum Goal {
    Time(Instant),
    Updates(u64),
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

impl Goal {
    fn given() -> Self {
        match setting("SKYLIFT_SOAK_UPDATES") {
            Some(updates) => Self::Updates(updates),
            None => {
                let seconds = setting("SKYLIFT_SOAK_SECONDS").unwrap_or(20);
                Self::Time(Instant::now() + Duration::from_secs(seconds))
            }
        }
    }

    /// Whether another round begins, when so many have begun. A round is one update, or more.
    fn is_open(self, begun: u64, tally: &Tally) -> bool {
        let open = match self {
            Self::Time(end) => Instant::now() < end,
            Self::Updates(updates) => begun == 0 || tally.updates() < updates && begun < updates,
        };
        open && tally.failures() < FAILURES
    }
}

/// A round; a panic in it, such as a wait in vain, is a failure too.
fn live(seed: u64) -> Result<Vec<Update>, Wrong> {
    let round = Round::of(seed);
    let told = |why: &str| format!("seed {seed}: {round:?}: {why}");
    match catch_unwind(AssertUnwindSafe(|| round.live())) {
        Ok(Ok(updates)) => Ok(updates),
        Ok(Err(Wrong::Bricked(why))) => Err(Wrong::Bricked(told(&why))),
        Ok(Err(Wrong::Verdict(why))) => Err(Wrong::Verdict(told(&why))),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(Wrong::Bricked(told(text.unwrap_or("it panicked"))))
        }
    }
}

#[test]
fn random_updates() {
    skylift::open_files::raise_limit();
    let seed = setting("SKYLIFT_SOAK_SEED").unwrap_or_else(|| fastrand::u64(..u64::MAX / 2));
    println!("seed {seed}");
    let (goal, begun, rounds) = (Goal::given(), Instant::now(), AtomicU64::new(0));
    let tally = Mutex::new(Tally::default());
    let next = || {
        let tally = tally.lock().unwrap();
        goal.is_open(rounds.load(Ordering::Relaxed), &tally).then(|| rounds.fetch_add(1, Ordering::Relaxed))
    };
    std::thread::scope(|scope| {
        for _ in 0..DEVICES_AT_A_TIME {
            scope.spawn(|| {
                while let Some(round) = next() {
                    let lived = live(seed.wrapping_add(round));
                    if let Err(Wrong::Bricked(why) | Wrong::Verdict(why)) = &lived {
                        println!("FAILED: {why}");
                    }
                    let mut tally = tally.lock().unwrap();
                    let before = tally.updates() / SIGN_OF_LIFE;
                    tally.count(&lived);
                    if tally.updates() / SIGN_OF_LIFE > before {
                        println!("{} updates in {} s", tally.updates(), begun.elapsed().as_secs());
                    }
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    println!("{}", tally.table(seed, begun.elapsed()));
    assert_eq!(tally.failures(), 0, "see above");
    assert!(tally.updates() > 0);
}

#[test]
#[ignore = "the soak starts it as a process of its own, and kills it"]
fn the_app() {
    killed::be_the_app();
}
