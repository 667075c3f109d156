//! What a device announces by mDNS. Anyone on the network can announce anything, so it is read strictly.

use std::net::{IpAddr, SocketAddr};

use skylift_protocol::{Chip, Id, SERVICE, ValidationState};

use crate::engine::devices::device_id;
use crate::engine::text::printable;

/// Addresses kept of one device.
const MAX_ADDRESSES: usize = 8;
/// Bytes of a name or a version.
const MAX_TEXT: usize = 32;

/// A device, as it announces itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Its id, in the instance's name and in the TXT record.
    pub id: Id,
    /// Empty if it gives none that can be shown.
    pub name: String,
    /// Its chip; `Unknown` if it gives none.
    pub chip: Chip,
    /// The version that runs; empty if it gives none.
    pub version: String,
    /// Whether that is kept, if it tells.
    pub validation: Option<ValidationState>,
    /// The best of its addresses.
    pub address: SocketAddr,
    /// The others, the better ones first.
    pub other_addresses: Vec<SocketAddr>,
}

/// Why an announcement is not listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// No service of ours, or an instance that is no id.
    Instance,
    /// The id in the TXT record is another than the instance's.
    Id,
    /// No port, or no address that can be spoken to.
    Address,
}

/// Reads one announcement; `txt` gives the value of a key.
///
/// # Errors
/// Nobody has to listen to it; see [`Rejected`].
pub fn read<'t>(
    fullname: &str,
    port: u16,
    addresses: impl IntoIterator<Item = IpAddr>,
    txt: impl Fn(&str) -> Option<&'t [u8]>,
) -> Result<Announcement, Rejected> {
    let id = instance_id(fullname).ok_or(Rejected::Instance)?;
    let text = |key| txt(key).and_then(short_text);
    if text(skylift_protocol::TXT_ID).as_deref() != Some(id.as_str()) {
        return Err(Rejected::Id);
    }
    let mut addresses = spoken_to(addresses, port).into_iter();
    let address = addresses.next().ok_or(Rejected::Address)?;
    Ok(Announcement {
        id,
        name: text(skylift_protocol::TXT_NAME).unwrap_or_default(),
        chip: text(skylift_protocol::TXT_CHIP).map_or(Chip::Unknown, |word| Chip::from_word(&word)),
        version: text(skylift_protocol::TXT_VERSION).unwrap_or_default(),
        validation: text(skylift_protocol::TXT_STATE).map(|word| ValidationState::from_word(&word)),
        address,
        other_addresses: addresses.collect(),
    })
}

/// The id in `<id>._skylift._tcp.local.`
pub(super) fn instance_id(fullname: &str) -> Option<Id> {
    let instance = fullname.strip_suffix(".local.")?.strip_suffix(SERVICE)?.strip_suffix('.')?;
    device_id(instance)
}

fn short_text(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok().filter(|text| text.len() <= MAX_TEXT)?;
    Some(printable(text))
}

fn spoken_to(addresses: impl IntoIterator<Item = IpAddr>, port: u16) -> Vec<SocketAddr> {
    if port == 0 {
        return Vec::new();
    }
    let mut ranked: Vec<(u8, IpAddr)> =
        addresses.into_iter().filter_map(|address| Some((rank(address)?, address))).collect();
    ranked.sort_unstable();
    ranked.dedup();
    ranked.truncate(MAX_ADDRESSES);
    ranked.into_iter().map(|(_, address)| SocketAddr::new(address, port)).collect()
}

