//! Ports that come and go are noticed, and only then.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::bell::{Bell, Ring, Stopper};
use super::list::list;
use super::port::Port;
use super::state::State;
use crate::usb::UsbError;

/// A port that comes is made, given to its group, and given its permissions: that is one change.
const SETTLED: Duration = Duration::from_millis(60);
/// What never settles is told about all the same.
const LONGEST: Duration = Duration::from_millis(500);

/// A port, and whether it can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The port.
    pub port: Port,
    /// Whether it can be used.
    pub state: State,
}

/// The ports that a board may be on, and whether they can be used, in an order that stays.
///
/// # Errors
/// [`UsbError::Ports`] if the system does not tell.
pub fn look() -> Result<Vec<Seen>, UsbError> {
    let ports = list()?;
    let states = State::of_all(&ports);
    Ok(ports.into_iter().zip(states).map(|(port, state)| Seen { port, state }).collect())
}

/// Watches the ports until it is dropped, on a thread of its own.
///
/// On Linux the thread sleeps until the kernel tells of a change. Elsewhere it looks once a second.
pub struct Watch {
    _stopper: Stopper,
}

impl Watch {
    /// Tells at once which ports there are, and then all of them again at every change: at the latest a second after
    /// it, and never without one. After the watch is dropped, it may tell once more.
    ///
    /// # Errors
    /// [`UsbError::Ports`] if the system has no thread for it.
    pub fn start(tell: impl FnMut(Vec<Seen>) + Send + 'static) -> Result<Self, UsbError> {
        Self::over(Path::new("/dev"), || look().unwrap_or_default(), tell)
    }

    /// The same over another folder, with other eyes.
    ///
    /// # Errors
    /// [`UsbError::Ports`] if the system has no thread for it.
    pub fn over(
        folder: &Path,
        look: impl FnMut() -> Vec<Seen> + Send + 'static,
        tell: impl FnMut(Vec<Seen>) + Send + 'static,
    ) -> Result<Self, UsbError> {
        let (bell, stopper) = Bell::over(folder);
        thread::Builder::new()
            .name("skylift-ports".to_owned())
            .spawn(move || watch(bell, look, tell))
            .map_err(|error| UsbError::Ports { problem: error.to_string() })?;
        Ok(Self { _stopper: stopper })
    }
}

fn watch(mut bell: Bell, mut look: impl FnMut() -> Vec<Seen>, mut tell: impl FnMut(Vec<Seen>)) {
    let mut told: Option<Vec<Seen>> = None;
    loop {
        let mut seen = look();
        if bell.listen_to(seen.iter().map(|seen| seen.port.path())) {
            seen = look();
        }
        if told.as_ref() != Some(&seen) {
            tell(seen.clone());
            told = Some(seen);
        }
        if bell.wait(None) == Ring::Stop || settle(&mut bell) == Ring::Stop {
            return;
        }
    }
}

/// Waits until the changes have come to an end.
fn settle(bell: &mut Bell) -> Ring {
    let began = Instant::now();
    loop {
        match bell.wait(Some(SETTLED)) {
            Ring::Changed if began.elapsed() < LONGEST => {}
            ring => return ring,
        }
    }
}
