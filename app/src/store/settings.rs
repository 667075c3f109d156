//! What the user has set: where devices reach this computer, how updates wait, how the window looks.
//!
//! It is one small file of TOML in the data folder. Every value has a default, so the file may be absent, and holds
//! only what differs. Options of a command go before settings, settings before defaults.

mod engine;
mod file;
mod key;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use crate::engine::{EngineConfig, HostAddress};
use crate::image::sign::SignerName;

pub use engine::Wishes;
pub use file::{Loaded, SettingsError, SettingsFile};
pub use key::{Key, KeyError, ValueError};

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Where devices reach this computer; `None` if Skylift is to find out.
    pub host_address: Option<HostAddress>,
    /// The file server's TCP port, 1 to 65535.
    pub port: u16,
    /// Devices that are updated at the same time, up to 1000.
    pub parallel: NonZeroUsize,
    /// A device that gives no sign for so long is given up: 5 s to an hour.
    pub silence: Duration,
    /// The same while it restarts: 5 s to an hour.
    pub comeback: Duration,
    /// A new image gets so long to validate if the device names no deadline: 10 s to a day.
    pub probation: Duration,
    /// Who signs where nobody is named.
    pub default_signer: SignerName,
    /// Whether what a board holds is read into a backup before it is overwritten by cable.
    pub backup_before_flash: bool,
    /// Lines of a board's log that the window keeps, 1,000 to 1,000,000.
    pub log_lines: usize,
    /// The Toit SDK that compiles programs; `None` if Skylift is to look for one.
    pub toit_sdk: Option<PathBuf>,
    /// How the window looks.
    pub window: WindowSettings,
}

/// What concerns the window alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowSettings {
    /// Light or dark.
    pub theme: Theme,
    /// How large everything is drawn, 0.5 to 3.
    pub scale: f32,
    /// Whether the desktop tells how an update ended.
    pub notifications: bool,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// As the desktop is.
    System,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

impl Theme {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::System, Self::Dark, Self::Light];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Dark => "dark",
            Self::Light => "light",
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        let engine = EngineConfig::default();
        Self {
            host_address: None,
            port: engine.server.port,
            parallel: NonZeroUsize::new(engine.parallel_updates).unwrap_or(NonZeroUsize::MIN),
            silence: engine.timing.silence,
            comeback: engine.timing.comeback,
            probation: engine.timing.probation,
            default_signer: SignerName::usual(),
            backup_before_flash: true,
            log_lines: 100_000,
            toit_sdk: None,
            window: WindowSettings { theme: Theme::System, scale: 1.0, notifications: true },
        }
    }
}

#[cfg(test)]
mod tests;
