//! Finding devices by mDNS.

mod announcement;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use mdns_sd::{DaemonEvent, IfKind, Receiver, ResolvedService, ScopedIp, ServiceDaemon, ServiceEvent};
use skylift_protocol::{Id, SERVICE};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::notice::{Notice, Notices};

pub use announcement::{Announcement, read as read_announcement};

/// Before the daemon is asked again when it was too busy, or ended the subscription.
const PAUSE: Duration = Duration::from_millis(500);
/// What the daemon may take for its farewell.
const FAREWELL: Duration = Duration::from_secs(1);

/// What mDNS tells of devices.
#[derive(Clone, Debug)]
pub(super) enum Sight {
    /// A device is there, or is now told otherwise than before.
    Announced(Announcement),
    /// A device said goodbye, or its announcement ran out.
    Gone(Id),
    /// The daemon cannot do its work, on an interface or at all.
    Trouble(String),
}

/// The mDNS daemon. It runs until [`stop`](Self::stop) is called.
pub(super) struct Browser {
    daemon: ServiceDaemon,
    again: Arc<Notify>,
}

impl Browser {
    /// Starts the daemon, and a task that passes on what it finds. Must be called within a tokio runtime.
    pub(super) fn start(port: u16, notices: Notices) -> Result<Self, mdns_sd::Error> {
        let daemon = ServiceDaemon::new_with_port(port)?;
        if let Ok(events) = daemon.monitor() {
            tokio::spawn(watch_daemon(events, notices.clone()));
        }
        let again = Arc::new(Notify::new());
        tokio::spawn(browse(daemon.clone(), notices, Arc::clone(&again)));
        Ok(Self { daemon, again })
    }

    /// Asks the network again now. The daemon doubles its pauses up to an hour: a device whose announcement was lost
    /// would not be seen for as long.
    pub(super) fn search_again(&self) {
        self.again.notify_one();
    }

    /// Ends the daemon, and with it the tasks.
    pub(super) async fn stop(self) {
        if let Ok(ended) = self.daemon.shutdown() {
            // It ends by itself in any case; this only lets it be polite.
            let _ = timeout(FAREWELL, ended.recv_async()).await;
        }
    }
}

async fn watch_daemon(events: Receiver<DaemonEvent>, notices: Notices) {
    while let Ok(event) = events.recv_async().await {
        if let DaemonEvent::Error(error) = event {
            notices.send(Notice::Mdns(Sight::Trouble(error.to_string())));
        }
    }
}

/// Browses for as long as the daemon lives: a receiver that was too slow loses its subscription without a word.
async fn browse(daemon: ServiceDaemon, notices: Notices, again: Arc<Notify>) {
    let service = format!("{SERVICE}.local.");
    loop {
        match daemon.browse(&service) {
            Ok(events) => tokio::select! {
                () = pass_on(&events, &notices) => {}
                () = again.notified() => {
                    // This looks for interfaces too; a daemon that is too busy does so by itself within seconds.
                    let _ = daemon.enable_interface(IfKind::All);
                    // A new subscription takes the place of the old one, and begins with a question.
                    continue;
                }
            },
            Err(mdns_sd::Error::Again) => {}
            Err(_) => return,
        }
        sleep(PAUSE).await;
    }
}

async fn pass_on(events: &Receiver<ServiceEvent>, notices: &Notices) {
    while let Ok(event) = events.recv_async().await {
        let sight = match event {
            ServiceEvent::ServiceResolved(service) => announced(&service).map(Sight::Announced),
            ServiceEvent::ServiceRemoved(_, fullname) => {
                announcement::instance_id(&fullname).map(Sight::Gone)
            }
            _ => None,
        };
        if let Some(sight) = sight {
            notices.send(Notice::Mdns(sight));
        }
    }
}

fn announced(service: &ResolvedService) -> Option<Announcement> {
    let loopbacks = loopback_interfaces();
    let addresses = service.addresses.iter().filter(|address| is_plausible(address, &loopbacks));
    let txt = |key: &str| service.get_property_val(key).flatten();
    announcement::read(&service.fullname, service.port, addresses.map(ScopedIp::to_ip_addr), txt).ok()
}

/// Only this computer itself can announce a loopback address: to anyone else it would mean another computer.
fn is_plausible(address: &ScopedIp, loopbacks: &HashSet<u32>) -> bool {
    match address {
        ScopedIp::V4(v4) if v4.addr().is_loopback() => {
            v4.interface_ids().iter().any(|interface| loopbacks.contains(&interface.index))
        }
        ScopedIp::V6(v6) if v6.addr().is_loopback() => loopbacks.contains(&v6.scope_id().index),
        _ => true,
    }
}

fn loopback_interfaces() -> HashSet<u32> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let loopbacks = interfaces.iter().filter(|interface| interface.is_loopback());
    // mDNS calls an interface without a number 0 as well.
    loopbacks.map(|interface| interface.index.unwrap_or_default()).collect()
}
