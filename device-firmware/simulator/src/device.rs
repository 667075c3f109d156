//! A simulated device: a thread that boots and runs what its flash holds, over real sockets.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::thread::JoinHandle;

use skylift_protocol::Id;
use socket2::{Domain, Socket, Type};

use crate::config::{DeviceConfig, FactoryFlash, FlashSource};
use crate::control::{Command, Control};
use crate::hardware::Hardware;
use crate::layout::{LayoutError, factory_flash};
use crate::machine::Machine;
use crate::nor::{Nor, NorError};
use skylift_provisioning::ProvisioningError;

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
        let nor = flash(&config)?;
        let (place, port) = hold_port(config.listen)
            .map_err(|error| DeviceError::Listen { address: config.listen, error })?;
        Self::switch_on(config, nor, place, port)
    }

    /// Switches it on with a flash that is there, on a port that is held.
    pub(crate) fn switch_on(
        config: DeviceConfig,
        nor: Nor,
        place: Option<Socket>,
        port: u16,
    ) -> Result<Self, DeviceError> {
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

/// Finds a free port and keeps others from it, restarts of the device included, without listening on it. Windows
/// gives a port to one socket only, so there it is merely found.
pub(crate) fn hold_port(address: Ipv4Addr) -> std::io::Result<(Option<Socket>, u16)> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&SocketAddr::from((address, 0)).into())?;
    let port = socket.local_addr()?.as_socket().map_or(0, |address| address.port());
    Ok((Some(socket).filter(|_| cfg!(unix)), port))
}

/// The flash that a device begins with.
pub(crate) fn flash(config: &DeviceConfig) -> Result<Nor, DeviceError> {
    let mut nor = match &config.flash {
        FlashSource::Blank(capacity) => Nor::blank(*capacity)?,
        FlashSource::Bytes(bytes) => Nor::from_bytes(bytes.clone())?,
        FlashSource::Factory(factory) => make(factory)?,
        FlashSource::File(path, _) if path.exists() => Nor::open(path)?,
        FlashSource::File(path, factory) => make(factory)?.keep_in(path)?,
    };
    nor.set_fault(config.faults.flash);
    Ok(nor)
}

/// A flash as it is after the first flash over USB.
fn make(factory: &FactoryFlash) -> Result<Nor, DeviceError> {
    let mut nor = factory_flash(factory.capacity, &factory.table, &factory.image)?;
    if let Some(partition) = factory.table.iter().find(|partition| partition.label == "skylift") {
        let region = skylift_updater::Region { offset: partition.offset, size: partition.size };
        factory.provisioning.write(&mut nor, region)?;
    }
    // Operations are counted from the device's start on.
    Ok(Nor::from_bytes(nor.into_bytes())?)
}
