//! What a simulated device is like: its chip, flash, faults and times.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::time::Duration;

use skylift_node::Config;
use skylift_protocol::{Chip, Id};

use crate::air::Air;
use crate::announcer::Announcer;
use crate::bootloader::Bootloader;
use crate::console::Console;
use crate::event::DeviceEvent;
use crate::fault_spec::Faults;
use crate::layout::{DEFAULT_CAPACITY, DEFAULT_TABLE, Partition};
use crate::silicon::Silicon;
use skylift_provisioning::Provisioning;

/// How a device is found.
#[derive(Clone, Default)]
pub enum Mdns {
    /// Only by its address.
    #[default]
    Off,
    /// Registered with a daemon that many devices share.
    Daemon(Announcer),
    /// By the chip's own responder, on the interface with the device's address.
    Device {
        /// The UDP port; the world's is [`MDNS_PORT`](crate::multicast::MDNS_PORT).
        port: u16,
    },
}

/// Where a device's flash comes from.
#[derive(Clone, Debug)]
pub enum FlashSource {
    /// As it comes from the factory: so many bytes of ones, gone when the device stops.
    Blank(u32),
    /// These bytes, gone when the device stops.
    Bytes(Vec<u8>),
    /// As after the first flash over USB, gone when the device stops.
    Factory(FactoryFlash),
    /// A file; one that does not exist is made as after the first flash over USB.
    File(PathBuf, FactoryFlash),
}

impl FlashSource {
    /// What it is after the first flash over USB, if that is how it is made.
    pub const fn factory(&mut self) -> Option<&mut FactoryFlash> {
        match self {
            Self::Factory(factory) | Self::File(_, factory) => Some(factory),
            Self::Blank(_) | Self::Bytes(_) => None,
        }
    }
}

/// The first flash over USB.
#[derive(Clone, Debug)]
pub struct FactoryFlash {
    /// The partition table.
    pub table: Vec<Partition>,
    /// Bytes of flash.
    pub capacity: u32,
    /// The image in `ota_0`.
    pub image: Vec<u8>,
    /// What is written into the `skylift` partition, if the table has one.
    pub provisioning: Provisioning,
}

impl FactoryFlash {
    /// Skylift's default table on 4 MB.
    #[must_use]
    pub fn new(image: Vec<u8>, provisioning: Provisioning) -> Self {
        Self { table: DEFAULT_TABLE.to_vec(), capacity: DEFAULT_CAPACITY, image, provisioning }
    }
}

/// A device to be simulated.
#[derive(Clone)]
pub struct DeviceConfig {
    /// Its id, which a chip has from its MAC address.
    pub id: Id,
    /// The chip.
    pub chip: Chip,
    /// Its revision as ESP-IDF counts; `None` for the one it is sold in.
    pub chip_revision: Option<u16>,
    /// Which bootloader is in its flash.
    pub bootloader: Bootloader,
    /// It takes images made for simulated devices. `false` makes it judge as a chip does.
    pub simulated: bool,
    /// What its flash holds.
    pub flash: FlashSource,
    /// The address its API listens on; unspecified is every one.
    pub listen: Ipv4Addr,
    /// What goes wrong.
    pub faults: Faults,
    /// How it is found.
    pub mdns: Mdns,
    /// The WiFi networks around it; `None` is a wire that is always plugged in.
    pub air: Option<Air>,
    /// Times and limits of its node.
    pub node: Config,
    /// How long the watchdog waits for an image that stands still.
    pub watchdog: Duration,
    /// How long after its validation a `late-crash` image panics.
    pub late_crash: Duration,
    /// Who is told what happens.
    pub events: Option<Sender<DeviceEvent>>,
    /// Where it prints what it does, as a chip does on its serial line.
    pub console: Option<Console>,
}

impl DeviceConfig {
    /// What its bootloader and its node find in the fuses.
    pub(crate) fn silicon(&self) -> Silicon {
        let sold = Silicon::sold(self.chip);
        Silicon { revision: self.chip_revision.unwrap_or(sold.revision), ..sold }
    }

    /// A healthy ESP32-C3 with the chip's own times, reachable on this machine.
    #[must_use]
    pub fn new(id: Id, flash: FlashSource) -> Self {
        Self {
            id,
            chip: Chip::Esp32C3,
            chip_revision: None,
            bootloader: Bootloader::Stock,
            simulated: true,
            flash,
            listen: Ipv4Addr::LOCALHOST,
            faults: Faults::default(),
            mdns: Mdns::Off,
            air: None,
            node: Config { allow_loopback: true, ..Config::default() },
            watchdog: Duration::from_secs(5),
            late_crash: Duration::from_secs(5),
            events: None,
            console: None,
        }
    }
}
