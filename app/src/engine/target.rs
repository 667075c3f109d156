//! What a user calls a device: its id, its name, or where it is.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// The port of devices where none is given.
pub(super) const DEVICE_PORT: u16 = 80;

/// A DEVICE argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An id or a name.
    Called(String),
    /// A host and a port.
    At(HostPort),
}

/// A host and a port, as the user gave them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    /// A host name, or an IP address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// A text that can be no DEVICE.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is empty.
    #[error("a device needs an id, a name or host:port")]
    Empty,
    /// What follows the colon is a number, but no port.
    #[error("`{0}` is no port: ports go from 1 to 65535")]
    Port(String),
    /// Nothing stands before the colon.
    #[error("`{0}` names no host before the port")]
    Host(String),
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TargetError::Empty);
        }
        if let Ok(ip) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Ok(Self::At(HostPort { host: ip.to_string(), port: DEVICE_PORT }));
        }
        match text.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
                let host = host.trim_matches(['[', ']']);
                if host.is_empty() {
                    return Err(TargetError::Host(text.to_owned()));
                }
                let port = port.parse().ok().filter(|port| *port != 0);
                let port = port.ok_or_else(|| TargetError::Port(text.to_owned()))?;
                Ok(Self::At(HostPort { host: host.to_owned(), port }))
            }
            _ => Ok(Self::Called(text.to_owned())),
        }
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Called(name) => f.write_str(name),
            Self::At(place) => place.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(host: &str, port: u16) -> Result<Target, TargetError> {
        Ok(Target::At(HostPort { host: host.to_owned(), port }))
    }

    #[test]
    fn devices_are_called_or_placed() {
        let called = |name: &str| Ok(Target::Called(name.to_owned()));
        assert_eq!("sky-01".parse(), called("sky-01"));
        assert_eq!(" kitchen lamp ".parse(), called("kitchen lamp"));
        assert_eq!("lamp: kitchen".parse(), called("lamp: kitchen"));
        assert_eq!("lamp.local:8080".parse(), at("lamp.local", 8080));
        assert_eq!("127.0.0.1:1".parse(), at("127.0.0.1", 1));
        assert_eq!("192.168.1.7".parse(), at("192.168.1.7", 80));
        assert_eq!("fd00::7".parse(), at("fd00::7", 80));
        assert_eq!("[fd00::7]".parse(), at("fd00::7", 80));
        assert_eq!("[fd00::7]:81".parse(), at("fd00::7", 81));
    }

    #[test]
    fn what_can_be_no_device_is_told() {
        assert_eq!("  ".parse::<Target>(), Err(TargetError::Empty));
        assert_eq!("lamp:0".parse::<Target>(), Err(TargetError::Port("lamp:0".to_owned())));
        assert_eq!("lamp:65536".parse::<Target>(), Err(TargetError::Port("lamp:65536".to_owned())));
        assert_eq!("lamp:".parse::<Target>(), Err(TargetError::Port("lamp:".to_owned())));
        assert_eq!(":80".parse::<Target>(), Err(TargetError::Host(":80".to_owned())));
    }

    #[test]
    fn places_are_shown_as_they_are_typed() {
        for text in ["lamp.local:8080", "[fd00::7]:81", "kitchen lamp"] {
            assert_eq!(text.parse::<Target>().unwrap().to_string(), text);
        }
    }
}
