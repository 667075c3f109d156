//! Hands on what a session of the monitor tells: to the window, and to whoever overhears the board.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use super::Outbox;
use crate::advice::Advice;
use crate::gui::event::Event;
use crate::gui::messages::sentence;
use crate::gui::monitor;
use crate::usb::UsbError;
use crate::usb::monitor::{Batch, Heard};

/// Listens to one session.
#[derive(Clone)]
pub(super) struct Listener {
    outbox: Outbox,
    next_line: Arc<AtomicU64>,
    /// Who overhears it.
    ears: Arc<Mutex<Vec<UnboundedSender<Batch>>>>,
    ended: Arc<AtomicBool>,
}

impl Listener {
    /// `next_line` is kept up to date.
    pub(super) fn new(outbox: Outbox, next_line: Arc<AtomicU64>) -> Self {
        Self { outbox, next_line, ears: Arc::default(), ended: Arc::default() }
    }

    /// Whether the session goes on.
    pub(super) fn is_reading(&self) -> bool {
        !self.ended.load(Ordering::Relaxed)
    }

    /// Has somebody hear it as well.
    pub(super) fn add(&self, ear: UnboundedSender<Batch>) {
        self.ears.lock().unwrap_or_else(PoisonError::into_inner).push(ear);
    }

    /// Takes what the session tells.
    pub(super) fn hear(&self, heard: Heard) {
        let event = match heard {
            Heard::Connected { port, baud } => {
                monitor::Event::Connected { path: port.path().to_owned(), baud }
            }
            Heard::Away => monitor::Event::Away,
            Heard::Read(batch) => {
                self.read(&batch);
                monitor::Event::Read(batch)
            }
            Heard::Partial(line) => monitor::Event::Partial(Arc::new(line)),
            Heard::Decoded { first_line, reading } => monitor::Event::Decoded { first_line, reading },
            Heard::NotDone(error) => return self.outbox.failed("The monitor could not do that", &error),
            // The window writes files itself.
            Heard::LogsTo(_) => return,
            Heard::Ended(error) => {
                self.ended.store(true, Ordering::Relaxed);
                // Who has it end knows that.
                return error.iter().for_each(|error| self.refused(error));
            }
        };
        self.tell(event);
    }

    fn read(&self, batch: &Batch) {
        if let Some(last) = batch.lines.last() {
            self.next_line.store(last.number + 1, Ordering::Relaxed);
        }
        let mut ears = self.ears.lock().unwrap_or_else(PoisonError::into_inner);
        ears.retain(|ear| ear.send(batch.clone()).is_ok());
    }

    /// Tells the window that the port cannot be read.
    pub(super) fn refused(&self, error: &UsbError) {
        let what = sentence(&error.to_string());
        let advice = error.advice().iter().map(|line| sentence(line)).collect();
        self.tell(monitor::Event::Refused { what, advice });
    }

    /// Tells the window.
    pub(super) fn tell(&self, event: monitor::Event) {
        self.outbox.send(Event::Monitor(event));
    }
}
