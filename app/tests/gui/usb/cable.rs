//! A cable that can be put into another board while its path stays the same, as a computer's ports have it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use skylift_simulator::serial::Board;

/// Whoever carries bytes looks so often whether the cable is elsewhere.
const LOOK: Duration = Duration::from_millis(10);

/// Both ends of a pseudo-terminal, and whoever carries bytes between it and a board.
pub struct Cable {
    path: PathBuf,
    board: Arc<Mutex<File>>,
    ended: Arc<AtomicBool>,
    carrier: Option<JoinHandle<()>>,
    _port: File,
}

impl Cable {
    pub fn to(board: &Board) -> Self {
        let end = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&end).unwrap();
        unlockpt(&end).unwrap();
        let path = PathBuf::from(ptsname(&end, Vec::new()).unwrap().into_string().unwrap());
        // Raw from here on, and open also while no program has it; locked by nobody.
        let raw = serialport::new(path.to_str().unwrap(), 115_200).exclusive(false).open_native().unwrap();
        let port = File::options().read(true).write(true).open(&path).unwrap();
        drop(raw);
        let (there, ended) = (Arc::new(Mutex::new(open(board))), Arc::<AtomicBool>::default());
        let carrier = {
            let (there, ended) = (Arc::clone(&there), Arc::clone(&ended));
            std::thread::spawn(move || carry(&File::from(end), &there, &ended))
        };
        Self { path, board: there, ended, carrier: Some(carrier), _port: port }
    }

    /// Pulls it out, and puts it into another board.
    pub fn plug_into(&self, board: &Board) {
        *self.board.lock().unwrap() = open(board);
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        self.carrier.take().unwrap().join().unwrap();
    }
}

/// The computer's end of a board's own cable, which is raw.
fn open(board: &Board) -> File {
    File::options().read(true).write(true).open(board.path()).unwrap()
}

fn carry(end: &File, board: &Mutex<File>, ended: &AtomicBool) {
    let patience = Timespec::try_from(LOOK).unwrap();
    while !ended.load(Ordering::Relaxed) {
        let board = board.lock().unwrap().try_clone().unwrap();
        let mut ends = [end, &board].map(|end| PollFd::from_borrowed_fd(end.as_fd(), PollFlags::IN));
        poll(&mut ends, Some(&patience)).unwrap();
        let has_come = ends.each_ref().map(|end| end.revents().contains(PollFlags::IN));
        for (has_come, (mut from, mut to)) in has_come.into_iter().zip([(end, &board), (&board, end)]) {
            let mut bytes = [0; 4096];
            if has_come {
                let count = from.read(&mut bytes).unwrap();
                to.write_all(&bytes[..count]).unwrap();
            }
        }
    }
}
