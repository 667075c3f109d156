//! What is published, under which path, and for how long.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::probes::{PROBE_PREFIX, ProbeNonce, ProbeTarget};
use super::secret::{SecretHash, random_hex};
use super::transfer_log::TransferLog;
use super::transfers::{AbortReason, OfferId, PathKind};
use super::{ServedImage, ServerError, lock};

/// The path of plain serving.
pub const PLAIN_PATH: &str = "/ota.bin";

/// Everything that is published.
pub(super) struct Offers {
    tables: Mutex<Tables>,
    transfers: Arc<TransferLog>,
    port: u16,
    remembered_withdrawals: usize,
}

#[derive(Default)]
struct Tables {
    last_id: u64,
    rollouts: HashMap<SecretHash, Arc<Published>>,
    plain: Option<Arc<Published>>,
    probes: HashMap<SecretHash, ProbeTarget>,
    withdrawn: VecDeque<SecretHash>,
}

/// An image that is, or was, under a path.
pub(super) struct Published {
    pub(super) id: OfferId,
    pub(super) kind: PathKind,
    pub(super) image: ServedImage,
    withdrawn: AtomicBool,
}

impl Published {
    pub(super) fn is_withdrawn(&self) -> bool {
        self.withdrawn.load(Ordering::Acquire)
    }
}

/// What is behind a path.
pub(super) enum Found {
    Image(Arc<Published>),
    Probe(ProbeTarget),
    Withdrawn,
    Nothing,
}

impl Offers {
    pub(super) fn new(transfers: Arc<TransferLog>, port: u16, remembered_withdrawals: usize) -> Arc<Self> {
        Arc::new(Self { tables: Mutex::default(), transfers, port, remembered_withdrawals })
    }

    pub(super) fn transfers(&self) -> &Arc<TransferLog> {
        &self.transfers
    }

    /// The port in the URLs.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Paths are compared as they came: nothing in them is decoded, joined or shortened.
    pub(super) fn find(&self, path: &str) -> Found {
        if path == PLAIN_PATH {
            return lock(&self.tables).plain.clone().map_or(Found::Nothing, Found::Image);
        }
        if let Some(nonce) = path.strip_prefix(PROBE_PREFIX).and_then(SecretHash::of_guess) {
            return lock(&self.tables).probes.get(&nonce).cloned().map_or(Found::Nothing, Found::Probe);
        }
        match token_in(path).and_then(SecretHash::of_guess) {
            Some(token) => lock(&self.tables).rollout(&token),
            None => Found::Nothing,
        }
    }

    pub(super) fn publish(self: &Arc<Self>, image: ServedImage) -> Result<Offer, ServerError> {
        let token = random_hex()?;
        let hash = SecretHash::of(&token);
        let mut tables = lock(&self.tables);
        let published = tables.number(image, PathKind::Rollout);
        tables.rollouts.insert(hash, Arc::clone(&published));
        Ok(self.offer(format!("/{token}{PLAIN_PATH}"), Place::Rollout(hash), published))
    }

    pub(super) fn publish_plain(self: &Arc<Self>, image: ServedImage) -> Result<Offer, ServerError> {
        let mut tables = lock(&self.tables);
        if tables.plain.is_some() {
            return Err(ServerError::PlainTaken);
        }
        let published = tables.number(image, PathKind::Plain);
        tables.plain = Some(Arc::clone(&published));
        Ok(self.offer(PLAIN_PATH.to_owned(), Place::Plain, published))
    }

    pub(super) fn probe(self: &Arc<Self>) -> Result<ProbeNonce, ServerError> {
        let target = ProbeTarget::new()?;
        lock(&self.tables).probes.insert(SecretHash::of(target.nonce()), target.clone());
        Ok(ProbeNonce::new(target, Arc::clone(self)))
    }

    pub(super) fn forget_probe(&self, target: &ProbeTarget) {
        lock(&self.tables).probes.remove(&SecretHash::of(target.nonce()));
    }

    fn offer(self: &Arc<Self>, path: String, place: Place, published: Arc<Published>) -> Offer {
        Offer { path, place, published, offers: Arc::clone(self) }
    }

    fn withdraw(&self, place: &Place, published: &Published) {
        // The mark comes first: a request that found the image before sees it, or its transfer is aborted here.
        published.withdrawn.store(true, Ordering::Release);
        let mut tables = lock(&self.tables);
        match place {
            Place::Plain => tables.plain = None,
            Place::Rollout(hash) => tables.forget_rollout(*hash, self.remembered_withdrawals),
        }
        drop(tables);
        self.transfers.abort_offer(published.id, AbortReason::Withdrawn);
    }
}

impl Tables {
    fn number(&mut self, image: ServedImage, kind: PathKind) -> Arc<Published> {
        self.last_id += 1;
        Arc::new(Published { id: OfferId(self.last_id), kind, image, withdrawn: AtomicBool::new(false) })
    }

    fn rollout(&self, token: &SecretHash) -> Found {
        match self.rollouts.get(token) {
            Some(published) => Found::Image(Arc::clone(published)),
            None if self.withdrawn.contains(token) => Found::Withdrawn,
            None => Found::Nothing,
        }
    }

    fn forget_rollout(&mut self, token: SecretHash, remembered: usize) {
        self.rollouts.remove(&token);
        self.withdrawn.push_back(token);
        while self.withdrawn.len() > remembered {
            self.withdrawn.pop_front();
        }
    }
}

enum Place {
    Plain,
    Rollout(SecretHash),
}

/// An image that can be fetched for as long as this exists.
///
/// When it is dropped, or [withdrawn](Offer::withdraw), transfers of it are cut off. The path of a rollout answers
/// 410 from then on (404 once many later ones have been withdrawn too); the plain path answers 404, because another
/// image may come there.
#[must_use = "the image is withdrawn when the offer is dropped"]
pub struct Offer {
    path: String,
    place: Place,
    published: Arc<Published>,
    offers: Arc<Offers>,
}

impl Offer {
    /// Names the offer in the transfer log.
    #[must_use]
    pub fn id(&self) -> OfferId {
        self.published.id
    }

    /// The image.
    #[must_use]
    pub fn image(&self) -> &ServedImage {
        &self.published.image
    }

    /// The path, beginning with `/`. For a rollout it is a secret: who knows it can fetch the image.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The URL under one of this computer's addresses.
    #[must_use]
    pub fn url(&self, host: IpAddr) -> String {
        self.url_via(SocketAddr::new(host, self.offers.port))
    }

    /// The URL under an address and port from which the network forwards to this server.
    #[must_use]
    pub fn url_via(&self, host: SocketAddr) -> String {
        format!("http://{host}{}", self.path)
    }

    /// The same as dropping it.
    pub fn withdraw(self) {}
}

impl Drop for Offer {
    fn drop(&mut self) {
        self.offers.withdraw(&self.place, &self.published);
    }
}

impl std::fmt::Debug for Offer {
    /// Leaves out the path, which does not belong into logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Offer").field("id", &self.id()).field("image", self.image()).finish_non_exhaustive()
    }
}

fn token_in(path: &str) -> Option<&str> {
    path.strip_prefix('/')?.strip_suffix(PLAIN_PATH)
}
