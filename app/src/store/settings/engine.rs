//! From settings and the options of a command to the configuration of an engine.

use std::time::Duration;

use super::Settings;
use crate::engine::{Discovery, EngineConfig, HostAddress, PortRule, Timing};
use crate::server::ServerConfig;

/// What a command's own options say; they go before the settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Where devices reach this computer.
    pub host_address: Option<HostAddress>,
    /// The file server's port, and no other.
    pub port: Option<u16>,
    /// How long a device may be silent, restarting or not.
    pub patience: Option<Duration>,
}

impl Settings {
    /// The configuration of every engine that a person starts.
    #[must_use]
    pub fn engine_config(&self, discovery: Discovery, wishes: &Wishes) -> EngineConfig {
        let timing = Timing {
            silence: wishes.patience.unwrap_or(self.silence),
            comeback: wishes.patience.unwrap_or(self.comeback),
            probation: self.probation,
            ..Timing::default()
        };
        EngineConfig {
            discovery,
            server: ServerConfig { port: wishes.port.unwrap_or(self.port), ..ServerConfig::default() },
            // Who names a port for one command has opened it in a firewall, and wants no other.
            port: if wishes.port.is_some() { PortRule::Only } else { PortRule::Preferred },
            parallel_updates: self.parallel.get(),
            host_address: wishes.host_address.or(self.host_address),
            timing,
            ..EngineConfig::default()
        }
    }
}
