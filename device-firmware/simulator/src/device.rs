//! A simulated device: a thread that boots and runs what its flash holds, over real sockets.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::Duration;

use skylift_node::Config;
use skylift_protocol::{Chip, Id};
use socket2::{Domain, Socket, Type};

use crate::announcer::Announcer;
use crate::bootloader::Bootloader;
use crate::control::{Command, Control};
use crate::event::DeviceEvent;
use crate::fault_spec::Faults;
use crate::layout::{DEFAULT_CAPACITY, DEFAULT_TABLE, LayoutError, Partition, factory_flash};
use crate::machine::{Hardware, Machine};
use crate::nor::{Nor, NorError};
use crate::provisioning::{Provisioning, ProvisioningError};

/// How a device is found.
#[derive(Clone, Default)]
pub enum Mdns {
    /// Only by its address.
    #[default]
    Off,
    /// Registered with a daemon that many devices share.
    Daemon(Announcer),
    /// By the chip's own responder, on the interface with the device's address.
    Device,
}

/// Where a device's flash comes from.
#[derive(Clone, Debug)]
pub enum FlashSource {
    /// As after the first flash over USB, gone when the device stops.
    Factory(FactoryFlash),
    /// A file; one that does not exist is made as after the first flash over USB.
    File(PathBuf, FactoryFlash),
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

    fn make(&self) -> Result<Nor, DeviceError> {
        let mut nor = factory_flash(self.capacity, &self.table, &self.image)?;
        if let Some(partition) = self.table.iter().find(|partition| partition.label == "skylift") {
            let region = skylift_updater::Region { offset: partition.offset, size: partition.size };
            self.provisioning.write(&mut nor, region)?;
        }
        // Operations are counted from the device's start on.
        Ok(Nor::from_bytes(nor.into_bytes())?)
    }
}

/// A device to be simulated.
#[derive(Clone)]
pub struct DeviceConfig {
    /// Its id, which a chip has from its MAC address.
    pub id: Id,
    /// The chip.
    pub chip: Chip,
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
    /// Times and limits of its node.
    pub node: Config,
    /// How long the watchdog waits for an image that stands still.
    pub watchdog: Duration,
    /// How long after its validation a `late-crash` image panics.
    pub late_crash: Duration,
    /// Who is told what happens.
    pub events: Option<Sender<DeviceEvent>>,
}

impl DeviceConfig {
    /// A healthy ESP32-C3 with the chip's own times, reachable on this machine.
    #[must_use]
    pub fn new(id: Id, flash: FlashSource) -> Self {
        Self {
            id,
            chip: Chip::Esp32C3,
            bootloader: Bootloader::Stock,
            simulated: true,
            flash,
            listen: Ipv4Addr::LOCALHOST,
            faults: Faults::default(),
            mdns: Mdns::Off,
            node: Config { allow_loopback: true, ..Config::default() },
            watchdog: Duration::from_secs(5),
            late_crash: Duration::from_secs(5),
            events: None,
        }
    }
}

/// Why a device cannot be simulated.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// Its flash cannot be made.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// Its flash file cannot be used.
    #[error(transparent)]
    Flash(#[from] NorError),
    /// It cannot be provisioned.
    #[error(transparent)]
    Provisioning(#[from] ProvisioningError),
    /// There is no socket for it.
    #[error("a simulated device cannot listen on {address}: {error}")]
    Listen {
        /// Where it should.
        address: Ipv4Addr,
        /// What the system says.
        error: std::io::Error,
    },
    /// There is no thread for it.
    #[error("a simulated device cannot start its thread: {0}")]
    Thread(std::io::Error),
}

/// A running simulated device; dropping it ends it.
pub struct Device {
    id: Id,
    address: SocketAddr,
    control: Arc<Control>,
    thread: Option<JoinHandle<Nor>>,
}

impl Device {
    /// Switches a device on.
    ///
    /// # Errors
    /// Its flash, socket or thread cannot be had.
    pub fn start(config: DeviceConfig) -> Result<Self, DeviceError> {
        let mut nor = match &config.flash {
            FlashSource::Factory(factory) => factory.make()?,
            FlashSource::File(path, _) if path.exists() => Nor::open(path)?,
            FlashSource::File(path, factory) => factory.make()?.keep_in(path)?,
        };
        nor.set_fault(config.faults.flash);
        let (place, port) = hold_port(config.listen)
            .map_err(|error| DeviceError::Listen { address: config.listen, error })?;
        // Whom it listens to on every address it can be reached at on this one.
        let reachable = if config.listen.is_unspecified() { Ipv4Addr::LOCALHOST } else { config.listen };
        let (id, control) = (config.id.clone(), Control::new());
        let hardware = Hardware::new(config, nor, control.clone(), place, port);
        let thread = std::thread::Builder::new()
            .name(format!("device {id}"))
            .spawn(move || Machine::new(hardware).live())
            .map_err(DeviceError::Thread)?;
        let address = SocketAddr::V4(SocketAddrV4::new(reachable, port));
        Ok(Self { id, address, control, thread: Some(thread) })
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where its API is, over all its restarts.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Flash operations since it was started.
    #[must_use]
    pub fn flash_operations(&self) -> u64 {
        self.control.operations()
    }

    /// Takes power away and gives it back.
    pub fn cut_power(&self) {
        self.control.send(Command::CutPower);
    }

    /// Takes power away for good, until [`power_on`](Self::power_on).
    pub fn power_off(&self) {
        self.control.send(Command::PowerOff);
    }

    /// Gives power back.
    pub fn power_on(&self) {
        self.control.send(Command::PowerOn);
    }

    /// Presses the reset button.
    pub fn press_reset(&self) {
        self.control.send(Command::PressReset);
    }

    /// Ends the simulation; what its flash holds. `None` if the device's thread has crashed, which is a defect of the
    /// simulator.
    #[must_use]
    pub fn stop(mut self) -> Option<Nor> {
        self.control.send(Command::Stop);
        self.thread.take().and_then(|thread| thread.join().ok())
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        self.control.send(Command::Stop);
        if let Some(thread) = self.thread.take() {
            // A crash has been reported by the panic hook.
            let _ = thread.join();
        }
    }
}

/// Finds a free port and keeps others from it, restarts of the device included, without listening on it.
fn hold_port(address: Ipv4Addr) -> std::io::Result<(Socket, u16)> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&SocketAddr::from((address, 0)).into())?;
    let port = socket.local_addr()?.as_socket().map_or(0, |address| address.port());
    Ok((socket, port))
}
