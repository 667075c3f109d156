//! A board in somebody's hand: it is plugged in, has buttons, and runs on a thread of its own.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use skylift_protocol::{Chip, Id};
use socket2::Socket;

use super::bootable::stand_in;
use super::config::BoardConfig;
use super::faults::SerialFaults;
use super::life::{Deed, Life};
use super::line::{Line, Wire};
use super::model::Model;
use super::pty::Pty;
use crate::config::FlashSource;
use crate::device::{self, DeviceError};
use crate::nor::Mirror;

/// Why there is no board.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// Nobody has written down the registers of this chip.
    #[error("a board with {0} cannot be simulated: only ESP32, ESP32-S3, ESP32-C3 and ESP32-C6 can")]
    Chip(Chip),
    /// There is no pseudo-terminal.
    #[error("a simulated board cannot be plugged in: {0}")]
    Port(io::Error),
    /// The path for it cannot be made.
    #[error("the link {} to the board's port cannot be made: {error}", path.display())]
    Link {
        /// Where it should be.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Its flash, or its device.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// A simulated board; dropping it ends it. Every deed is done when its function returns.
pub struct Board {
    id: Id,
    address: SocketAddr,
    line: Arc<Line>,
    mirror: Mirror,
    /// The path of the port, also after it is gone.
    path: Mutex<PathBuf>,
    link: Option<PathBuf>,
    deeds: Sender<(Deed, Sender<()>)>,
    thread: Option<JoinHandle<()>>,
    /// Keeps the device's port while it does not run.
    _place: Option<Socket>,
}

impl Board {
    /// Plugs a board in. It runs its program, or waits for a download if its flash holds none.
    ///
    /// # Errors
    /// Its chip is not known, its flash is none, or the system has no pseudo-terminal, port or thread for it.
    pub fn plug_in(config: BoardConfig) -> Result<Self, BoardError> {
        let chip = config.device.chip;
        if Model::of(chip).is_none() {
            return Err(BoardError::Chip(chip));
        }
        let mut nor = device::flash(&config.device)?;
        if matches!(config.device.flash, FlashSource::Factory(_) | FlashSource::File(..)) {
            stand_in(&mut nor, chip);
        }
        let mirror = nor.mirror();
        let listen = config.device.listen;
        let (place, port) =
            device::hold_port(listen).map_err(|error| DeviceError::Listen { address: listen, error })?;
        let reachable = if listen.is_unspecified() { Ipv4Addr::LOCALHOST } else { listen };
        let line = Arc::new(Line::new(config.connector, config.pace));
        let pty = Pty::open().map_err(BoardError::Port)?;
        let path = Mutex::new(pty.path().to_owned());
        set_link(config.link.as_deref(), pty.path())?;
        line.plug(pty);
        let (deeds, orders) = channel();
        let (id, link) = (config.device.id.clone(), config.link.clone());
        let life = Life::new(config, nor, mirror.clone(), port, Arc::clone(&line), orders);
        let thread = std::thread::Builder::new()
            .name(format!("board {id}"))
            .spawn(move || life.live())
            .map_err(DeviceError::Thread)?;
        Ok(Self {
            id,
            address: SocketAddr::from((reachable, port)),
            line,
            mirror,
            path,
            link,
            deeds,
            thread: Some(thread),
            _place: place,
        })
    }

    /// Its id, once it runs Skylift.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The path of its port: the link if there is one, else that of the pseudo-terminal, which is another one each time
    /// that it is plugged in.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        match (&self.link, self.line.path()) {
            (Some(link), _) => link.clone(),
            (None, Some(path)) => path,
            (None, None) => self.path.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Where its API is while it runs its program, over all resets.
    #[must_use]
    pub const fn device_address(&self) -> SocketAddr {
        self.address
    }

    /// Whether the cable is in. It comes out by [`unplug`](Self::unplug), or by a fault.
    #[must_use]
    pub fn is_plugged_in(&self) -> bool {
        self.line.path().is_some()
    }

    /// Presses the reset button: it starts what its flash holds.
    pub fn press_reset(&self) {
        self.act(Deed::Reset);
    }

    /// Presses the reset button while the boot button is held: it waits for a download.
    pub fn hold_boot_and_reset(&self) {
        self.act(Deed::ResetWithBootHeld);
    }

    /// Pulls the cable out, by which the board is powered.
    pub fn unplug(&self) {
        self.act(Deed::Unplug);
    }

    /// Plugs it in again, also if it is: its port is another one then.
    ///
    /// # Errors
    /// The system has no pseudo-terminal, or the link cannot be set.
    pub fn plug(&self) -> Result<(), BoardError> {
        let pty = Pty::open().map_err(BoardError::Port)?;
        set_link(self.link.as_deref(), pty.path())?;
        *self.path.lock().unwrap_or_else(PoisonError::into_inner) = pty.path().to_owned();
        self.act(Deed::Plug(pty));
        Ok(())
    }

    /// What goes wrong from now on, in place of what did. Faults of the flash strike in download mode.
    pub fn set_faults(&self, faults: SerialFaults) {
        self.act(Deed::Faults(faults));
    }

    /// What its flash holds now.
    #[must_use]
    pub fn flash(&self) -> Vec<u8> {
        self.mirror.bytes()
    }

    /// Bytes that have crossed the cable so far.
    #[must_use]
    pub fn wire(&self) -> Wire {
        self.line.wire()
    }

    fn act(&self, deed: Deed) {
        let (done, wait) = channel();
        // A thread that has ended does nothing any more.
        if self.deeds.send((deed, done)).is_ok() {
            let _ = wait.recv();
        }
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.act(Deed::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        if let Some(link) = self.link.as_deref().filter(|link| link.is_symlink()) {
            let _ = std::fs::remove_file(link);
        }
    }
}

fn set_link(link: Option<&Path>, port: &Path) -> Result<(), BoardError> {
    let Some(link) = link else { return Ok(()) };
    let failed = |error| BoardError::Link { path: link.to_owned(), error };
    if link.is_symlink() {
        std::fs::remove_file(link).map_err(failed)?;
    }
    std::os::unix::fs::symlink(port, link).map_err(failed)
}
