//! The options of commands that put a WiFi network into an image: its name, and where its password comes from. Never the
//! password itself, which every user of the computer could list.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use skylift_protocol::{Network, Ssid};

use super::failure::Failure;
use super::password::{PasswordSource, remembered_or_given, ssid};
use super::session::Session;
use crate::store::NetworkList;

/// Which network, and how to get into it.
#[derive(Args, Clone, Debug)]
pub(super) struct NetworkOptions {
    /// The WiFi network that the device joins; the password is asked for, unless the network is remembered
    #[arg(long, value_name = "SSID", value_parser = ssid)]
    wifi: Option<Ssid>,
    /// Read the network's password from FILE, or from standard input (-)
    #[arg(long, value_name = "FILE", requires = "wifi", conflicts_with = "open")]
    password_file: Option<PathBuf>,
    /// The network has no password
    #[arg(long, requires = "wifi")]
    open: bool,
    /// Do not remember the network
    #[arg(long, requires = "wifi")]
    no_remember: bool,
}

impl NetworkOptions {
    /// Whether a network is named.
    pub(super) const fn is_given(&self) -> bool {
        self.wifi.is_some()
    }

    /// The network, if one is named. Asks for a password that is neither given nor remembered.
    pub(super) fn network(&self, session: &Session) -> Result<Option<Network>, Failure> {
        let Some(ssid) = self.wifi.clone() else { return Ok(None) };
        let source = PasswordSource::of(self.password_file.as_deref(), self.open);
        remembered_or_given(ssid, source, session).map(Some)
    }

    /// Remembers a network that was used, unless the user does not want it.
    pub(super) fn remember(&self, network: &Network, session: &Session) {
        if self.no_remember {
            return;
        }
        if let Err(error) = NetworkList::new(&session.data_dir).remember(network) {
            // That it has to be typed again is no failure.
            let _ = writeln!(std::io::stderr(), "note: the network is not remembered: {error}");
        }
    }
}
