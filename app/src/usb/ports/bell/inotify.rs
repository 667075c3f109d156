//! Linux tells of changes to `/dev`: no look is taken while nothing happens.
//!
//! `notify` would wake for every byte that anybody writes to `/dev/null`: its set of events cannot be chosen.

use std::collections::BTreeMap;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{CreateFlags, ReadFlags, Reader, WatchFlags, add_watch, init};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};

use super::Ring;

/// A folder of ports, and the ports that are listened to.
pub(in crate::usb::ports) struct Inotify {
    events: OwnedFd,
    stop: OwnedFd,
    /// Ports by the watches that they have.
    ports: BTreeMap<i32, String>,
}

impl Inotify {
    /// Listens to a folder; closing the file that comes with it ends that.
    pub(super) fn over(folder: &Path) -> Result<(Self, OwnedFd), Errno> {
        let events = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        // ATTRIB: udev gives the permission after the port is there.
        let changes = WatchFlags::CREATE | WatchFlags::DELETE | WatchFlags::MOVE | WatchFlags::ATTRIB;
        add_watch(&events, folder, changes | WatchFlags::ONLYDIR)?;
        let (stop, stopper) = pipe_with(PipeFlags::CLOEXEC)?;
        Ok((Self { events, stop, ports: BTreeMap::new() }, stopper))
    }

    pub(super) fn listen_to<'a>(&mut self, ports: impl Iterator<Item = &'a str>) -> bool {
        let mut new = false;
        for port in ports.filter(|port| !self.ports.values().any(|heard| heard == port)).collect::<Vec<_>>() {
            let opening = WatchFlags::OPEN | WatchFlags::CLOSE;
            if let Ok(watch) = add_watch(&self.events, port, opening) {
                self.ports.insert(watch, port.to_owned());
                new = true;
            }
        }
        new
    }

    pub(super) fn wait(&mut self, patience: Option<Duration>) -> Ring {
        let deadline = patience.and_then(|patience| Instant::now().checked_add(patience));
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let timeout = left.and_then(|left| Timespec::try_from(left).ok());
            let mut asked =
                [PollFd::new(&self.stop, PollFlags::IN), PollFd::new(&self.events, PollFlags::IN)];
            match poll(&mut asked, timeout.as_ref()) {
                Err(Errno::INTR) => continue,
                Ok(0) => return Ring::Quiet,
                Err(_) => return Ring::Stop,
                Ok(_) if !asked[0].revents().is_empty() => return Ring::Stop,
                Ok(_) => {}
            }
            if self.drain() {
                return Ring::Changed;
            }
        }
    }

    /// Takes all that has been told; whether any of it is about a port.
    fn drain(&mut self) -> bool {
        let mut about_a_port = false;
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut events = Reader::new(&self.events, &mut buffer);
        while let Ok(event) = events.next() {
            let name = event.file_name().map(|name| name.to_bytes());
            about_a_port |= name.is_some_and(is_a_port)
                || event.events().contains(ReadFlags::QUEUE_OVERFLOW)
                || name.is_none() && self.ports.contains_key(&event.wd());
            // The port is gone; one of the same name is another.
            if event.events().contains(ReadFlags::IGNORED) {
                self.ports.remove(&event.wd());
            }
        }
        about_a_port
    }
}

/// `ttyUSB0`, `ttyACM0`, `rfcomm0`.
fn is_a_port(name: &[u8]) -> bool {
    name.starts_with(b"tty") || name.starts_with(b"rfcomm")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn it_rings_for_ports_that_come_and_go_and_for_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (port, other) = (folder.path().join("ttyUSB0"), folder.path().join("null"));
        let (mut bell, stopper) = Inotify::over(folder.path()).unwrap();
        // What happened is in the queue before the call that did it returns: no time is needed.
        let mut ring = || bell.wait(Some(Duration::ZERO));

        fs::write(&other, "written to").unwrap();
        assert_eq!(ring(), Ring::Quiet);
        fs::write(&port, "").unwrap();
        assert_eq!(ring(), Ring::Changed);
        assert_eq!(ring(), Ring::Quiet);
        fs::write(&port, "bytes on the wire").unwrap();
        assert_eq!(ring(), Ring::Quiet);
        fs::remove_file(&port).unwrap();
        assert_eq!(ring(), Ring::Changed);
        drop(stopper);
        assert_eq!(ring(), Ring::Stop);
    }

    #[test]
    fn it_rings_when_a_port_is_opened_and_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ttyUSB0");
        fs::write(&path, "").unwrap();
        let name = path.to_str().unwrap();
        let (mut bell, _stopper) = Inotify::over(folder.path()).unwrap();
        assert!(bell.listen_to([name].into_iter()));
        assert!(!bell.listen_to([name].into_iter()));

        let file = fs::File::open(&path).unwrap();
        assert_eq!(bell.wait(Some(Duration::ZERO)), Ring::Changed);
        assert_eq!(bell.wait(Some(Duration::ZERO)), Ring::Quiet);
        drop(file);
        assert_eq!(bell.wait(Some(Duration::ZERO)), Ring::Changed);

        // One of the same name is another, and is listened to anew.
        fs::remove_file(&path).unwrap();
        fs::write(&path, "").unwrap();
        assert_eq!(bell.wait(Some(Duration::ZERO)), Ring::Changed);
        assert!(bell.listen_to([name].into_iter()));
    }
}
