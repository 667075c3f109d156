//! What a board on a cable is like.

use std::path::PathBuf;

use skylift_protocol::{Id, bounded};

use super::model::Security;
use crate::config::{DeviceConfig, FlashSource};
use crate::layout::DEFAULT_CAPACITY;
use crate::silicon::Silicon;

/// The first half of the MAC addresses of simulated boards: one of Espressif's with the bit that says that somebody has
/// made it up (IEEE 802). No chip has one of these in its fuses; by it a board is known to be a simulated one.
const MAKER: [u8; 3] = [0x62, 0x55, 0xF9];

/// What the cable ends in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connector {
    /// A bridge to the chip's UART: both ends must have the same rate, else they read rubbish.
    #[default]
    Uart,
    /// The chip's own USB: its rate is a number that means nothing.
    NativeUsb,
}

/// How fast a board is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// As fast as the computer.
    #[default]
    Instant,
    /// As fast as a real one: bytes take the time of their rate, the flash that of a C3 module.
    Real,
}

/// A board to be plugged in.
#[derive(Clone)]
pub struct BoardConfig {
    /// The device that it is once it runs its program; its flash is the board's.
    pub device: DeviceConfig,
    /// The MAC address in its fuses.
    pub mac: [u8; 6],
    /// What is burnt in for good.
    pub security: Security,
    /// What the cable ends in.
    pub connector: Connector,
    /// How fast it is.
    pub pace: Pace,
    /// A symbolic link that is kept pointing to the port, so that the board has one path for ever. What is there is
    /// replaced if it is a link.
    pub link: Option<PathBuf>,
}

impl BoardConfig {
    /// A healthy ESP32-C3 behind a UART bridge, with a MAC address that no other board has. Its id is made of that, as
    /// on a chip.
    #[must_use]
    pub fn new(flash: FlashSource) -> Self {
        let [a, b, c] = MAKER;
        let [.., d, e, f] = fastrand::u32(..).to_be_bytes();
        Self::with_mac([a, b, c, d, e, f], flash)
    }

    /// The same with this MAC address.
    #[must_use]
    pub fn with_mac(mac: [u8; 6], flash: FlashSource) -> Self {
        Self {
            device: DeviceConfig::new(id(mac), flash),
            mac,
            security: Security::default(),
            connector: Connector::default(),
            pace: Pace::default(),
            link: None,
        }
    }

    /// One that was never flashed, with 4 MB.
    #[must_use]
    pub fn blank() -> Self {
        Self::new(FlashSource::Blank(DEFAULT_CAPACITY))
    }

    pub(super) fn identity(&self) -> Identity {
        Identity { silicon: self.device.silicon(), mac: self.mac, security: self.security }
    }
}

/// The MAC address that an id is made of; `None` for an id that is not made of one.
#[must_use]
pub fn mac_of(id: &str) -> Option<[u8; 6]> {
    let digits = id.strip_prefix("esp-").filter(|digits| digits.len() == 12 && digits.is_ascii())?;
    let mut mac = [0; 6];
    for (byte, at) in mac.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()?;
    }
    Some(mac)
}

/// `esp-` and the MAC address, as the chips' firmware has it.
fn id(mac: [u8; 6]) -> Id {
    let digits: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
    bounded(&format!("esp-{digits}"))
}

/// What stands in a chip's fuses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identity {
    pub silicon: Silicon,
    pub mac: [u8; 6],
    pub security: Security,
}
