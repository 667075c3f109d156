//! Waiting on conditions, never on time.

use std::time::{Duration, Instant};

/// No condition of a test takes longer; one that does has failed.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Asks until there is an answer, and fails with `what` when patience is at an end.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "waited {PATIENCE:?} in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
