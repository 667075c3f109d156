//! What a bad cable does to bytes.

use fastrand::Rng;

use super::faults::{GoodFor, SerialFaults};

/// Bytes of noise before an answer, at most, and before how many of them there is some.
const BURST: usize = 12;
const BURST_EVERY: u32 = 16;

/// Faults, and how far they have come.
pub(super) struct Trouble {
    faults: SerialFaults,
    rng: Rng,
    received: u64,
    answers: u32,
    /// Bytes since the rate has damaged one.
    since_damage: u32,
    stalled: bool,
}

impl Trouble {
    pub fn new(faults: SerialFaults) -> Self {
        let rng = Rng::with_seed(faults.noise.map_or(0, |noise| noise.seed));
        Self { faults, rng, received: 0, answers: 0, since_damage: 0, stalled: false }
    }

    /// The board has received bytes; whether the cable comes out by that.
    pub fn pulls_out_after(&mut self, bytes: u64) -> bool {
        self.received += bytes;
        self.stalled |= self.is_past(self.faults.stall_at);
        let pulls = self.is_past(self.faults.vanish_at);
        if pulls {
            self.faults.vanish_at = None;
        }
        pulls
    }

    /// Whether the board hears and says nothing.
    pub const fn is_stalled(&self) -> bool {
        self.stalled
    }

    pub const fn end_stall(&mut self) {
        self.stalled = false;
    }

    /// Whether the next answer is lost.
    pub const fn loses_answer(&mut self) -> bool {
        self.answers += 1;
        match self.faults.lose_answer {
            Some(every) => self.answers.is_multiple_of(every),
            None => false,
        }
    }

    /// Noise before an answer.
    pub fn burst(&mut self) -> Vec<u8> {
        let is_noisy = self.faults.noise.is_some() && self.rng.u32(0..BURST_EVERY) == 0;
        let len = if is_noisy { self.rng.usize(1..=BURST) } else { 0 };
        (0..len).map(|_| self.rng.u8(..)).collect()
    }

    /// What bytes look like to an end that has another rate.
    pub fn scramble(&mut self, bytes: &mut [u8]) {
        self.rng.fill(bytes);
    }

    /// Changes bytes that the cable does not carry well.
    pub fn damage(&mut self, bytes: &mut [u8], baud: u32) {
        if let Some(every) = self.faults.noise.and_then(|noise| noise.inside) {
            for byte in bytes.iter_mut() {
                if self.rng.u32(0..every.max(1)) == 0 {
                    *byte = self.rng.u8(..);
                }
            }
        }
        if let Some(GoodFor { every, .. }) = self.faults.good_for.filter(|good| baud > good.baud) {
            for byte in bytes {
                self.since_damage += 1;
                if self.since_damage >= every {
                    self.since_damage = 0;
                    *byte ^= 0x10;
                }
            }
        }
    }

    fn is_past(&self, at: Option<u64>) -> bool {
        at.is_some_and(|at| self.received > at)
    }
}
