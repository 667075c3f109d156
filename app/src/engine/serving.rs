//! The engine's file server: started when it is first needed, on the port that the firewall knows.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::config::PortRule;
use super::notice::{Notice, Notices};
use super::reach::reached_at;
use crate::advice::Advice;
use crate::image::Image;
use crate::server::{FileServer, Offer, ServedImage, ServerConfig, ServerError, TransferSnapshot};

/// Where the file server listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listening {
    /// The address and port.
    pub address: SocketAddr,
    /// The port it should have had, if that was taken: a firewall rule for it does not help.
    pub instead_of: Option<u16>,
}

/// The image of plain serving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serving {
    /// The file.
    pub path: PathBuf,
    /// Under which URLs it is reached: those of the network first, the likeliest before.
    pub urls: Vec<String>,
    /// Who reaches it.
    pub audience: Audience,
}

/// Who reaches the file server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Whoever is on a network of this computer.
    Network,
    /// Only this computer itself: it listens on loopback, or there is no network.
    ThisComputer,
}

impl Advice for ServerError {
    // Its sentences say what to do.
}

/// The file server, or the place for it. A clone is the same place.
#[derive(Clone)]
pub(super) struct ServerSlot {
    running: Arc<Mutex<Option<Arc<FileServer>>>>,
    config: ServerConfig,
    rule: PortRule,
    notices: Notices,
}

impl ServerSlot {
    pub(super) fn new(config: ServerConfig, rule: PortRule, notices: Notices) -> Self {
        Self { running: Arc::default(), config, rule, notices }
    }

    /// The running server; starts it if there is none.
    pub(super) async fn get(&self) -> Result<Arc<FileServer>, ServerError> {
        let mut running = self.running.lock().await;
        if let Some(server) = &*running {
            return Ok(Arc::clone(server));
        }
        let (server, instead_of) = self.start().await?;
        let server = Arc::new(server);
        self.notices.send(Notice::Listening(Listening { address: server.local_addr(), instead_of }));
        tokio::spawn(pass_on_transfers(server.transfers(), self.notices.clone()));
        *running = Some(Arc::clone(&server));
        Ok(server)
    }

    async fn start(&self) -> Result<(FileServer, Option<u16>), ServerError> {
        match FileServer::start(self.config.clone()).await {
            Err(ServerError::PortInUse(_)) if self.rule == PortRule::Preferred => {
                let any_port = ServerConfig { port: 0, ..self.config.clone() };
                Ok((FileServer::start(any_port).await?, Some(self.config.port)))
            }
            started => Ok((started?, None)),
        }
    }

    /// Stops the server, politely if nobody else uses it any more.
    pub(super) async fn stop(&self) {
        let server = self.running.lock().await.take().and_then(Arc::into_inner);
        if let Some(server) = server {
            server.shutdown().await;
        }
    }
}

/// Publishes an image under the fixed path. The offer must be kept for as long as it is to be served.
pub(super) async fn serve_plainly(slot: &ServerSlot, image: &Image) -> Result<(Offer, Serving), ServerError> {
    let server = slot.get().await?;
    let offer = server.publish_plain(ServedImage::new(image.bytes.clone()))?;
    let addresses = reached_at(server.local_addr().ip());
    let local = addresses.iter().all(IpAddr::is_loopback);
    let audience = if local { Audience::ThisComputer } else { Audience::Network };
    let urls = addresses.into_iter().map(|address| offer.url(address)).collect();
    Ok((offer, Serving { path: image.path.clone(), urls, audience }))
}

/// Ends with the server: the log is told of no more changes then.
async fn pass_on_transfers(
    mut transfers: tokio::sync::watch::Receiver<Arc<TransferSnapshot>>,
    notices: Notices,
) {
    while transfers.changed().await.is_ok() {
        let snapshot = Arc::clone(&transfers.borrow_and_update());
        notices.send(Notice::Transfers(snapshot));
    }
}
