//! How many connections each address has: nobody takes all places of the server.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex};

use super::lock;

/// The connections of all addresses.
pub(super) struct Places {
    most: usize,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection's place among those of its address, until it is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    address: IpAddr,
}

impl Places {
    /// So many for each address, at least one.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most: most.max(1), taken: Mutex::default() })
    }

    /// A place for a connection from `peer`; `None` if that has as many as it may.
    pub(super) fn take(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let address = holder(peer);
        let mut taken = lock(&self.taken);
        let count = taken.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Place { places: Arc::clone(self), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.places.taken);
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

/// Who may be behind an address: in IPv6 one computer has a whole /64 for itself.
fn holder(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn so_many_for_each_computer() {
        let places = Places::new(2);
        let from = |address: &str| places.take(address.parse().unwrap());
        let (first, second) = (from("10.0.0.1").unwrap(), from("::ffff:10.0.0.1").unwrap());
        assert!(from("10.0.0.1").is_none() && from("10.0.0.2").is_some());
        drop(first);
        let third = from("10.0.0.1").unwrap();
        assert!(from("10.0.0.1").is_none());
        drop((second, third));
        let six = (from("fd00:1::1").unwrap(), from("fd00:1::2").unwrap());
        assert!(from("fd00:1::3").is_none() && from("fd00:2::3").is_some());
        drop(six);
        assert!(lock(&places.taken).is_empty(), "who is gone is forgotten");
    }
}
