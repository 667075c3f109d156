//! What wakes the watch over the ports: the kernel, where it tells of changes; else the clock.

#[cfg(target_os = "linux")]
mod inotify;

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How often is looked where nobody tells of changes.
const EVERY: Duration = Duration::from_secs(1);

/// Why somebody was woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ring {
    /// Something may have changed.
    Changed,
    /// Nothing has, for as long as was asked for.
    Quiet,
    /// Nobody wants to be told any more.
    Stop,
}

/// What wakes the watch.
pub(super) enum Bell {
    #[cfg(target_os = "linux")]
    Kernel(inotify::Inotify),
    Clock(Receiver<()>),
}

/// Dropping it stops the bell.
pub(super) enum Stopper {
    #[cfg(target_os = "linux")]
    Kernel(#[expect(dead_code, reason = "closing it is what tells")] std::os::fd::OwnedFd),
    Clock(#[expect(dead_code, reason = "its end is what tells")] Sender<()>),
}

impl Bell {
    /// A bell that rings when ports in a folder come, go, or change.
    pub(super) fn over(folder: &Path) -> (Self, Stopper) {
        #[cfg(target_os = "linux")]
        if let Ok((inotify, stopper)) = inotify::Inotify::over(folder) {
            return (Self::Kernel(inotify), Stopper::Kernel(stopper));
        }
        // Elsewhere ports are no files, or nobody tells of them.
        let _ = folder;
        let (stopper, bell) = channel();
        (Self::Clock(bell), Stopper::Clock(stopper))
    }

    /// Rings from now on also when one of the ports is opened or closed. Whether there was one that was not heard
    /// before: it may have been opened already.
    pub(super) fn listen_to<'a>(&mut self, ports: impl Iterator<Item = &'a str>) -> bool {
        match self {
            #[cfg(target_os = "linux")]
            Self::Kernel(inotify) => inotify.listen_to(ports),
            Self::Clock(_) => false,
        }
    }

    /// Waits for a ring, for so long at the most.
    pub(super) fn wait(&mut self, patience: Option<Duration>) -> Ring {
        match self {
            #[cfg(target_os = "linux")]
            Self::Kernel(inotify) => inotify.wait(patience),
            Self::Clock(stopper) => match stopper.recv_timeout(patience.unwrap_or(EVERY)) {
                Err(RecvTimeoutError::Disconnected) => Ring::Stop,
                _ if patience.is_some() => Ring::Quiet,
                _ => Ring::Changed,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nobody_tells_of_changes_the_clock_does() {
        let (mut bell, stopper) = Bell::over(Path::new("/there/is/no/such/folder"));
        assert!(matches!(bell, Bell::Clock(_)));
        assert_eq!(bell.wait(Some(Duration::ZERO)), Ring::Quiet);
        assert_eq!(bell.wait(None), Ring::Changed);
        drop(stopper);
        assert_eq!(bell.wait(None), Ring::Stop);
    }
}
