//! What anybody announces by mDNS: what is listened to can be shown, and leads to an address that can be a device's.
#![no_main]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use libfuzzer_sys::fuzz_target;
use skylift::engine::{printable, read_announcement};
use skylift_fuzz::Input;

const KEYS: [&str; 6] = ["id", "name", "chip", "ver", "proto", "state"];

/// A length, then as many bytes.
fn text<'a>(bytes: &mut &'a [u8]) -> &'a [u8] {
    let Some((&len, rest)) = bytes.split_first() else { return &[] };
    let (text, later) = rest.split_at(usize::from(len).min(rest.len()));
    *bytes = later;
    text
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let port = u16::from_le_bytes(input.array());
    let mut addresses: Vec<IpAddr> = vec![Ipv4Addr::from(input.array::<4>()).into()];
    addresses.push(Ipv6Addr::from(input.array::<16>()).into());
    let mut rest = input.rest();
    let name = String::from_utf8_lossy(text(&mut rest)).into_owned();
    let values = KEYS.map(|key| (key, text(&mut rest)));
    addresses.extend(
        rest.chunks_exact(4).filter_map(|four| four.first_chunk::<4>()).map(|&four| IpAddr::from(four)),
    );
    let value = |key: &str| values.iter().find(|(known, _)| *known == key).map(|&(_, value)| value);
    let fullname = format!("{name}._skylift._tcp.local.");
    let Ok(found) = read_announcement(&fullname, port, addresses.iter().copied(), value) else { return };
    assert_eq!((found.id.as_str(), Some(found.id.as_bytes())), (name.as_str(), value("id")));
    assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
    for shown in [&found.name, &found.version] {
        // Three bytes stand for one that cannot be shown.
        assert!(printable(shown) == *shown && shown.len() <= 3 * 32, "{shown:?}");
    }
    let told: Vec<_> = std::iter::once(found.address).chain(found.other_addresses).collect();
    assert!(told.len() <= 8);
    for address in &told {
        assert!(address.port() == port && port != 0 && addresses.contains(&address.ip()));
        assert!(!address.ip().is_unspecified() && !address.ip().is_multicast());
    }
});
