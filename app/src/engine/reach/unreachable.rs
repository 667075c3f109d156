//! What to say, and advise, when a device cannot fetch from this computer.

use std::net::SocketAddr;

use crate::advice::Advice;
use crate::engine::client::{ClientError, Peer};
use crate::server::ServerError;

/// No way from the device to this computer was found.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// The file server cannot listen.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The device could not be asked.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// This computer has no address to try.
    #[error("this computer has no IPv4 address that {0} could reach")]
    NoCandidate(Peer),
    /// The device was asked, and reached none of the addresses.
    #[error("{peer} cannot fetch from this computer: it tried {}", tried.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Unreachable {
        /// The device.
        peer: Peer,
        /// Every address it tried.
        tried: Vec<SocketAddr>,
    },
}

impl Advice for ReachError {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::Server(error) => error.advice(),
            Self::Client(error) => error.advice(),
            Self::NoCandidate(_) => vec!["connect this computer to the device's network".to_owned()],
            Self::Unreachable { peer, tried } => likely_causes(peer, tried, std::env::consts::OS),
        }
    }
}

/// The likely causes, each with what to do; `os` as in [`std::env::consts::OS`].
fn likely_causes(peer: &Peer, tried: &[SocketAddr], os: &str) -> Vec<String> {
    let port = tried.first().map_or(crate::server::DEFAULT_PORT, SocketAddr::port);
    let mut causes: Vec<String> = firewall_rules(port, os);
    causes.push(format!(
        "another network or VLAN, a guest WiFi or client isolation: let {} connect to port {port} of this computer",
        peer.address.ip()
    ));
    causes.push(
        "a VPN or several networks: switch the VPN off, or name the address that the device reaches with \
         --host-address A[:P]"
            .to_owned(),
    );
    causes
}

/// The commands that let devices connect to a TCP port of this computer, by its operating system; one of them fits.
#[must_use]
pub fn open_port(port: u16) -> Vec<String> {
    opening(port, std::env::consts::OS).into_iter().map(|(_, command)| command).collect()
}

fn firewall_rules(port: u16, os: &str) -> Vec<String> {
    opening(port, os).into_iter().map(|(whose, command)| format!("a firewall ({whose}): {command}")).collect()
}

fn opening(port: u16, os: &str) -> Vec<(String, String)> {
    match os {
        "windows" => vec![(
            "of Windows".to_owned(),
            format!(
                "netsh advfirewall firewall add rule name=Skylift dir=in action=allow protocol=TCP localport={port}"
            ),
        )],
        "macos" => vec![(
            format!("port {port}"),
            "sudo /usr/libexec/ApplicationFirewall/socketfilterfw --unblockapp \"$(which skylift)\""
                .to_owned(),
        )],
        _ => vec![
            ("ufw".to_owned(), format!("sudo ufw allow {port}/tcp")),
            ("firewalld".to_owned(), format!("sudo firewall-cmd --add-port={port}/tcp")),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_names_the_port_in_use() {
        let peer = Peer { label: "lamp".to_owned(), id: None, address: "192.168.1.7:80".parse().unwrap() };
        let tried = ["192.168.1.5:8123".parse().unwrap()];
        for (os, rule) in [
            ("linux", "sudo ufw allow 8123/tcp"),
            ("linux", "sudo firewall-cmd --add-port=8123/tcp"),
            ("windows", "localport=8123"),
            ("macos", "port 8123"),
        ] {
            let advice = likely_causes(&peer, &tried, os).join("\n");
            assert!(advice.contains(rule) && advice.contains("VLAN") && advice.contains("VPN"), "{advice}");
        }
    }

    #[test]
    fn everything_tried_is_named() {
        let peer = Peer { label: "lamp".to_owned(), id: None, address: "192.168.1.7:80".parse().unwrap() };
        let tried = vec!["192.168.1.5:8000".parse().unwrap(), "10.8.0.2:8000".parse().unwrap()];
        let error = ReachError::Unreachable { peer, tried };
        assert_eq!(
            error.to_string(),
            "lamp (192.168.1.7:80) cannot fetch from this computer: it tried 192.168.1.5:8000, 10.8.0.2:8000"
        );
    }
}
