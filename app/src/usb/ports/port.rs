//! A port: its path, what is behind it, and its name for people.

mod kind;
mod usb;

use std::cmp::Ordering;

use serialport::{SerialPortInfo, SerialPortType, UsbPortInfo};
use skylift_protocol::Chip;

pub use kind::Kind;
pub use usb::Usb;
pub(super) use usb::text;

use super::list;
use crate::chip_name::chip_name;

/// A port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    path: String,
    behind: Behind,
}

/// What is behind a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behind {
    /// A USB device.
    Usb(Usb),
    /// A serial port of this computer.
    BuiltIn,
    /// Bluetooth.
    Bluetooth,
    /// Nothing that the system tells: a pseudo-terminal, say.
    Unknown,
}

impl Port {
    /// A port.
    #[must_use]
    pub fn new(path: impl Into<String>, behind: Behind) -> Self {
        Self { path: path.into(), behind }
    }

    /// The port that a person named, whether it is there or not. A link, such as those in `/dev/serial/by-id`, is
    /// followed, so that it is known what is behind it.
    #[must_use]
    pub fn named(path: &str) -> Self {
        let real = if cfg!(unix) { std::fs::canonicalize(path).ok() } else { None };
        let real = real.map_or(path.to_owned(), |real| real.to_string_lossy().into_owned());
        let listed = list::list_all().unwrap_or_default();
        let found = listed.into_iter().find(|port| port.is_at(&real));
        found.unwrap_or_else(|| Self::new(real, Behind::Unknown))
    }

    /// Where it is: `/dev/ttyACM0`, `COM4`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is behind it.
    #[must_use]
    pub const fn behind(&self) -> &Behind {
        &self.behind
    }

    /// The USB device behind it.
    #[must_use]
    pub const fn usb(&self) -> Option<&Usb> {
        if let Behind::Usb(usb) = &self.behind { Some(usb) } else { None }
    }

    /// What kind it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match &self.behind {
            Behind::Usb(usb) => usb.kind(),
            Behind::BuiltIn => Kind::BuiltIn,
            Behind::Bluetooth => Kind::Bluetooth,
            Behind::Unknown => Kind::Unknown,
        }
    }

    /// Its name for people: "CP2102N, USB to UART".
    #[must_use]
    pub fn name(&self) -> String {
        match &self.behind {
            Behind::Usb(usb) => usb.name(),
            Behind::BuiltIn => "Serial port of this computer".to_owned(),
            Behind::Bluetooth => "Bluetooth".to_owned(),
            Behind::Unknown if self.path.starts_with("/dev/pts/") => "Pseudo-terminal".to_owned(),
            Behind::Unknown => "Serial port".to_owned(),
        }
    }

    /// Its name once it is known which chip is behind it: "ESP32-C6, native USB".
    #[must_use]
    pub fn name_with(&self, chip: Chip) -> String {
        match chip_name(chip.as_str()) {
            Some(chip) if self.kind() == Kind::SerialJtag => format!("{chip}, native USB"),
            _ => self.name(),
        }
    }

    /// What espflash wants to know. It resets a chip in the way of USB-Serial/JTAG if the product is 0x1001, whoever
    /// the vendor; 0 is any bridge.
    #[must_use]
    pub fn usb_port_info(&self) -> UsbPortInfo {
        let usb = self.usb().filter(|usb| usb.kind().is_native());
        UsbPortInfo {
            vid: usb.map_or(0, |usb| usb.vid),
            pid: usb.map_or(0, |usb| usb.pid),
            serial_number: None,
            manufacturer: None,
            product: None,
            location: None,
            interface: None,
        }
    }

    pub(super) fn is_at(&self, path: &str) -> bool {
        if cfg!(unix) { self.path == path } else { self.path.eq_ignore_ascii_case(path) }
    }

    /// The likeliest boards first, and ports in the order of their numbers: an order that does not depend on when they
    /// were plugged in.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        self.kind().cmp(&other.kind()).then_with(|| natural(&self.path).cmp(&natural(&other.path)))
    }
}

impl From<SerialPortInfo> for Port {
    fn from(info: SerialPortInfo) -> Self {
        let behind = match info.port_type {
            SerialPortType::UsbPort(usb) => Behind::Usb(usb.into()),
            SerialPortType::PciPort | SerialPortType::Unknown => Behind::BuiltIn,
            SerialPortType::BluetoothPort => Behind::Bluetooth,
        };
        Self::new(info.port_name, behind)
    }
}

/// `ttyUSB10` comes after `ttyUSB9`.
fn natural(path: &str) -> (&str, u64, &str) {
    let name = path.trim_end_matches(|c: char| c.is_ascii_digit());
    (name, path.get(name.len()..).and_then(|digits| digits.parse().ok()).unwrap_or(0), path)
}

#[cfg(test)]
mod tests;
