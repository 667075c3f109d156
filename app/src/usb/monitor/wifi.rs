//! What a line of a log says about the WiFi: joined, with which address, or why not.

use std::net::Ipv4Addr;

use super::said::own_message;

/// What a line says about the WiFi.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WifiNews {
    /// The network is joined. Skylift's firmware says so once it has an address.
    Joined {
        /// Its name, if the line tells it.
        ssid: Option<String>,
    },
    /// The board has this address.
    Address(Ipv4Addr),
    /// A network was not joined.
    NotJoined {
        /// Its name, if the line tells it.
        ssid: Option<String>,
        /// Why.
        why: NotJoined,
    },
    /// The network that was joined is lost.
    Lost,
    /// The board knows no network.
    NoNetworks,
}

/// Why a network was not joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotJoined {
    /// The access point did not accept the password. (WPA2 tells by breaking the handshake off.)
    WrongPassword,
    /// No access point with this name answered.
    NotFound,
    /// It was joined, but gave no address.
    NoAddress,
    /// Anything else.
    Other,
}

/// Reads a line, as [`Line::text`](super::Line) has it: of Skylift's firmware, of ESP-IDF, of the Arduino core, of Toit.
#[must_use]
pub fn wifi_news(line: &str) -> Option<WifiNews> {
    let own_address =
        || own_message(line)?.strip_prefix("the address is ")?.parse().ok().map(WifiNews::Address);
    own(own_message(line).unwrap_or(line))
        .or_else(own_address)
        .or_else(|| address(line))
        .or_else(|| reason(line))
}

/// Of Skylift's node and of its firmware: `node/src/station.rs`, `esp/src/tasks.rs`.
fn own(message: &str) -> Option<WifiNews> {
    if message.starts_with("this device knows no WiFi network") {
        return Some(WifiNews::NoNetworks);
    }
    let news = message.strip_prefix("WiFi: ")?;
    if news == "the network is lost" {
        return Some(WifiNews::Lost);
    }
    if let Some(ssid) = news.strip_prefix("joined ") {
        return Some(WifiNews::Joined { ssid: Some(ssid.to_owned()) });
    }
    // A name may have anything in it, the reason is one word.
    let (ssid, why) = news.strip_prefix("cannot join ")?.rsplit_once(": ")?;
    let why = match why {
        "wrong_password" => NotJoined::WrongPassword,
        "not_found" => NotJoined::NotFound,
        "no_address" => NotJoined::NoAddress,
        _ => NotJoined::Other,
    };
    Some(WifiNews::NotJoined { ssid: Some(ssid.to_owned()), why })
}

/// `sta ip: 10.0.0.7, mask: ...` of ESP-IDF, `STA IP: ` of the Arduino core, `{ip: 10.0.0.7}` of Toit.
fn address(line: &str) -> Option<WifiNews> {
    let marks = ["sta ip: ", "STA IP: ", "{ip: "];
    let (_, rest) = marks.iter().find_map(|mark| line.split_once(mark))?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let address: Ipv4Addr = rest.get(..end)?.parse().ok()?;
    (!address.is_unspecified()).then_some(WifiNews::Address(address))
}

/// `wifi:state: auth -> init (0x200)`, `Reason: 201 - NO_AP_FOUND`, and the names of reasons.
fn reason(line: &str) -> Option<WifiNews> {
    if line.contains("connected with ") && line.contains("wifi:") {
        return Some(WifiNews::Joined { ssid: esp_idf_ssid(line) });
    }
    let why = by_name(line).or_else(|| by_state(line)).or_else(|| by_number(line))?;
    Some(WifiNews::NotJoined { ssid: None, why })
}

/// `wifi:connected with attic, aid = 1, channel 6, ...`
fn esp_idf_ssid(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("connected with ")?;
    let end = rest.find(", aid = ").or_else(|| rest.find(", channel "))?;
    rest.get(..end).map(str::to_owned)
}

/// Names as ESP-IDF, esp-radio and Toit write them.
fn by_name(line: &str) -> Option<NotJoined> {
    let has = |names: &[&str]| names.iter().any(|name| line.contains(name));
    if has(&["NO_AP_FOUND", "NoAccessPointFound", "access point not found"]) {
        return Some(NotJoined::NotFound);
    }
    let wrong = [
        "4WAY_HANDSHAKE_TIMEOUT",
        "FourWayHandshakeTimeout",
        "HANDSHAKE_TIMEOUT",
        "HandshakeTimeout",
        "AUTH_FAIL",
        "AuthenticationFailed",
        "MIC_FAILURE",
        "MicFailure",
        "bad authentication",
    ];
    has(&wrong).then_some(NotJoined::WrongPassword)
}

/// ESP-IDF's driver: the reason stands in the upper byte of the number. Leaving `run` is a loss, which is tried again.
fn by_state(line: &str) -> Option<NotJoined> {
    let (_, change) = line.split_once("wifi:state: ").or_else(|| line.split_once("wifi: state: "))?;
    let (states, number) = change.split_once(" (")?;
    if !matches!(states, "auth -> init" | "assoc -> init" | "run -> init") {
        return None;
    }
    let number = number.trim_end().strip_suffix(')')?;
    let number = u32::from_str_radix(number.strip_prefix("0x").unwrap_or(number), 16).ok()?;
    judged(number >> 8)
}

