//! How an engine is set up: what it searches, where it serves, and every time it waits.

use std::sync::Arc;
use std::time::Duration;

use super::devices::Remembered;
use super::keys::KeyRing;
use super::lookup::Lookups;
use super::plan::{BaseShelf, PaceBook};
use super::reach::HostAddress;
use crate::image::stream::Streams;
use crate::server::ServerConfig;

/// Called after each new snapshot, from a thread of the engine; it must not block.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// How an engine is set up.
#[derive(Clone)]
pub struct EngineConfig {
    /// How devices are found.
    pub discovery: Discovery,
    /// How Jaguar devices are found.
    pub jaguar: JaguarSearch,
    /// The file server. It starts when it is first needed.
    pub server: ServerConfig,
    /// What happens when the server's port is taken.
    pub port: PortRule,
    /// Updates that run at a time; further ones wait.
    pub parallel_updates: usize,
    /// Where devices reach this computer, unless an update has its own word on it.
    pub host_address: Option<HostAddress>,
    /// Updates are offered again this often after the device lost power during the download.
    pub further_offers: u32,
    /// What is looked up on the net, and where the images are that could be sent. Without it, neither is known.
    pub lookups: Option<Lookups>,
    /// Devices of former sessions. They are shown as offline until they answer, and asked where they were.
    pub remembered: Vec<Remembered>,
    /// The keys of this computer. Without them, every paired device is somebody else's.
    pub keys: Option<Arc<dyn KeyRing>>,
    /// The images that devices may run. Without them nothing is sent as a delta.
    pub bases: Option<Arc<dyn BaseShelf>>,
    /// Where compressed images and deltas are kept. Without it each session works them out anew.
    pub streams: Option<Streams>,
    /// How fast devices were in former updates. Without it, usual times are taken for each.
    pub paces: Option<Arc<dyn PaceBook>>,
    /// Whom to wake after each new snapshot.
    pub wake: Option<Wake>,
    /// Every time the engine waits.
    pub timing: Timing,
}

/// How devices are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discovery {
    /// Only those that are added by their address.
    Off,
    /// By mDNS on all interfaces, on this UDP port. The world's port is 5353; tests use others.
    Mdns {
        /// The UDP port.
        port: u16,
    },
}

/// How Jaguar devices are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JaguarSearch {
    /// Only those that are added by their address.
    Off,
    /// By what they broadcast to this UDP port. Theirs is [`JAGUAR_PORT`]; tests use others.
    Broadcasts {
        /// The UDP port.
        port: u16,
    },
}

impl JaguarSearch {
    /// On this port; 0 is off.
    #[must_use]
    pub const fn on(port: u16) -> Self {
        if port == 0 { Self::Off } else { Self::Broadcasts { port } }
    }
}

/// The UDP port to which Jaguar devices broadcast.
pub const JAGUAR_PORT: u16 = 1990;

/// What happens when the file server's port is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortRule {
    /// The server does not start.
    Only,
    /// It takes any free port, and the snapshot says so: firewall rules name a port.
    Preferred,
}

/// The port of mDNS.
pub const MDNS_PORT: u16 = 5353;

/// Every time the engine waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Connecting to a device.
    pub connect: Duration,
    /// A whole request to a device.
    pub request: Duration,
    /// A stream of events without a byte. Devices send a heartbeat every 5 s.
    pub stream_silence: Duration,
    /// Pause before a stream of events is asked for again after it ended or was refused.
    pub stream_pause: Duration,
    /// Between two questions to a device that is not being updated.
    pub idle_poll: Duration,
    /// Between two questions to a device that is being updated.
    pub poll: Duration,
    /// The same, while a stream of events tells its progress.
    pub poll_beside_stream: Duration,
    /// From an engine's start until a name counts as unambiguous.
    pub name_settle: Duration,
    /// A device that is being updated gives no sign at all.
    pub silence: Duration,
    /// The same, once it has the whole image: one that finds no network is dark for its whole probation (120 s on
    /// chips) before the old one returns.
    pub comeback: Duration,
    /// A device answers, but its update does not move.
    pub standstill: Duration,
    /// A device's answers do not fit together, or leave unsaid what became of the update.
    pub doubt: Duration,
    /// A new image is on probation, and the device names no deadline.
    pub probation: Duration,
    /// Beyond the deadline that the device named.
    pub deadline_margin: Duration,
    /// A device has been told that its image is withdrawn, and has not confirmed it.
    pub cancel: Duration,
    /// Least time between two snapshots that differ in progress only.
    pub publish: Duration,
    /// Everything an engine does when it is shut down.
    pub shutdown: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            request: Duration::from_secs(8),
            stream_silence: Duration::from_secs(15),
            stream_pause: Duration::from_secs(3),
            idle_poll: Duration::from_secs(3),
            poll: Duration::from_millis(500),
            poll_beside_stream: Duration::from_secs(2),
            name_settle: Duration::from_millis(1500),
            silence: Duration::from_secs(90),
            comeback: Duration::from_secs(180),
            standstill: Duration::from_secs(300),
            doubt: Duration::from_secs(5),
            probation: Duration::from_secs(900),
            deadline_margin: Duration::from_secs(30),
            cancel: Duration::from_secs(10),
            publish: Duration::from_millis(100),
            shutdown: Duration::from_secs(5),
        }
    }
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            discovery: Discovery::Mdns { port: MDNS_PORT },
            jaguar: JaguarSearch::Off,
            server: ServerConfig::default(),
            port: PortRule::Preferred,
            parallel_updates: 4,
            host_address: None,
            further_offers: 2,
            lookups: None,
            remembered: Vec::new(),
            keys: None,
            bases: None,
            streams: None,
            paces: None,
            wake: None,
            timing: Timing::default(),
        }
    }
}

impl std::fmt::Debug for EngineConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineConfig")
            .field("discovery", &self.discovery)
            .field("jaguar", &self.jaguar)
            .field("server", &self.server)
            .field("timing", &self.timing)
            .finish_non_exhaustive()
    }
}
