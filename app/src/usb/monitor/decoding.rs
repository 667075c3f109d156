//! Panics are decoded beside the monitor: reading an ELF takes seconds, in which a port's buffer would run over.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::panic::{Decoded, Decoder, Panic, Unread};
use super::session::{Heard, Tell};

/// Panics that may wait; a board that panics faster is told about by its first ones.
const WAITING: usize = 8;

/// Where panics are sent to be decoded.
pub(super) struct Decoding {
    panics: SyncSender<Panic>,
    tell: Arc<Tell>,
}

impl Decoding {
    /// Starts a thread that ends when this is dropped. Without a thread nothing is decoded.
    pub fn start(decoder: Decoder, tell: Arc<Tell>) -> Option<Self> {
        let (panics, waiting) = sync_channel(WAITING);
        let told = Arc::clone(&tell);
        let thread = std::thread::Builder::new().name("panics".to_owned());
        thread.spawn(move || work(&decoder, &waiting, told.as_ref())).ok()?;
        Some(Self { panics, tell })
    }

    /// Decodes a panic; the answer is told.
    pub fn decode(&self, panic: &Panic) {
        if self.panics.try_send(panic.clone()).is_err() {
            let reading = Err(Unread::BadElf("panics come faster than they can be read".to_owned()));
            (self.tell)(Heard::Decoded { first_line: panic.lines.start, reading });
        }
    }
}

fn work(decoder: &Decoder, waiting: &Receiver<Panic>, tell: &Tell) {
    let mut last: Option<(Panic, Decoded)> = None;
    for panic in waiting {
        let known =
            last.as_ref().filter(|(last, _)| last.elf == panic.elf && last.addresses == panic.addresses);
        let reading = match known {
            Some((_, decoded)) => Ok(decoded.clone()),
            None => decoder.decode(&panic),
        };
        let first_line = panic.lines.start;
        if let Ok(decoded) = &reading {
            last = Some((panic, decoded.clone()));
        }
        tell(Heard::Decoded { first_line, reading });
    }
}
