//! The file server: what devices fetch their images from.
//!
//! It serves nothing but what was published in this process: images under a path each, and nonces that show whether a
//! device can reach this computer. There are no directories, no listing and no files.

mod body;
mod conditional;
mod config;
mod connection;
mod image;
mod listener;
mod offers;
mod places;
mod probes;
mod range;
mod respond;
mod secret;
mod stall;
mod transfer_log;
mod transfers;
pub(crate) mod unsent;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

pub use config::{DEFAULT_PORT, ServerConfig, ServerError};
pub use image::ServedImage;
pub use offers::{Offer, PLAIN_PATH};
pub use probes::ProbeNonce;
pub use transfers::{AbortReason, OfferId, PathKind, Transfer, TransferSnapshot, TransferState};

// For the fuzz targets, docs/FUZZING.md.
#[doc(hidden)]
pub use range::{Selection, select};

use offers::Offers;
use transfer_log::TransferLog;

/// A running server. Dropping it closes everything at once; [`shutdown`](FileServer::shutdown) is the polite way.
pub struct FileServer {
    local_addr: SocketAddr,
    offers: Arc<Offers>,
    stop: Arc<Notify>,
    accepting: JoinHandle<()>,
}

impl FileServer {
    /// Listens, and serves from then on in tasks of the current tokio runtime.
    ///
    /// # Errors
    /// If the address and port cannot be listened on; the error says why and what to do.
    pub async fn start(config: ServerConfig) -> Result<Self, ServerError> {
        let listener = listener::listen(&config)?;
        let local_addr = listener
            .local_addr()
            .map_err(|error| ServerError::from_listening((config.address, config.port).into(), error))?;
        let transfers = TransferLog::start(config.remembered_transfers);
        let offers = Offers::new(transfers, local_addr.port(), config.remembered_withdrawals);
        let stop = Arc::new(Notify::new());
        let accepting =
            tokio::spawn(listener::accept_loop(listener, config, Arc::clone(&offers), Arc::clone(&stop)));
        Ok(Self { local_addr, offers, stop, accepting })
    }

    /// Where it listens. The port is the real one, also if the configuration said 0.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Offers an image under a path nobody can guess, `/<32 hex digits>/ota.bin`.
    ///
    /// # Errors
    /// If the operating system gives no random bytes.
    pub fn publish(&self, image: ServedImage) -> Result<Offer, ServerError> {
        self.offers.publish(image)
    }

    /// Offers an image under the fixed path [`PLAIN_PATH`], for devices that poll on their own.
    ///
    /// # Errors
    /// If another image is there already.
    pub fn publish_plain(&self, image: ServedImage) -> Result<Offer, ServerError> {
        self.offers.publish_plain(image)
    }

    /// Registers a nonce under `/probe/<nonce>`, to find out whether a device can reach this server.
    ///
    /// # Errors
    /// If the operating system gives no random bytes.
    pub fn probe(&self) -> Result<ProbeNonce, ServerError> {
        self.offers.probe()
    }

    /// The transfer log: a new snapshot after each change, at most ten a second.
    #[must_use]
    pub fn transfers(&self) -> watch::Receiver<Arc<TransferSnapshot>> {
        self.offers.transfers().subscribe()
    }

    /// Stops accepting, lets running answers end for [`ServerConfig::shutdown_grace`], and cuts off the rest.
    pub async fn shutdown(mut self) {
        self.stop.notify_one();
        // It can only fail by a panic, and then there is nothing left to stop.
        let _ = (&mut self.accepting).await;
        self.offers.transfers().publish();
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        self.offers.transfers().abort_all(AbortReason::ServerStopped);
        self.accepting.abort();
    }
}

impl std::fmt::Debug for FileServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileServer").field("local_addr", &self.local_addr).finish_non_exhaustive()
    }
}

/// No lock here is held while anything can panic halfway through a change, so a poisoned one is still sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
