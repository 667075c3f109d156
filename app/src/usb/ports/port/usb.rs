//! A USB device with a serial port, and what it is.

use std::borrow::Cow;

use serialport::{Location, UsbPortInfo};

use super::Kind;
use crate::engine::printable;
use crate::usb::ports::known::{CDC, Driver, ESPRESSIF, Known, known};

/// Texts of a USB device are cut here; they are from a stranger.
pub(super) const LONGEST_TEXT: usize = 64;

/// A USB device with a serial port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usb {
    /// Its vendor.
    pub vid: u16,
    /// Its product.
    pub pid: u16,
    /// Its serial number, fit to be printed.
    pub serial: Option<String>,
    /// Who made it, by its own account, fit to be printed.
    pub manufacturer: Option<String>,
    /// What it is, by its own account, fit to be printed.
    pub product: Option<String>,
    /// The socket it is plugged into, as Linux writes it: `1-2.3`.
    pub location: Option<String>,
    /// The number of this port's interface in it.
    pub interface: Option<u8>,
}

impl From<UsbPortInfo> for Usb {
    fn from(info: UsbPortInfo) -> Self {
        Self {
            vid: info.vid,
            pid: info.pid,
            serial: info.serial_number.and_then(text),
            manufacturer: info.manufacturer.and_then(text),
            product: info.product.and_then(text),
            location: info.location.as_ref().map(Location::to_string),
            interface: info.interface,
        }
    }
}

impl Usb {
    /// What kind of port it has.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match known(self.vid, self.pid) {
            Some(known) => known.kind,
            None if self.vid == ESPRESSIF || self.names_a_chip() => Kind::Otg,
            None => Kind::OtherUsb,
        }
    }

    /// What it is, for people.
    #[must_use]
    pub fn name(&self) -> String {
        let known = known(self.vid, self.pid);
        let own = || self.product.as_deref().map(Cow::Borrowed);
        match self.kind() {
            Kind::Bridge => format!("{}, USB to UART{}", self.bridge(known), self.channel()),
            Kind::SerialJtag | Kind::Otg => {
                let name = known.map(|known| Cow::Borrowed(known.name)).or_else(own);
                format!("{}, native USB", name.unwrap_or(Cow::Borrowed("Espressif chip")))
            }
            _ => {
                own().map_or_else(|| format!("USB device {:04x}:{:04x}", self.vid, self.pid), Cow::into_owned)
            }
        }
    }

    /// The bridge itself says more exactly what it is, if its text begins as its family does: CP2102N of the CP210x.
    fn bridge<'a>(&'a self, known: Option<&'a Known>) -> &'a str {
        let family = known.map_or("", |known| known.name);
        let own = self.product.as_deref().and_then(|product| product.split_whitespace().next());
        own.filter(|own| own.len() >= 5 && own.get(..2) == family.get(..2)).unwrap_or(family)
    }

    /// FTDI's bridges with several ports: which of them this is. One of those of an ESP-Prog is JTAG.
    fn channel(&self) -> String {
        match (self.vid, self.pid, self.interface) {
            (0x0403, 0x6010 | 0x6011, Some(interface @ 0..=3)) => {
                format!(", channel {}", char::from(b'A' + interface))
            }
            _ => String::new(),
        }
    }

    /// Adafruit, Seeed and others have vendor ids of their own.
    fn names_a_chip(&self) -> bool {
        let names = |text: &Option<String>| {
            text.as_ref().is_some_and(|text| text.to_ascii_uppercase().contains("ESP32"))
        };
        names(&self.product) || names(&self.manufacturer)
    }

    pub(in crate::usb::ports) fn driver(&self) -> Driver {
        known(self.vid, self.pid).map_or(CDC, |known| known.driver)
    }
}

/// Text of a stranger, fit to be printed.
pub(in crate::usb::ports) fn text(text: String) -> Option<String> {
    let text: String = printable(text.trim()).chars().take(LONGEST_TEXT).collect();
    (!text.is_empty()).then_some(text)
}
