//! The engine's file server: started when it is first needed, on the port that the firewall knows.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::config::PortRule;
use super::notice::{Notice, Notices};
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
    /// Under which URLs devices may find it; one for each of this computer's addresses.
    pub urls: Vec<String>,
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
    let urls = own_addresses().into_iter().map(|address| offer.url(address)).collect();
    Ok((offer, Serving { path: image.path.clone(), urls }))
}

/// This computer's IPv4 addresses; the loopback one last.
pub(super) fn own_addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let mut addresses: Vec<_> =
        interfaces.iter().map(if_addrs::Interface::ip).filter(IpAddr::is_ipv4).collect();
    addresses.sort_by_key(|address| (address.is_loopback(), *address));
    addresses.dedup();
    addresses
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
