//! Following a Jaguar device through its restart. It cannot say what it runs, so the end is inferred from who answers.
//!
//! Pure: who answers, and when, goes in; the verdict comes out. Jaguar answers on the network only after it has
//! validated its firmware (jaguar, `src/network.toit`), and its id is part of the firmware.

use std::time::{Duration, Instant, SystemTime};

use skylift_protocol::Id;

use crate::engine::update::{Cause, HostReason, Step, Verdict, Why};

/// How long the device may do what.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Patience {
    /// Answer as before, though it has taken the firmware.
    pub(in crate::engine) restart: Duration,
    /// Give no sign.
    pub(in crate::engine) comeback: Duration,
    /// Answer as before, having been away, until that is its last word: an answer may have come before the restart.
    pub(in crate::engine) doubt: Duration,
}

/// What the device said when it had the whole firmware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Word {
    /// That it has written and checked it, and restarts.
    Taken,
    /// Nothing that got here.
    Unsaid,
}

/// What was seen of the device.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) enum Sign<'a> {
    /// Somebody answers by this id.
    Answers(&'a Id),
    /// Nobody answers.
    Nothing,
}

/// The state of one update after everything was sent.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Follow {
    old: Id,
    /// As whom the new firmware answers; none if Jaguar is not in it.
    new: Option<Id>,
    word: Word,
    patience: Patience,
    begun: Instant,
    last_sign: Instant,
    was_away: bool,
    /// Since when it answers as before, having been away.
    back: Option<Instant>,
}

impl Follow {
    /// Begins when everything was sent.
    pub(in crate::engine) fn new(
        old: Id,
        new: Option<Id>,
        word: Word,
        patience: Patience,
        now: Instant,
    ) -> Self {
        Self { old, new, word, patience, begun: now, last_sign: now, was_away: false, back: None }
    }

    /// Takes what was seen; gives the verdict, if there is one now. What is seen after it may correct it.
    pub(in crate::engine) fn observe(&mut self, sign: Sign<'_>, now: Instant) -> Option<Verdict> {
        match sign {
            Sign::Answers(id) if self.new.as_ref() == Some(id) => Some(Verdict::ValidatedInferred),
            Sign::Answers(id) if *id == self.old => self.answers_as_before(now),
            Sign::Answers(_) | Sign::Nothing => self.is_away(now),
        }
    }

    fn answers_as_before(&mut self, now: Instant) -> Option<Verdict> {
        self.last_sign = now;
        if !self.was_away {
            let overdue = now.saturating_duration_since(self.begun) >= self.patience.restart;
            return overdue.then(|| self.stayed());
        }
        let back = *self.back.get_or_insert(now);
        let is_settled = now.saturating_duration_since(back) >= self.patience.doubt;
        is_settled.then(|| self.returned())
    }

    fn is_away(&mut self, now: Instant) -> Option<Verdict> {
        self.was_away = true;
        if self.new.is_none() && self.word == Word::Taken {
            return Some(Verdict::Sent);
        }
        let silent = now.saturating_duration_since(self.last_sign);
        let last_seen = SystemTime::now().checked_sub(silent).unwrap_or(SystemTime::UNIX_EPOCH);
        (silent >= self.patience.comeback).then_some(Verdict::Lost { last_seen })
    }

    fn stayed(&self) -> Verdict {
        match self.word {
            Word::Taken => Verdict::Failed {
                step: Step::Rebooting,
                cause: Cause::new(
                    Why::Host(HostReason::NoRestart),
                    "the device took the image, and was not seen to restart: it answers as before",
                ),
            },
            Word::Unsaid => self.untold(),
        }
    }

    fn returned(&self) -> Verdict {
        match self.word {
            Word::Taken => Verdict::RolledBack(Cause::new(
                Why::Host(HostReason::OldId),
                "the device was away, and came back with its old id: it runs the old firmware again",
            )),
            Word::Unsaid => self.untold(),
        }
    }

    /// Whether the firmware was tried, nobody has said.
    fn untold(&self) -> Verdict {
        Verdict::Failed {
            step: Step::Verifying,
            cause: Cause::new(
                Why::Host(HostReason::NoAnswer),
                "the whole image was on its way when the connection broke, and the device runs its old firmware; it did not say why",
            ),
        }
    }
}

#[cfg(test)]
mod tests;
