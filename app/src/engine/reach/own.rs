//! Where others reach a server of this computer, by the address that it listens on.

use std::net::{IpAddr, Ipv4Addr};

use super::candidates::route_to;

/// Stands for the world beyond the router: where packets to it would leave. Nobody has it (RFC 5737).
const BEYOND: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));

/// The addresses under which a server that is bound to `bound` is reached: the one that leads on to the world first,
/// those of this computer alone last.
pub(in crate::engine) fn reached_at(bound: IpAddr) -> Vec<IpAddr> {
    if !bound.is_unspecified() {
        return vec![bound];
    }
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let own = interfaces.iter().map(if_addrs::Interface::ip);
    ordered(bound, route_to(BEYOND), own)
}

fn ordered(bound: IpAddr, route: Option<IpAddr>, own: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    // A link-local address of IPv6 means nothing without the interface of who asks.
    let usable = |address: &IpAddr| match address {
        IpAddr::V4(_) => true,
        IpAddr::V6(v6) => bound.is_ipv6() && !v6.is_unicast_link_local(),
    };
    let mut addresses: Vec<IpAddr> = own.filter(usable).collect();
    addresses
        .sort_by_key(|address| (address.is_loopback(), Some(*address) != route, address.is_ipv6(), *address));
    addresses.dedup();
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ips(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn one_address_is_that_one() {
        for bound in ["127.0.0.1", "::1", "192.168.1.5"] {
            assert_eq!(reached_at(bound.parse().unwrap()), ips(&[bound]));
        }
    }

    #[test]
    fn all_addresses_are_those_of_the_interfaces_and_the_route_goes_first() {
        let own = ["::1", "fe80::1", "127.0.0.1", "fd00::7", "10.8.0.2", "192.168.1.5", "127.0.0.1"];
        let route = Some("192.168.1.5".parse().unwrap());
        let listed = |bound: &str| ordered(bound.parse().unwrap(), route, ips(&own).into_iter());
        assert_eq!(listed("0.0.0.0"), ips(&["192.168.1.5", "10.8.0.2", "127.0.0.1"]));
        assert_eq!(listed("::"), ips(&["192.168.1.5", "10.8.0.2", "fd00::7", "127.0.0.1", "::1"]));
    }
}
