//! URLs that a device fetches: http and an IP literal, so that nothing needs to be resolved or encrypted.

use core::fmt;
use core::net::{IpAddr, Ipv6Addr, SocketAddr};

/// A URL, in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Url<'a> {
    address: SocketAddr,
    target: &'a str,
}

/// Why a text is no URL that a device fetches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlFault {
    /// It does not begin with `http://`.
    Scheme,
    /// The host is not an IPv4 address, nor an IPv6 address in brackets.
    Host,
    /// The port is not a number from 1 to 65535.
    Port,
    /// Path or query have characters other than visible ASCII, or there is a fragment.
    Path,
}

impl<'a> Url<'a> {
    /// Takes a URL apart.
    ///
    /// # Errors
    /// The first flaw found.
    pub fn parse(text: &'a str) -> Result<Self, UrlFault> {
        let rest = text.strip_prefix("http://").ok_or(UrlFault::Scheme)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at_checked(end).ok_or(UrlFault::Path)?;
        let target = if target.is_empty() { "/" } else { target };
        if !target.starts_with('/') || !target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
            return Err(UrlFault::Path);
        }
        Ok(Self { address: address(authority)?, target })
    }

    /// Where to connect to. Port 80 unless the URL says another.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Path and query, as they go into the request line; begins with `/`.
    #[must_use]
    pub fn target(&self) -> &'a str {
        self.target
    }
}

fn address(authority: &str) -> Result<SocketAddr, UrlFault> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or(UrlFault::Host)?;
        (IpAddr::V6(host.parse::<Ipv6Addr>().map_err(|_| UrlFault::Host)?), port)
    } else {
        let (host, port) = authority
            .split_at_checked(authority.find(':').unwrap_or(authority.len()))
            .ok_or(UrlFault::Host)?;
        (IpAddr::V4(host.parse().map_err(|_| UrlFault::Host)?), port)
    };
    Ok(SocketAddr::new(host, port_number(port)?))
}

/// The number after `:`; 80 for an empty text.
fn port_number(text: &str) -> Result<u16, UrlFault> {
    if text.is_empty() {
        return Ok(80);
    }
    let digits = text.strip_prefix(':').ok_or(UrlFault::Host)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(UrlFault::Port);
    }
    digits.parse().ok().filter(|&port| port != 0).ok_or(UrlFault::Port)
}

impl fmt::Display for UrlFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "the URL must begin with http://",
            Self::Host => "the URL's host must be an IP address",
            Self::Port => "the URL's port must be a number from 1 to 65535",
            Self::Path => "the URL's path must be visible ASCII without a fragment",
        })
    }
}

impl core::error::Error for UrlFault {}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::format;
    use std::net::Ipv4Addr;
    use std::string::ToString;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts() {
        for (text, address, target) in [
            ("http://192.168.1.5", "192.168.1.5:80", "/"),
            ("http://192.168.1.5/", "192.168.1.5:80", "/"),
            ("http://192.168.1.5:8000/a/b.bin?c=d", "192.168.1.5:8000", "/a/b.bin?c=d"),
            ("http://[fe80::1]/x", "[fe80::1]:80", "/x"),
            ("http://[::ffff:1.2.3.4]:65535/x:y@z", "[::ffff:1.2.3.4]:65535", "/x:y@z"),
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!(url.address(), address.parse().unwrap(), "{text}");
            assert_eq!(url.target(), target, "{text}");
        }
    }

    #[test]
    fn refused() {
        for (text, fault) in [
            ("", UrlFault::Scheme),
            ("https://1.2.3.4/", UrlFault::Scheme),
            ("HTTP://1.2.3.4/", UrlFault::Scheme),
            ("//1.2.3.4/", UrlFault::Scheme),
            ("http://", UrlFault::Host),
            ("http://host/", UrlFault::Host),
            ("http://localhost:80/", UrlFault::Host),
            ("http://user@1.2.3.4/", UrlFault::Host),
            ("http://1.2.3.4@5.6.7.8/", UrlFault::Host),
            ("http://1.2.3/", UrlFault::Host),
            ("http://1.2.3.04/", UrlFault::Host),
            ("http://0x7f.1/", UrlFault::Host),
            ("http://::1/", UrlFault::Host),
            ("http://[::1/", UrlFault::Host),
            ("http://[::1]x/", UrlFault::Host),
            ("http://[fe80::1%eth0]/", UrlFault::Host),
            ("http://[1.2.3.4]/", UrlFault::Host),
            ("http://1.2.3.4:/", UrlFault::Port),
            ("http://1.2.3.4:0/", UrlFault::Port),
            ("http://1.2.3.4:65536/", UrlFault::Port),
            ("http://1.2.3.4:+80/", UrlFault::Port),
            ("http://1.2.3.4:80:80/", UrlFault::Port),
            ("http://1.2.3.4/a b", UrlFault::Path),
            ("http://1.2.3.4/a\r\nHost: x", UrlFault::Path),
            ("http://1.2.3.4/é", UrlFault::Path),
            ("http://1.2.3.4/a#b", UrlFault::Path),
            ("http://1.2.3.4?a", UrlFault::Path),
            ("http://1.2.3.4#", UrlFault::Path),
        ] {
            assert_eq!(Url::parse(text), Err(fault), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,60}", tail in "[ -~\r\n]{0,40}") {
            let _ = Url::parse(&text);
            let _ = Url::parse(&format!("http://{text}"));
            let _ = Url::parse(&format!("http://1.2.3.4{tail}"));
        }

        #[test]
        fn what_is_taken_is_safe_to_send(tail in "[ -~\r\n\u{e9}]{0,40}") {
            let text = format!("http://10.0.0.1/{tail}");
            if let Ok(url) = Url::parse(&text) {
                prop_assert!(url.target().bytes().all(|byte| byte.is_ascii_graphic()));
                prop_assert_eq!(url.target(), &text["http://10.0.0.1".len()..]);
            }
        }

        #[test]
        fn every_address_comes_back(v4 in any::<u32>(), v6 in any::<u128>(), port in 1..=u16::MAX, path in "(/[!-\"$-~]{0,30})?") {
            for ip in [IpAddr::from(Ipv4Addr::from(v4)), IpAddr::from(Ipv6Addr::from(v6))] {
                let address = SocketAddr::new(ip, port);
                let text = format!("http://{address}{path}");
                let url = Url::parse(&text).unwrap();
                prop_assert_eq!(url.address(), address);
                prop_assert_eq!(url.target(), if path.is_empty() { "/".to_string() } else { path.clone() });
            }
        }
    }
}
