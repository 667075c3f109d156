//! The monitor: one port at a time is read, lent for flashing, and taken back.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use super::Outbox;
use super::monitor_listener::Listener;
use crate::gui::monitor;
use crate::image::library::Library;
use crate::usb::monitor::{Batch, Command, Decoder, Heard, Options, Session};
use crate::usb::ports::Port;

/// The monitor of a window. A clone is the same one.
#[derive(Clone)]
pub(super) struct Monitor {
    outbox: Outbox,
    library: Library,
    /// The number of the next line: numbers go on from one port to the next.
    next_line: Arc<AtomicU64>,
    held: Arc<Mutex<Held>>,
}

/// What the monitor has.
#[derive(Default)]
struct Held {
    /// The port that it is to read.
    wanted: Option<Wanted>,
    reading: Option<Reading>,
}

/// A port that is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    path: String,
    baud: u32,
}

/// A port that is read, unless that has ended by itself.
struct Reading {
    session: Session,
    listener: Listener,
}

impl Monitor {
    /// One that reads nothing yet.
    pub(super) fn new(library: Library, outbox: Outbox) -> Self {
        Self { outbox, library, next_line: Arc::default(), held: Arc::default() }
    }

    /// Reads this port instead of any other. Waits until the other one is free.
    pub(super) fn open(&self, path: &str, baud: u32) {
        self.open_in(&mut self.held(), Port::named(path), baud, None);
    }

    /// `ear` hears what the board says from the first line on.
    fn open_in(&self, held: &mut Held, port: Port, baud: u32, ear: Option<UnboundedSender<Batch>>) {
        if let Some(reading) = held.reading.take() {
            reading.session.stop();
        }
        let path = port.path().to_owned();
        let listener = Listener::new(self.outbox.clone(), Arc::clone(&self.next_line));
        ear.into_iter().for_each(|ear| listener.add(ear));
        listener.tell(monitor::Event::Opening { path: path.clone(), baud });
        held.wanted = Some(Wanted { path, baud });
        let options = Options {
            baud,
            first_line: self.next_line.load(Ordering::Relaxed),
            decoder: Some(Decoder::new(self.library.clone(), None)),
            ..Options::new(port)
        };
        let hears = listener.clone();
        match Session::start(options, move |heard| hears.hear(heard)) {
            Ok(session) => held.reading = Some(Reading { session, listener }),
            Err(error) => listener.refused(&error),
        }
    }

    /// Reads no port any more. Waits until it is free.
    pub(super) fn close(&self) {
        let mut held = self.held();
        held.wanted = None;
        if let Some(reading) = held.reading.take() {
            reading.session.stop();
        }
    }

    /// Asks for something, if a port is read.
    pub(super) fn ask(&self, command: Command) {
        let mut held = self.held();
        if let (Command::Baud(baud), Some(wanted)) = (&command, &mut held.wanted) {
            wanted.baud = *baud;
        }
        if let Some(reading) = &held.reading {
            reading.session.ask(command);
        }
    }

    /// Gives a port away for something else, if it is the one that is read: when this returns, it is free. It is read
    /// again when the answer is dropped.
    pub(super) fn lend(&self, path: &str) -> Option<Lent> {
        let port = Port::named(path);
        let mut held = self.held();
        let wanted = held.wanted.clone().filter(|wanted| wanted.path == port.path())?;
        let reading = held.reading.take()?;
        reading.listener.tell(monitor::Event::Lent);
        reading.session.stop();
        Some(Lent { monitor: self.clone(), wanted })
    }

    /// Has `ear` hear what the board on a port says, until the answer is dropped. A monitor that reads nothing reads
    /// that port from now on; if it reads another one, this port is read beside it.
    pub(super) fn overhear(&self, path: &str, ear: UnboundedSender<Batch>) -> Overhearing {
        let port = Port::named(path);
        let mut held = self.held();
        let Held { wanted, reading } = &mut *held;
        match reading.as_ref().filter(|reading| reading.listener.is_reading()) {
            Some(reading) if wanted.as_ref().is_some_and(|wanted| wanted.path == port.path()) => {
                reading.listener.add(ear);
                Overhearing(None)
            }
            Some(_) => {
                let tell = move |heard| {
                    if let Heard::Read(batch) = heard {
                        // Who does not listen any more ends the session.
                        let _ = ear.send(batch);
                    }
                };
                Overhearing(Session::start(Options::new(port), tell).ok())
            }
            None => {
                let baud = wanted.as_ref().map_or(monitor::USUAL_BAUD, |wanted| wanted.baud);
                self.open_in(&mut held, port, baud, Some(ear));
                Overhearing(None)
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Whoever panicked has left a port open at worst.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody hears what a board says; the session is that of a port that the monitor does not read.
pub(super) struct Overhearing(Option<Session>);

impl Drop for Overhearing {
    fn drop(&mut self) {
        if let Some(session) = self.0.take() {
            session.stop();
        }
    }
}

/// A port that the monitor has given away.
pub(super) struct Lent {
    monitor: Monitor,
    wanted: Wanted,
}

impl Lent {
    /// It comes back under another path: a chip with USB of its own is plugged in anew with each restart.
    pub(super) fn moved(&mut self, path: &str) {
        path.clone_into(&mut self.wanted.path);
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut held = self.monitor.held();
        // Meanwhile the user may have closed it, or read another.
        if held.reading.is_none() && held.wanted.is_some() {
            let port = Port::named(&self.wanted.path);
            self.monitor.open_in(&mut held, port, self.wanted.baud, None);
        }
    }
}

#[cfg(test)]
mod tests;
