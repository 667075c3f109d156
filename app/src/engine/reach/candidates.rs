//! Under which of its addresses a device may reach this computer.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::str::FromStr;

use skylift_protocol::MAX_PROBE_URLS;

/// The user's word on where devices reach this computer: an address, and a port if one is forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostAddress {
    /// The address.
    pub ip: Ipv4Addr,
    /// The port; the file server's own if none is given.
    pub port: Option<u16>,
}

/// A text that is no host address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no IPv4 address of a computer, nor one with a port, like 192.168.1.5:8000")]
pub struct HostAddressError(String);

impl FromStr for HostAddress {
    type Err = HostAddressError;

    fn from_str(text: &str) -> Result<Self, HostAddressError> {
        let (ip, port) = match text.split_once(':') {
            Some((ip, port)) => (ip, Some(port)),
            None => (text, None),
        };
        let error = || HostAddressError(text.to_owned());
        let ip: Ipv4Addr = ip.parse().map_err(|_| error())?;
        if ip.is_unspecified() || ip.is_multicast() || ip.is_broadcast() {
            return Err(error());
        }
        let port =
            port.map(|port| port.parse().ok().filter(|port| *port != 0).ok_or_else(error)).transpose()?;
        Ok(Self { ip, port })
    }
}

impl fmt::Display for HostAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.ip),
            None => self.ip.fmt(f),
        }
    }
}

/// Where to try, the likeliest first.
pub(super) fn candidates(device: IpAddr, server: SocketAddr, wanted: Option<HostAddress>) -> Vec<SocketAddr> {
    if let Some(wanted) = wanted {
        return vec![(wanted.ip, wanted.port.unwrap_or(server.port())).into()];
    }
    if !server.ip().is_unspecified() {
        return vec![server];
    }
    let others = if_addrs::get_if_addrs().unwrap_or_default();
    let others: Vec<IpAddr> = others.iter().map(if_addrs::Interface::ip).collect();
    let chosen = choose(device, route_to(device), &others);
    chosen.into_iter().map(|ip| SocketAddr::new(ip, server.port())).collect()
}

/// This computer's address as that one would see it. Nothing is sent for that.
pub(super) fn route_to(device: IpAddr) -> Option<IpAddr> {
    let unspecified: IpAddr =
        if device.is_ipv4() { [0; 4].into() } else { std::net::Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((unspecified, 0)).ok()?;
    // Any port does.
    socket.connect((device, 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// The route goes first. A loopback address means something only to a device on this very computer.
fn choose(device: IpAddr, route: Option<IpAddr>, others: &[IpAddr]) -> Vec<IpAddr> {
    let mut chosen: Vec<IpAddr> = Vec::new();
    for &address in route.iter().chain(others) {
        let usable = address.is_ipv4() && !address.is_unspecified();
        let sensible = device.is_loopback() || !address.is_loopback();
        if usable && sensible && !chosen.contains(&address) {
            chosen.push(address);
        }
    }
    chosen.truncate(MAX_PROBE_URLS);
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ips(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn the_route_is_the_likeliest() {
        let lan = "192.168.1.7".parse().unwrap();
        let others = ips(&["127.0.0.1", "172.17.0.1", "192.168.1.5", "fe80::1", "10.8.0.2"]);
        let route = Some("192.168.1.5".parse().unwrap());
        assert_eq!(choose(lan, route, &others), ips(&["192.168.1.5", "172.17.0.1", "10.8.0.2"]));
        assert_eq!(choose(lan, None, &others), ips(&["172.17.0.1", "192.168.1.5", "10.8.0.2"]));
    }

    #[test]
    fn loopback_is_for_devices_on_this_computer() {
        let local = "127.0.0.1".parse().unwrap();
        assert_eq!(route_to(local), Some(local));
        assert_eq!(
            choose(local, Some(local), &ips(&["127.0.0.1", "10.0.0.1"])),
            ips(&["127.0.0.1", "10.0.0.1"])
        );
    }

    #[test]
    fn a_probe_has_room_for_so_many() {
        let many: Vec<IpAddr> = (1..100).map(|last| IpAddr::from([10, 0, 0, last])).collect();
        assert_eq!(choose([10, 0, 1, 1].into(), None, &many).len(), MAX_PROBE_URLS);
    }

    #[test]
    fn the_users_word_stands_alone() {
        let server = "0.0.0.0:8000".parse().unwrap();
        let at = |text: &str| candidates([10, 0, 0, 1].into(), server, Some(text.parse().unwrap()));
        assert_eq!(at("192.168.1.5"), ["192.168.1.5:8000".parse().unwrap()]);
        assert_eq!(at("192.168.1.5:80"), ["192.168.1.5:80".parse().unwrap()]);
        for text in ["192.168.1.5", "192.168.1.5:80"] {
            assert_eq!(text.parse::<HostAddress>().unwrap().to_string(), text);
        }
        let wrong = ["", "lamp", "192.168.1.5:", "192.168.1.5:0", "192.168.1.5:65536", "::1", "1.2.3"];
        for text in wrong.into_iter().chain(["0.0.0.0", "224.0.0.251", "255.255.255.255:8000"]) {
            assert_eq!(text.parse::<HostAddress>(), Err(HostAddressError(text.to_owned())), "{text}");
        }
    }
}
