//! What USB devices are, by vendor and product: chips with USB of their own, boards, bridges.
//!
//! Espressif's products: <https://github.com/espressif/usb-pids>, and the download modes from ESP-IDF's
//! `tools/cmake/dfu.cmake`. The bridges: the tables of Linux's drivers.

use super::Kind;

/// Espressif's vendor.
pub(super) const ESPRESSIF: u16 = 0x303A;

/// What serves a device: a module of Linux, and who offers a driver where the system has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Driver {
    pub module: &'static str,
    /// `None`: every system has it.
    pub page: Option<&'static str>,
}

const CP210X: Driver = Driver {
    module: "cp210x",
    page: Some("https://www.silabs.com/developer-tools/usb-to-uart-bridge-vcp-drivers"),
};
const CH341: Driver =
    Driver { module: "ch341", page: Some("https://www.wch-ic.com/downloads/CH341SER_EXE.html") };
const CH343: Driver =
    Driver { module: "cdc_acm", page: Some("https://www.wch-ic.com/downloads/CH343SER_EXE.html") };
const FTDI: Driver = Driver { module: "ftdi_sio", page: Some("https://ftdichip.com/drivers/vcp-drivers/") };
const PL2303: Driver = Driver { module: "pl2303", page: Some("https://www.prolific.com.tw/") };
/// USB's own class of serial ports.
pub(super) const CDC: Driver = Driver { module: "cdc_acm", page: None };

/// A product that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub vid: u16,
    pub pid: u16,
    pub name: &'static str,
    pub kind: Kind,
    pub driver: Driver,
}

/// What a product is, if it is known.
pub(super) fn known(vid: u16, pid: u16) -> Option<&'static Known> {
    KNOWN.iter().find(|known| (known.vid, known.pid) == (vid, pid))
}

/// A bridge and where its driver is: "CH340 (https://...)".
pub(super) fn page_of(name: &str) -> String {
    let page = KNOWN.iter().find(|known| known.name == name).and_then(|known| known.driver.page);
    page.map_or_else(|| name.to_owned(), |page| format!("{name} ({page})"))
}

const fn bridge(vid: u16, pid: u16, name: &'static str, driver: Driver) -> Known {
    Known { vid, pid, name, kind: Kind::Bridge, driver }
}

const fn otg(vid: u16, pid: u16, name: &'static str) -> Known {
    Known { vid, pid, name, kind: Kind::Otg, driver: CDC }
}

