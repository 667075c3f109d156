//! Nonces that a device is asked to fetch, to find out whether it can reach this server.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tokio::sync::watch;

use super::ServerError;
use super::offers::Offers;
use super::secret::random_hex;

pub(super) const PROBE_PREFIX: &str = "/probe/";

/// Where a request for a nonce leaves word.
#[derive(Clone)]
pub(super) struct ProbeTarget {
    nonce: String,
    reached: Arc<watch::Sender<Option<SocketAddr>>>,
}

impl ProbeTarget {
    pub(super) fn new() -> Result<Self, ServerError> {
        Ok(Self { nonce: random_hex()?, reached: Arc::default() })
    }

    pub(super) fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The first visitor is the one remembered.
    pub(super) fn reach(&self, peer: SocketAddr) {
        self.reached.send_if_modified(|first| {
            let is_first = first.is_none();
            first.get_or_insert(peer);
            is_first
        });
    }
}

/// A nonce under a path of its own. Gone when dropped.
#[must_use = "the nonce is gone when this is dropped"]
pub struct ProbeNonce {
    target: ProbeTarget,
    path: String,
    offers: Arc<Offers>,
}

impl ProbeNonce {
    pub(super) fn new(target: ProbeTarget, offers: Arc<Offers>) -> Self {
        Self { path: format!("{PROBE_PREFIX}{}", target.nonce), target, offers }
    }

    /// The nonce: what the device gets to read.
    #[must_use]
    pub fn nonce(&self) -> &str {
        self.target.nonce()
    }

    /// The path, beginning with `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The URL under one of this computer's addresses.
    #[must_use]
    pub fn url(&self, host: IpAddr) -> String {
        self.url_via(SocketAddr::new(host, self.offers.port()))
    }

    /// The URL under an address and port from which the network forwards to this server.
    #[must_use]
    pub fn url_via(&self, host: SocketAddr) -> String {
        format!("http://{host}{}", self.path)
    }

    /// Whether anyone has asked for the nonce with GET. Nobody can guess it, so that was the device that was told it.
    #[must_use]
    pub fn was_reached(&self) -> bool {
        self.target.reached.borrow().is_some()
    }

    /// Waits until the nonce is asked for, and tells from where. It may wait for ever: bound it with a timeout.
    pub async fn reached(&self) -> SocketAddr {
        let mut reached = self.target.reached.subscribe();
        loop {
            if let Some(peer) = *reached.borrow_and_update() {
                return peer;
            }
            // It cannot fail while the sender is in self.
            let _ = reached.changed().await;
        }
    }
}

impl Drop for ProbeNonce {
    fn drop(&mut self) {
        self.offers.forget_probe(&self.target);
    }
}

impl std::fmt::Debug for ProbeNonce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProbeNonce").field("was_reached", &self.was_reached()).finish_non_exhaustive()
    }
}