/// `Reason: 201`, `reason:15`, `reason = 2`, by whoever tells of it.
fn by_number(line: &str) -> Option<NotJoined> {
    let (before, rest) = line.split_once("eason")?;
    let about_wifi = ["wifi", "WiFi", "Wi-Fi", "STA", "isconnect"].iter().any(|word| line.contains(word));
    let number = rest.trim_start_matches([':', '=', ' ']);
    let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    (about_wifi && before.ends_with(['r', 'R']))
        .then(|| number.get(..end)?.parse().ok())
        .flatten()
        .and_then(judged)
}

/// ESP-IDF Programming Guide, "Wi-Fi Reason Code". 8 is that the board left on its own.
const fn judged(reason: u32) -> Option<NotJoined> {
    match reason {
        14 | 15 | 202 | 204 => Some(NotJoined::WrongPassword),
        201 | 210..=212 => Some(NotJoined::NotFound),
        0 | 8 => None,
        _ => Some(NotJoined::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn not(ssid: Option<&str>, why: NotJoined) -> Option<WifiNews> {
        Some(WifiNews::NotJoined { ssid: ssid.map(str::to_owned), why })
    }

    #[test]
    fn skylifts_own_lines_name_the_network() {
        for (line, news) in [
            ("[     1.204] WiFi: joined attic", Some(WifiNews::Joined { ssid: Some("attic".to_owned()) })),
            (
                "[     1.204] WiFi: cannot join attic: wrong_password",
                not(Some("attic"), NotJoined::WrongPassword),
            ),
            ("[     1.204] WiFi: cannot join a: b: not_found", not(Some("a: b"), NotJoined::NotFound)),
            ("[     1.204] WiFi: cannot join attic: no_address", not(Some("attic"), NotJoined::NoAddress)),
            ("[     1.204] WiFi: cannot join attic: not_joined", not(Some("attic"), NotJoined::Other)),
            ("[     1.304] the address is 10.0.0.7", Some(WifiNews::Address(Ipv4Addr::new(10, 0, 0, 7)))),
            ("[    99.204] WiFi: the network is lost", Some(WifiNews::Lost)),
            ("WiFi: attic said FourWayHandshakeTimeout", not(None, NotJoined::WrongPassword)),
            (
                "this device knows no WiFi network: it has to be provisioned by cable",
                Some(WifiNews::NoNetworks),
            ),
        ] {
            assert_eq!(wifi_news(line), news, "{line}");
        }
    }

    #[test]
    fn what_other_firmware_says_is_understood() {
        let address = |a, b, c, d| Some(WifiNews::Address(Ipv4Addr::new(a, b, c, d)));
        let joined = |ssid: &str| Some(WifiNews::Joined { ssid: Some(ssid.to_owned()) });
        for (line, news) in [
            (
                "I (5459) esp_netif_handlers: sta ip: 192.168.0.80, mask: 255.255.255.0, gw: 192.168.0.1",
                address(192, 168, 0, 80),
            ),
            (
                "[  2345][V][NetworkEvents.cpp:119] STA IP: 192.168.116.39, MASK: 255.255.255.0",
                address(192, 168, 116, 39),
            ),
            (
                "[wifi] INFO: network address dynamically assigned through dhcp {ip: 10.0.0.7}",
                address(10, 0, 0, 7),
            ),
            ("I (1692) wifi:connected with huawei_cw, aid = 1, channel 11, BW20", joined("huawei_cw")),
            ("I (1692) wifi: connected with NETGEAR_EXT, channel 1", joined("NETGEAR_EXT")),
            ("I (5113) wifi:state: auth -> init (200)", not(None, NotJoined::Other)),
            ("I (5113) wifi:state: run -> init (0xf00)", not(None, NotJoined::WrongPassword)),
            (
                "[  9][W][WiFiGeneric.cpp:1061] _eventCallback(): Reason: 201 - NO_AP_FOUND",
                not(None, NotJoined::NotFound),
            ),
            ("W (3164) hello_wifi: disconnected (reason 201); retry 1/10", not(None, NotJoined::NotFound)),
            ("wifi disconnected, reason:15", not(None, NotJoined::WrongPassword)),
            ("[wifi] WARN: connect failed {reason: bad authentication}", not(None, NotJoined::WrongPassword)),
        ] {
            assert_eq!(wifi_news(line), news, "{line}");
        }
    }

    #[test]
    fn what_says_nothing_of_it_is_no_news() {
        for line in [
            "",
            "WiFi: ",
            "hello",
            "I (801) wifi:state: init -> auth (b0)",
            "I (801) wifi:state: run -> init (0x8a0)",
            "the reason: 15 apples",
            "sta ip: 0.0.0.0",
            "sta ip: 1.2.3",
            "reset reason: 1",
            "WiFi: asked to move to attic",
            "I (1) wifi:state: run -> init (zz)",
        ] {
            assert_eq!(wifi_news(line), None, "{line}");
        }
    }
}