const KNOWN: &[Known] = &[
    Known { vid: ESPRESSIF, pid: 0x1001, name: "Espressif chip", kind: Kind::SerialJtag, driver: CDC },
    // The ROMs of chips in download mode over USB-OTG.
    otg(ESPRESSIF, 0x0002, "ESP32-S2 in download mode"),
    otg(ESPRESSIF, 0x0009, "ESP32-S3 in download mode"),
    otg(ESPRESSIF, 0x0012, "ESP32-P4 in download mode"),
    otg(ESPRESSIF, 0x8001, "TinyS2 (ESP32-S2)"),
    otg(ESPRESSIF, 0x80B4, "FeatherS2 Neo (ESP32-S2)"),
    otg(ESPRESSIF, 0x80C2, "LOLIN S2 Mini (ESP32-S2)"),
    otg(ESPRESSIF, 0x80C5, "LOLIN S2 Pico (ESP32-S2)"),
    otg(ESPRESSIF, 0x80D0, "TinyS3 (ESP32-S3)"),
    otg(ESPRESSIF, 0x80D3, "ProS3 (ESP32-S3)"),
    otg(ESPRESSIF, 0x80D6, "FeatherS3 (ESP32-S3)"),
    otg(ESPRESSIF, 0x80E9, "LILYGO T8 (ESP32-S2)"),
    otg(ESPRESSIF, 0x8116, "LOLIN S3 (ESP32-S3)"),
    otg(ESPRESSIF, 0x8119, "M5Stack CoreS3 (ESP32-S3)"),
    otg(ESPRESSIF, 0x811C, "M5Stack StickS3 (ESP32-S3)"),
    otg(ESPRESSIF, 0x811F, "M5Stack AtomS3 (ESP32-S3)"),
    otg(ESPRESSIF, 0x813E, "LILYGO T-Display-S3 (ESP32-S3)"),
    otg(ESPRESSIF, 0x8150, "LILYGO T-Embed-S3 (ESP32-S3)"),
    otg(ESPRESSIF, 0x8153, "LILYGO T-QT (ESP32-S3)"),
    otg(ESPRESSIF, 0x8161, "LOLIN S3 Pro (ESP32-S3)"),
    otg(ESPRESSIF, 0x8164, "YD-ESP32-S3 (ESP32-S3)"),
    otg(ESPRESSIF, 0x8167, "LOLIN S3 Mini (ESP32-S3)"),
    otg(ESPRESSIF, 0x816A, "M5Stack StampS3 (ESP32-S3)"),
    otg(ESPRESSIF, 0x8179, "NanoS3 (ESP32-S3)"),
    otg(ESPRESSIF, 0x8185, "M5Stack AtomS3 Lite (ESP32-S3)"),
    otg(ESPRESSIF, 0x81B5, "LILYGO T-Deck (ESP32-S3)"),
    otg(ESPRESSIF, 0x81D9, "M5Stack Cardputer (ESP32-S3)"),
    otg(ESPRESSIF, 0x81DC, "M5Stack Dial (ESP32-S3)"),
    otg(0x2341, 0x0070, "Arduino Nano ESP32 (ESP32-S3)"),
    bridge(0x10C4, 0xEA60, "CP210x", CP210X),
    bridge(0x10C4, 0xEA70, "CP2105", CP210X),
    bridge(0x10C4, 0xEA71, "CP2108", CP210X),
    bridge(0x1A86, 0x5523, "CH341", CH341),
    bridge(0x1A86, 0x7522, "CH340K", CH341),
    bridge(0x1A86, 0x7523, "CH340", CH341),
    bridge(0x1A86, 0x55D2, "CH342", CH343),
    bridge(0x1A86, 0x55D3, "CH343", CH343),
    bridge(0x1A86, 0x55D4, "CH9102", CH343),
    bridge(0x1A86, 0x55D5, "CH344", CH343),
    bridge(0x1A86, 0x55D8, "CH9101", CH343),
    bridge(0x0403, 0x6001, "FT232R", FTDI),
    bridge(0x0403, 0x6010, "FT2232", FTDI),
    bridge(0x0403, 0x6011, "FT4232", FTDI),
    bridge(0x0403, 0x6014, "FT232H", FTDI),
    bridge(0x0403, 0x6015, "FT231X", FTDI),
    bridge(0x067B, 0x2303, "PL2303", PL2303),
    bridge(0x067B, 0x23A3, "PL2303GC", PL2303),
    bridge(0x067B, 0x23B3, "PL2303GB", PL2303),
    bridge(0x067B, 0x23C3, "PL2303GT", PL2303),
    bridge(0x067B, 0x23D3, "PL2303GL", PL2303),
    bridge(0x067B, 0x23E3, "PL2303GE", PL2303),
    bridge(0x067B, 0x23F3, "PL2303GS", PL2303),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::usb::ports::UDEV_RULE;

    #[test]
    fn a_product_stands_in_the_table_once() {
        let ids: BTreeSet<_> = KNOWN.iter().map(|known| (known.vid, known.pid)).collect();
        assert_eq!(ids.len(), KNOWN.len());
    }

    #[test]
    fn products_are_what_their_makers_call_them() {
        let table = [
            (0x303A, 0x1001, "Espressif chip", Kind::SerialJtag),
            (0x303A, 0x0002, "ESP32-S2 in download mode", Kind::Otg),
            (0x303A, 0x80C2, "LOLIN S2 Mini (ESP32-S2)", Kind::Otg),
            (0x10C4, 0xEA60, "CP210x", Kind::Bridge),
            (0x1A86, 0x7523, "CH340", Kind::Bridge),
            (0x1A86, 0x55D4, "CH9102", Kind::Bridge),
            (0x0403, 0x6010, "FT2232", Kind::Bridge),
            (0x067B, 0x2303, "PL2303", Kind::Bridge),
        ];
        for (vid, pid, name, kind) in table {
            assert_eq!(
                known(vid, pid).map(|known| (known.name, known.kind)),
                Some((name, kind)),
                "{vid:04x}:{pid:04x}"
            );
        }
        assert_eq!(known(0x303A, 0xFFFF), None);
    }

    #[test]
    fn the_udev_rule_has_every_product_that_is_known() {
        let rules: Vec<_> = UDEV_RULE.lines().filter(|line| !line.starts_with('#')).collect();
        for Known { vid, pid, .. } in KNOWN {
            let vendor = format!("ATTRS{{idVendor}}==\"{vid:04x}\"");
            let product = format!("{pid:04x}");
            assert!(
                rules
                    .iter()
                    .any(|rule| rule.contains(&vendor)
                        && (!rule.contains("idProduct") || rule.contains(&product))),
                "{vid:04x}:{product} is not in the rule"
            );
        }
    }
}
