//! Who a board is: the id that its firmware makes of its MAC address, and what it may be called.

use skylift_protocol::{Chip, Id, Name, Rename, bounded};

use crate::usb::UsbError;
use crate::usb::wire::Link;

/// Letters of the MAC address that a proposed name ends with.
const TAIL: usize = 4;

/// The id of the board with this MAC address (`aa:bb:cc:dd:ee:ff`): what `device-firmware/esp/src/identity.rs` makes of
/// its fuses. `None` if it is no address.
#[must_use]
pub fn device_id(mac: &str) -> Option<Id> {
    Some(bounded(&format!("esp-{}", digits(mac)?)))
}

/// The id of the board that a link leads to.
///
/// # Errors
/// Its MAC address is nobody's business, or the board fails.
pub fn board_id(link: &mut Link) -> Result<Id, UsbError> {
    let mac = link.identity()?.mac;
    mac.as_deref().and_then(device_id).ok_or_else(|| UsbError::NoMac { port: link.port().to_owned() })
}

/// What a board may be called until somebody has a better name for it: `esp32c3-1a2b`.
#[must_use]
pub fn proposed_name(chip: Chip, mac: &str) -> Option<Name> {
    let digits = digits(mac)?;
    Some(bounded(&format!("{}-{}", chip.as_str(), digits.get(digits.len() - TAIL..)?)))
}

/// A name, if a device can be called so.
///
/// # Errors
/// Half a sentence that says why not.
pub fn device_name(text: &str) -> Result<Name, String> {
    let name = Name::try_from(text)
        .map_err(|_| format!("a device's name has 32 bytes at most, this has {}", text.len()))?;
    let rename = Rename { name };
    if rename.is_sound() {
        Ok(rename.name)
    } else {
        Err("a device's name has something in it, and no control characters".to_owned())
    }
}

/// The twelve hexadecimal digits of an address.
fn digits(mac: &str) -> Option<String> {
    let bytes: Vec<&str> = mac.split(':').collect();
    let sound = |byte: &&str| byte.len() == 2 && byte.bytes().all(|digit| digit.is_ascii_hexdigit());
    (bytes.len() == 6 && bytes.iter().all(sound)).then(|| bytes.concat().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_firmware() {
        assert_eq!(device_id("60:55:F9:00:1a:2b").as_deref(), Some("esp-6055f9001a2b"));
        assert_eq!(proposed_name(Chip::Esp32C3, "60:55:f9:00:1a:2b").as_deref(), Some("esp32c3-1a2b"));
        for no_mac in ["", "60:55:f9:00:1a", "60:55:f9:00:1a:2", "60:55:f9:00:1a:2g", "60:55:f9:00:1a:2b:ff"]
        {
            assert_eq!(device_id(no_mac), None, "{no_mac}");
        }
    }

    #[test]
    fn names_are_those_that_a_device_takes() {
        assert_eq!(device_name("porch lamp 2").as_deref(), Ok("porch lamp 2"));
        for bad in ["", "  ", "a\nb", &"x".repeat(33)] {
            assert!(device_name(bad).is_err(), "{bad:?}");
        }
    }
}
