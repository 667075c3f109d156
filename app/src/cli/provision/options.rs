//! What a board is to be, as options of `provision` and `flash` have it.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::Args;
use skylift_protocol::{Name, Network, Ssid};

use super::super::failure::Failure;
use super::super::keys::new_signers;
use super::super::password::{PasswordSource, network, remembered_or_given, ssid};
use super::super::session::Session;
use crate::usb::provision::{ContactEnd, NetworkWish, PairWish, TrustWish, Wishes, device_name};

const HEADING: &str = "Settings of the board";

/// What a board is to be. What is not given stays as it is.
#[derive(Args, Clone, Debug)]
pub(in super::super) struct ProvisionOptions {
    /// Its name, up to 32 bytes
    #[arg(long, help_heading = HEADING, value_name = "N", value_parser = device_name)]
    name: Option<Name>,
    /// The network it is to join first; those that it knows stay as fallbacks
    #[arg(long, help_heading = HEADING, value_name = "SSID", value_parser = ssid)]
    wifi: Option<Ssid>,
    /// Read the network's password from F, or from standard input (-) [default: what is remembered, else you are asked]
    #[arg(long, help_heading = HEADING, value_name = "F", requires = "wifi", conflicts_with_all = ["open", "ask_password"])]
    password_file: Option<PathBuf>,
    /// Ask for the network's password though one is remembered
    #[arg(long, help_heading = HEADING, requires = "wifi", conflicts_with = "open")]
    ask_password: bool,
    /// The network has no password
    #[arg(long, help_heading = HEADING, requires = "wifi")]
    open: bool,
    /// The board forgets the networks that it knows
    #[arg(long, help_heading = HEADING, requires = "wifi")]
    only: bool,
    /// Do not remember the network for other boards
    #[arg(long, help_heading = HEADING, requires = "wifi")]
    no_remember: bool,
    /// Leave it as it is who may give it orders [default: this computer, by a key]
    #[arg(long, help_heading = HEADING)]
    no_pair: bool,
    /// Give it a new key: whoever has the one before is shut out
    #[arg(long, help_heading = HEADING, conflicts_with = "no_pair")]
    re_pair: bool,
    /// From now on, take only images that one of these has signed: signers of this computer, files with public keys, or
    /// digests
    #[arg(long, help_heading = HEADING, value_name = "A,B", value_delimiter = ',')]
    trust: Vec<String>,
    /// Take images that nobody has signed, again
    #[arg(long, help_heading = HEADING, conflicts_with = "trust")]
    trust_anybody: bool,
    /// The least secure_version that it takes; it never sinks
    #[arg(long, help_heading = HEADING, value_name = "N")]
    secure_floor: Option<u32>,
}

impl ProvisionOptions {
    /// What is wanted. Asks for a password that is needed and not given.
    pub(in super::super) fn wishes(&self, session: &Session) -> Result<Wishes, Failure> {
        let trust = match new_signers(&self.trust, session)? {
            Some((signers, _)) => TrustWish::Signers(signers.in_order()),
            None if self.trust_anybody => TrustWish::Anybody,
            None => TrustWish::Keep,
        };
        Ok(Wishes {
            name: self.name.clone(),
            networks: self.network(session)?.map_or(NetworkWish::Keep, |network| self.wish(network)),
            pairing: match (self.no_pair, self.re_pair) {
                (true, _) => PairWish::Leave,
                (_, true) => PairWish::Anew,
                _ => PairWish::Pair,
            },
            trust,
            floor: self.secure_floor,
            bootloader_rolls_back: None,
        })
    }

    /// Whether networks are remembered.
    pub(super) const fn remembers(&self) -> bool {
        !self.no_remember
    }

    /// The same with another password, if somebody is there to give it; all but that is done already.
    pub(in super::super) fn asked_again(
        &self,
        wishes: &Wishes,
        end: &ContactEnd,
    ) -> Result<Option<Wishes>, Failure> {
        let known = wishes.networks.network().filter(|known| end.network() == Some(known.ssid.as_str()));
        let Some(known) = known.filter(|_| std::io::stdin().is_terminal()) else { return Ok(None) };
        let network = network(known.ssid.clone(), PasswordSource::Prompt)?;
        Ok(Some(Wishes { networks: self.wish(network), ..Wishes::default() }))
    }

    fn wish(&self, network: Network) -> NetworkWish {
        if self.only { NetworkWish::Only(network) } else { NetworkWish::First(network) }
    }

    fn network(&self, session: &Session) -> Result<Option<Network>, Failure> {
        let Some(ssid) = self.wifi.clone() else { return Ok(None) };
        if self.ask_password {
            return network(ssid, PasswordSource::Prompt).map(Some);
        }
        let source = PasswordSource::of(self.password_file.as_deref(), self.open);
        remembered_or_given(ssid, source, session).map(Some)
    }
}
