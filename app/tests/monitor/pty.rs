//! A port whose other end a test holds, and a monitor that reads it.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use skylift::usb::monitor::{Heard, Line, Options, Panic, Session};
use skylift::usb::ports::{Behind, Port};
use tempfile::TempDir;

/// Nothing in these tests takes longer.
pub const PATIENCE: Duration = Duration::from_secs(30);

#[cfg(target_os = "linux")]
const CLOSED_FOR_PROGRAMS: OpenptFlags = OpenptFlags::CLOEXEC;
#[cfg(not(target_os = "linux"))]
const CLOSED_FOR_PROGRAMS: OpenptFlags = OpenptFlags::empty();

/// A board that is a pseudo-terminal behind a link: plugged in again, it has the same path.
pub struct Cable {
    folder: TempDir,
    board: Option<File>,
}

impl Cable {
    pub fn plugged_in() -> Self {
        let mut cable = Self { folder: tempfile::tempdir().unwrap(), board: None };
        cable.plug_in();
        cable
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("ttyBOARD")
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn port(&self) -> Port {
        Port::new(self.path().to_str().unwrap(), Behind::Unknown)
    }

    pub fn plug_in(&mut self) {
        // A program that is started meanwhile would hold it open.
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | CLOSED_FOR_PROGRAMS;
        let board = openpt(flags).unwrap();
        grantpt(&board).unwrap();
        unlockpt(&board).unwrap();
        let port = ptsname(&board, Vec::new()).unwrap();
        // Whatever was there leads nowhere.
        let _ = std::fs::remove_file(self.path());
        std::os::unix::fs::symlink(OsStr::from_bytes(port.as_bytes()), self.path()).unwrap();
        self.board = Some(File::from(board));
    }

    pub fn unplug(&mut self) {
        self.board = None;
        std::fs::remove_file(self.path()).unwrap();
    }

    pub fn say(&mut self, text: impl AsRef<[u8]>) {
        self.board.as_mut().unwrap().write_all(text.as_ref()).unwrap();
    }

    /// So many bytes that were sent to the board.
    pub fn hear(&mut self, count: usize) -> Vec<u8> {
        let (mut bytes, mut at) = (vec![0; count], 0);
        let board = self.board.as_mut().unwrap();
        while at < count {
            let patience = Timespec::try_from(PATIENCE).unwrap();
            assert_eq!(
                poll(&mut [PollFd::new(board, PollFlags::IN)], Some(&patience)),
                Ok(1),
                "nothing was sent"
            );
            at += board.read(&mut bytes[at..]).unwrap();
        }
        bytes
    }
}

/// A monitor, and what it has told.
pub struct Monitor {
    pub session: Session,
    told: Receiver<Heard>,
    pub lines: Vec<Line>,
    pub panics: Vec<Panic>,
    pub batches: usize,
}

impl Monitor {
    pub fn of(options: Options) -> Self {
        let (tell, told) = channel();
        let session = Session::start(options, move |heard| drop(tell.send(heard))).unwrap();
        Self { session, told, lines: Vec::new(), panics: Vec::new(), batches: 0 }
    }

    pub fn at(cable: &Cable) -> Self {
        let mut monitor = Self::of(Options::new(cable.port()));
        monitor.until(|heard| matches!(heard, Heard::Connected { .. }));
        monitor
    }

    /// What is told next that is like this; lines and panics before it are kept.
    #[track_caller]
    pub fn until(&mut self, mut is_it: impl FnMut(&Heard) -> bool) -> Heard {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let heard = self.told.recv_timeout(left);
            let Ok(heard) = heard else { panic!("not told in time, after {:?}", self.texts()) };
            if let Heard::Read(batch) = &heard {
                self.batches += 1;
                self.lines.extend(batch.lines.iter().map(|line| (**line).clone()));
                self.panics.extend(batch.panics.iter().cloned());
            }
            if is_it(&heard) {
                return heard;
            }
        }
    }

    /// Reads until there are so many lines.
    #[track_caller]
    pub fn read(&mut self, lines: usize) -> Vec<String> {
        while self.lines.len() < lines {
            self.until(|heard| matches!(heard, Heard::Read(_)));
        }
        self.texts()
    }

    /// Reads until a line has this in it.
    #[track_caller]
    pub fn read_until(&mut self, word: &str) -> Line {
        loop {
            if let Some(line) = self.lines.iter().find(|line| line.text.contains(word)) {
                return line.clone();
            }
            self.until(|heard| matches!(heard, Heard::Read(_)));
        }
    }

    pub fn texts(&self) -> Vec<String> {
        self.lines.iter().map(|line| line.text.to_string()).collect()
    }
}
