//! mDNS for simulated devices: one mdns-sd daemon registers them all.
//!
//! It sends goodbyes and knows every interface; the chips' own responder is the other choice, see
//! [`Mdns`](crate::Mdns).

use mdns_sd::{IfKind, ServiceDaemon, ServiceInfo};
use skylift_node::mdns::Announcement;
use skylift_protocol::{PROTOCOL, SERVICE, TXT_CHIP, TXT_ID, TXT_NAME, TXT_PROTO, TXT_STATE, TXT_VERSION};

use crate::multicast::MDNS_PORT;

/// Where devices are announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// On this machine only.
    Loopback,
    /// On every network of this machine.
    Lan,
}

/// The daemon. Clones share it.
#[derive(Clone)]
pub struct Announcer {
    daemon: ServiceDaemon,
    reach: Reach,
}

/// Why nothing is announced.
#[derive(Debug, thiserror::Error)]
#[error("mDNS does not work on this machine: {0}; devices can still be reached by their address")]
pub struct AnnouncerError(#[from] mdns_sd::Error);

impl Announcer {
    /// Starts a daemon on the world's port.
    ///
    /// # Errors
    /// The system does not let us.
    pub fn start(reach: Reach) -> Result<Self, AnnouncerError> {
        Self::start_on(MDNS_PORT, reach)
    }

    /// Starts a daemon on another UDP port than the world's, where nobody else is in the way.
    ///
    /// # Errors
    /// The system does not let us.
    pub fn start_on(port: u16, reach: Reach) -> Result<Self, AnnouncerError> {
        let daemon = ServiceDaemon::new_with_port(port)?;
        if reach == Reach::Loopback {
            daemon.disable_interface(IfKind::All)?;
            daemon.enable_interface(IfKind::LoopbackV4)?;
        }
        Ok(Self { daemon, reach })
    }

    /// Announces a device, or what has changed about it.
    ///
    /// # Errors
    /// The daemon has ended, or is overrun.
    pub fn announce(&self, announcement: &Announcement) -> Result<(), AnnouncerError> {
        let proto = PROTOCOL.to_string();
        let txt = [
            (TXT_ID, announcement.id.as_str()),
            (TXT_NAME, announcement.name.as_str()),
            (TXT_CHIP, announcement.chip.as_str()),
            (TXT_VERSION, announcement.version.as_str()),
            (TXT_PROTO, proto.as_str()),
            (TXT_STATE, announcement.state.as_str()),
        ];
        let (id, host) = (&announcement.id, format!("{}.local.", announcement.id));
        let address = announcement.address.to_string();
        let mut info = ServiceInfo::new(&service(), id, &host, address, announcement.port, &txt[..])?;
        if self.reach == Reach::Lan {
            info = info.enable_addr_auto();
        }
        // Ids are unique, and nobody should wait 750 ms for the proof of it.
        info.set_requires_probe(false);
        Ok(self.daemon.register(info)?)
    }

    /// Says goodbye for a device; best effort.
    pub fn withdraw(&self, id: &str) {
        let _ = self.daemon.unregister(&format!("{id}.{}", service()));
    }
}

fn service() -> String {
    format!("{SERVICE}.local.")
}
