//! URLs that a device fetches: what is accepted, a browser's parser takes for the same address, and is safe to send.
#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use skylift_node::download::Url;
use url::Host;

fuzz_target!(|text: &str| {
    let Ok(found) = Url::parse(text) else { return };
    let (address, target) = (found.address(), found.target());
    assert!(target.starts_with('/') && target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#'));
    let again = format!("http://{address}{target}");
    assert_eq!(Url::parse(&again), Url::parse(text), "another URL once it is written out");
    let foreign = url::Url::parse(text).expect("a URL to everybody");
    let ip = match foreign.host() {
        Some(Host::Ipv4(ip)) => IpAddr::from(ip),
        Some(Host::Ipv6(ip)) => IpAddr::from(ip),
        other => panic!("no address to others: {other:?}"),
    };
    assert_eq!((ip, foreign.port_or_known_default()), (address.ip(), Some(address.port())));
});
