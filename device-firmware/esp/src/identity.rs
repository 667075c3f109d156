//! Who this chip is, from its fuses.

use core::fmt::Write as _;

use esp_hal::efuse;
use skylift_protocol::Id;

/// Its id on the network: `esp-` and the twelve hexadecimal digits of its MAC address.
#[must_use]
pub fn id() -> Id {
    let mut id = Id::new();
    // 16 characters of 32: there is room.
    let _ = id.push_str("esp-");
    for byte in efuse::base_mac_address().as_bytes() {
        let _ = write!(id, "{byte:02x}");
    }
    id
}

/// Its revision as ESP-IDF counts, 100 times the major one plus the minor one.
#[must_use]
pub fn revision() -> u16 {
    efuse::chip_revision().combined()
}
