//! What the updates of an engine have sent: each by itself, and all of a rollout.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Jobs;
use crate::engine::plan::Airtime;
use crate::engine::rollout::RolloutId;
use crate::server::TransferSnapshot;

impl Jobs {
    /// What the updates of a rollout have sent so far.
    pub(in crate::engine) fn airtime(&self, rollout: RolloutId) -> Airtime {
        self.airtimes.get(&rollout).copied().unwrap_or_default()
    }

    pub(super) fn account(&mut self, rollout: Option<RolloutId>, before: Airtime, now: Airtime) {
        if let Some(rollout) = rollout.filter(|_| before != now) {
            let sum = self.airtimes.entry(rollout).or_default();
            *sum -= before;
            *sum += now;
        }
    }

    /// Takes what the file server has sent. What was sent before a verdict may be told after it.
    pub(in crate::engine) fn transferred(&mut self, transfers: &TransferSnapshot) {
        let mut touched = BTreeSet::new();
        for transfer in &transfers.transfers {
            let Some(&at) = self.offers.get(&transfer.offer) else { continue };
            let Some(record) = self.records.get_mut(at) else { continue };
            record.air.take(transfer);
            touched.insert(at);
        }
        for at in touched {
            let Some(record) = self.records.get_mut(at) else { continue };
            if record.job.sending.is_some_and(|sending| sending.sent != record.air.sent()) {
                let before = record.job.airtime();
                Arc::make_mut(&mut record.job).count(&record.air);
                let (rollout, now) = (record.job.rollout, record.job.airtime());
                self.account(rollout, before, now);
            }
        }
    }
}
