//! Trials at many points, on all cores.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Points tried.
    pub done: usize,
    /// Points in all.
    pub total: usize,
}

/// What watches trials, and can end them.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Called after each point, by any thread.
    pub progress: &'a (dyn Fn(Progress) + Sync),
    /// Set to end them before they are through.
    pub cancel: &'a AtomicBool,
}

/// Tries every point: each thread makes itself a worker, and takes the next point that nobody has taken.
/// The failures, by the point's index in order.
pub fn on_all_cores<P: Sync, W>(
    points: &[P],
    watch: Watch<'_>,
    worker: impl Fn() -> W + Sync,
    trial: impl Fn(&mut W, &P) -> Result<(), String> + Sync,
) -> Vec<(usize, String)> {
    let next = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let work = || {
        let mut worker = worker();
        while !watch.cancel.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(point) = points.get(index) else { return };
            if let Err(failure) = trial(&mut worker, point) {
                failures.lock().unwrap_or_else(PoisonError::into_inner).push((index, failure));
            }
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            (watch.progress)(Progress { done, total: points.len() });
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    let mut failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    failures.sort();
    failures
}
