//! A pseudo-terminal: the cable between a simulated board and the computer.
//!
//! It has no lines that reset a chip (DTR, RTS), so boards have buttons.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, fcntl_setfl, open};
use rustix::io::{Errno, FdFlags, fcntl_setfd};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

use super::loader::FIRST_BAUD;

/// Both ends of a pseudo-terminal. The board has one; programs open the other by its path.
pub(super) struct Pty {
    board: OwnedFd,
    /// Held open, so that the terminal stays raw while no program has it.
    port: OwnedFd,
    path: PathBuf,
}

impl Pty {
    pub fn open() -> io::Result<Self> {
        let board = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        fcntl_setfd(&board, FdFlags::CLOEXEC)?;
        grantpt(&board)?;
        unlockpt(&board)?;
        let name = ptsname(&board, Vec::new())?;
        let path = PathBuf::from(OsStr::from_bytes(name.as_bytes()));
        let port = open(&path, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
        let mut settings = tcgetattr(&port)?;
        settings.make_raw();
        settings.set_speed(FIRST_BAUD)?;
        tcsetattr(&port, OptionalActions::Now, &settings)?;
        fcntl_setfl(&board, OFlags::NONBLOCK)?;
        Ok(Self { board, port, path })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The rate that the program at the other end has set.
    pub fn baud(&self) -> u32 {
        tcgetattr(&self.port).as_ref().map_or(FIRST_BAUD, Termios::output_speed)
    }

    /// What has come; nothing if that takes longer than `patience`.
    pub fn read(&self, buffer: &mut [u8], patience: Duration) -> io::Result<usize> {
        if !self.is_ready(PollFlags::IN, patience)? {
            return Ok(0);
        }
        nothing_if_busy(rustix::io::read(&self.board, buffer))
    }

    /// Sends what there is room for; nothing if there is none for longer than `patience`.
    pub fn write(&self, bytes: &[u8], patience: Duration) -> io::Result<usize> {
        if !self.is_ready(PollFlags::OUT, patience)? {
            return Ok(0);
        }
        nothing_if_busy(rustix::io::write(&self.board, bytes))
    }

    fn is_ready(&self, what: PollFlags, patience: Duration) -> io::Result<bool> {
        let mut end = [PollFd::new(&self.board, what)];
        let patience = Timespec::try_from(patience).ok();
        match poll(&mut end, patience.as_ref()) {
            Ok(ready) => Ok(ready > 0),
            Err(Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

fn nothing_if_busy(done: rustix::io::Result<usize>) -> io::Result<usize> {
    match done {
        Err(Errno::AGAIN | Errno::INTR) => Ok(0),
        done => Ok(done?),
    }
}
