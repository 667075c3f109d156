//! What a device is told to be by whom, and what of it is news: its own proof goes before what anybody announces.

use std::net::SocketAddr;
use std::sync::Arc;

use skylift_protocol::{self as protocol, Fields, Status};

use crate::engine::snapshot::{Device, Presence, Source};

impl Device {
    /// The address that works is kept for as long as it is still announced, and one that the user gave always. So is
    /// the one at which it has proven itself: anybody can announce it elsewhere, where it is looked for only if it does
    /// not answer here. Where it last answered, it is looked for in any case.
    pub(super) fn take_addresses(
        &mut self,
        best: SocketAddr,
        others: Vec<SocketAddr>,
        home: Option<SocketAddr>,
    ) {
        let mut known = vec![best];
        known.extend(others);
        let works = self.presence == Presence::Online && known.contains(&self.address);
        if !works && self.source == Source::Mdns && !self.has_proven_itself() {
            self.address = best;
        }
        known.extend(home.filter(|home| !known.contains(home)));
        known.retain(|address| *address != self.address);
        self.other_addresses = known;
    }

    /// Whether it has shown in this session that it holds the key that is here.
    pub(super) fn has_proven_itself(&self) -> bool {
        self.status.as_ref().is_some_and(|status| status.access == protocol::Access::Paired)
    }

    pub(super) fn without_counters(&self) -> Self {
        let status = self.status.as_ref().map(|status| {
            Arc::new(Status {
                uptime_s: 0,
                rssi_dbm: None,
                heap_free: None,
                heap_least: None,
                temperature_c: None,
                fields: Fields::default(),
                progress: None,
                ..(**status).clone()
            })
        });
        Self { last_seen: None, status, ..self.clone() }
    }
}