/// The lower, the better; `None` for addresses that no device can have, or that need an interface named with them.
fn rank(address: IpAddr) -> Option<u8> {
    match address {
        _ if address.is_unspecified() || address.is_multicast() => None,
        IpAddr::V4(v4) if v4.is_broadcast() => None,
        IpAddr::V4(v4) if v4.is_link_local() => Some(2),
        IpAddr::V4(v4) if v4.is_loopback() => Some(1),
        IpAddr::V4(_) => Some(0),
        IpAddr::V6(v6) if v6.is_unicast_link_local() || v6.to_ipv4_mapped().is_some() => None,
        IpAddr::V6(v6) if v6.is_loopback() => Some(4),
        IpAddr::V6(_) => Some(3),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    const NAME: &str = "sky-01._skylift._tcp.local.";

    fn txt() -> HashMap<&'static str, &'static [u8]> {
        let pairs: [(&str, &[u8]); 6] = [
            ("id", b"sky-01"),
            ("name", b"lamp"),
            ("chip", b"esp32c3"),
            ("ver", b"1.2.0"),
            ("proto", b"1"),
            ("state", b"valid"),
        ];
        pairs.into()
    }

    fn read_with(
        fullname: &str,
        port: u16,
        addresses: &[&str],
        txt: &HashMap<&'static str, &'static [u8]>,
    ) -> Result<Announcement, Rejected> {
        let addresses = addresses.iter().map(|text| text.parse().unwrap());
        read(fullname, port, addresses, |key| txt.get(key).copied())
    }

    #[test]
    fn a_device_is_read_with_its_best_address_first() {
        let addresses =
            ["fe80::1", "fd00::1", "169.254.1.1", "127.0.0.1", "192.168.1.7", "0.0.0.0", "224.0.0.1"];
        let found = read_with(NAME, 80, &addresses, &txt()).unwrap();
        assert_eq!(
            (found.id.as_str(), found.name.as_str(), found.version.as_str()),
            ("sky-01", "lamp", "1.2.0")
        );
        assert_eq!((found.chip, found.validation), (Chip::Esp32C3, Some(ValidationState::Valid)));
        assert_eq!(found.address.to_string(), "192.168.1.7:80");
        let others: Vec<String> = found.other_addresses.iter().map(ToString::to_string).collect();
        assert_eq!(others, ["127.0.0.1:80", "169.254.1.1:80", "[fd00::1]:80"]);
    }

    #[test]
    fn what_is_not_ours_is_rejected() {
        let local: &[&str] = &["127.0.0.1"];
        for fullname in
            ["", "sky-01._http._tcp.local.", "._skylift._tcp.local.", "Sky 01._skylift._tcp.local."]
        {
            assert_eq!(read_with(fullname, 80, local, &txt()), Err(Rejected::Instance), "{fullname}");
        }
        assert_eq!(read_with("sky-02._skylift._tcp.local.", 80, local, &txt()), Err(Rejected::Id));
        assert_eq!(read_with(NAME, 80, local, &HashMap::new()), Err(Rejected::Id));
        assert_eq!(read_with(NAME, 0, local, &txt()), Err(Rejected::Address));
        assert_eq!(read_with(NAME, 80, &["fe80::1", "255.255.255.255"], &txt()), Err(Rejected::Address));
    }

    #[test]
    fn fields_that_cannot_be_shown_are_left_out() {
        let mut txt = txt();
        txt.insert("name", b"\xff\xfe");
        txt.insert("ver", &[b'1'; 33]);
        txt.insert("chip", b"esp99");
        txt.remove("state");
        let found = read_with(NAME, 80, &["127.0.0.1"], &txt).unwrap();
        assert_eq!((found.name.as_str(), found.version.as_str()), ("", ""));
        assert_eq!((found.chip, found.validation), (Chip::Unknown, None));
        txt.insert("name", b"\x1b[31mred");
        let found = read_with(NAME, 80, &["127.0.0.1"], &txt).unwrap();
        assert_eq!(found.name, "\u{FFFD}[31mred");
    }

    proptest! {
        #[test]
        fn any_announcement_is_borne(fullname in "\\PC*", port: u16, bytes: [u8; 4], value: Vec<u8>) {
            for fullname in [fullname.as_str(), NAME] {
                if let Ok(found) = read(fullname, port, [IpAddr::from(bytes)], |_| Some(&value)) {
                    prop_assert!(found.address.port() != 0 && !found.name.chars().any(char::is_control));
                }
            }
        }
    }
}
