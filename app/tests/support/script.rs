//! What a fake device does with an order.

use skylift_protocol::{ErrorCode, Reason};

/// What a fake device does, from the order on.
#[derive(Clone, Debug)]
pub struct Script {
    /// Answers the order with this instead of taking it.
    pub refuses: Option<ErrorCode>,
    /// Takes this many orders before it does anything about their bodies; their connections are closed.
    pub lost_answers: u32,
    /// Says so of every probe.
    pub reaches_host: bool,
    /// Has a stream of events to give.
    pub has_events: bool,
    /// What it does about the bytes.
    pub download: Download,
    /// What it does then.
    pub ending: Ending,
}

/// How the bytes come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Download {
    /// As fast as can be.
    Whole,
    /// It never begins, and forgets the order.
    Forgets,
    /// Half of them; then it waits until the test lets it go on.
    HeldAtHalf,
    /// Half of them; then it is gone.
    VanishesAtHalf,
    /// Half of them; then it waits for ever, though it answers.
    StandsStillAtHalf,
    /// Half of them in the first attempt; then power fails. The second attempt goes on there.
    PowerFailsOnce,
    /// It gives this reason for not fetching anything.
    Fails(Reason),
}

/// What comes after the whole image was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Restarts, is on probation, validates.
    Validates,
    /// Restarts, and stays on probation until the test has it validated.
    WaitsForValidation,
    /// Restarts, and stays on probation beyond its own deadline.
    OutstaysDeadline,
    /// Restarts, tries the new image where nobody can see it, and goes back.
    RollsBack(Reason, &'static str),
    /// Goes back after its probation was seen, and says nothing of it.
    RollsBackSilently,
    /// Restarts with the old image and says nothing.
    NothingChanged,
    /// Goes for its restart and does not come back until the test lets it.
    Vanishes,
    /// Restarts with the old image and claims success.
    Lies,
    /// Claims success at once, naming the new image, without a restart.
    LiesWithoutRestart,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            refuses: None,
            lost_answers: 0,
            reaches_host: true,
            has_events: true,
            download: Download::Whole,
            ending: Ending::Validates,
        }
    }
}
