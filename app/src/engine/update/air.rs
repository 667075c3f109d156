//! Counting what was really sent in an update: what the file server has sent of its offers, and what was pushed.

use std::collections::BTreeMap;

use crate::server::Transfer;

/// The bytes of one update, over all its attempts.
#[derive(Debug, Default)]
pub(super) struct Air {
    /// Of each transfer, by its number: the server's log forgets old ones.
    fetched: BTreeMap<u64, u64>,
    pushed: u64,
}

impl Air {
    /// Takes a transfer of one of its offers.
    pub(super) fn take(&mut self, transfer: &Transfer) {
        self.fetched.insert(transfer.id, transfer.sent);
    }

    /// So many bytes were pushed, over all attempts.
    pub(super) fn pushed(&mut self, bytes: u64) {
        self.pushed = self.pushed.max(bytes);
    }

    /// All bytes that have left this computer.
    pub(super) fn sent(&self) -> u64 {
        self.fetched.values().sum::<u64>() + self.pushed
    }
}
