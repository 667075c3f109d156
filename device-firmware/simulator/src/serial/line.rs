//! The cable at work: bytes in and out, counted, at the rates of both ends, with faults.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::faults::SerialFaults;
use super::loader::FIRST_BAUD;
use super::pty::Pty;
use super::trouble::Trouble;
use super::{Connector, Pace, slip};

/// Bits of a byte on a wire: eight, a start and a stop.
const BITS: u32 = 10;
/// An answer that nobody takes for so long is dropped.
const PATIENCE: Duration = Duration::from_secs(1);
/// Bytes that are read at once.
const PIECE: usize = 4096;
/// Bytes that a stub has room for while it is busy: a packet, all of its bytes escaped.
const AHEAD: usize = 0x8000;

/// Bytes that have crossed the cable since it was first plugged in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wire {
    /// Received by the board.
    pub bytes_in: u64,
    /// Sent by the board.
    pub bytes_out: u64,
}

/// What has come.
pub(super) enum Come {
    Bytes(Vec<u8>),
    /// The cable is out.
    Gone,
}

/// The rate that a chip listens and speaks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rate {
    /// That of the host, measured whenever it says something: so the loader in ROM does it.
    Measured(u32),
    /// This one, whatever the host's.
    Fixed(u32),
}

impl Rate {
    pub const fn baud(self) -> u32 {
        match self {
            Self::Measured(baud) | Self::Fixed(baud) => baud,
        }
    }
}

/// What comes from the host.
#[derive(Default)]
struct Incoming {
    /// Has come while the chip was busy.
    early: Vec<u8>,
    /// When the last byte will have crossed the wire.
    crossed: Option<Instant>,
}

/// A cable.
pub(super) struct Line {
    pty: Mutex<Option<Arc<Pty>>>,
    connector: Connector,
    pace: Pace,
    /// The chip's.
    rate: Mutex<Rate>,
    incoming: Mutex<Incoming>,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    trouble: Mutex<Trouble>,
}

impl Line {
    pub fn new(connector: Connector, pace: Pace) -> Self {
        Self {
            pty: Mutex::new(None),
            connector,
            pace,
            rate: Mutex::new(Rate::Fixed(FIRST_BAUD)),
            incoming: Mutex::new(Incoming::default()),
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
            trouble: Mutex::new(Trouble::new(SerialFaults::default())),
        }
    }

    /// Plugs it in.
    pub fn plug(&self, pty: Pty) {
        *lock(&self.pty) = Some(Arc::new(pty));
    }

    /// Pulls it out.
    pub fn unplug(&self) {
        *lock(&self.pty) = None;
    }

    pub fn path(&self) -> Option<PathBuf> {
        lock(&self.pty).as_ref().map(|pty| pty.path().to_owned())
    }

    pub fn set_faults(&self, faults: SerialFaults) {
        *lock(&self.trouble) = Trouble::new(faults);
    }

    /// A reset ends a stall, and forgets what had come meanwhile. The chip has this rate then.
    pub fn reset(&self, rate: Rate) {
        lock(&self.trouble).end_stall();
        lock(&self.incoming).early.clear();
        self.set_rate(rate);
    }

    /// What has crossed it.
    pub fn wire(&self) -> Wire {
        Wire {
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
        }
    }

    /// The chip's rate from now on.
    pub fn set_rate(&self, rate: Rate) {
        *lock(&self.rate) = rate;
    }

    /// The chip's rate.
    pub fn rate(&self) -> Rate {
        *lock(&self.rate)
    }

    /// What comes from the host within `patience`.
    pub fn receive(&self, patience: Duration) -> Come {
        let early = std::mem::take(&mut lock(&self.incoming).early);
        let come = if early.is_empty() { self.fetch(patience) } else { Come::Bytes(early) };
        let crossed = lock(&self.incoming).crossed;
        std::thread::sleep(crossed.map_or(Duration::ZERO, |at| at.saturating_duration_since(Instant::now())));
        come
    }

    /// The chip is busy for so long, and takes bytes off the wire meanwhile, as an interrupt does.
    pub fn pass(&self, time: Duration) {
        if self.pace == Pace::Instant {
            return;
        }
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            if lock(&self.incoming).early.len() >= AHEAD {
                return std::thread::sleep(left);
            }
            match self.fetch(left) {
                Come::Bytes(bytes) => lock(&self.incoming).early.extend(bytes),
                // The next to receive is told.
                Come::Gone => return,
            }
        }
    }

    fn fetch(&self, patience: Duration) -> Come {
        let Some(pty) = lock(&self.pty).clone() else { return Come::Gone };
        let mut bytes = vec![0; PIECE];
        let Ok(len) = pty.read(&mut bytes, patience) else { return Come::Gone };
        bytes.truncate(len);
        self.bytes_in.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        let host = pty.baud();
        self.occupy(bytes.len(), host);
        self.measure(&bytes, host);
        let mut trouble = lock(&self.trouble);
        if trouble.pulls_out_after(bytes.len() as u64) {
            drop(trouble);
            self.unplug();
            return Come::Gone;
        }
        if trouble.is_stalled() {
            return Come::Bytes(Vec::new());
        }
        if self.is_out_of_step(host) {
            trouble.scramble(&mut bytes);
        }
        trouble.damage(&mut bytes, host);
        Come::Bytes(bytes)
    }

    /// Sends a loader's frame; the host may take its time.
    pub fn answer(&self, frame: &[u8]) {
        let burst = {
            let mut trouble = lock(&self.trouble);
            if trouble.loses_answer() || trouble.is_stalled() {
                return;
            }
            trouble.burst()
        };
        self.send([burst, slip::encode(frame)].concat(), PATIENCE);
    }

    /// Prints text; what there is no room for is lost, as nobody reads it.
    pub fn print(&self, text: &str) {
        if !lock(&self.trouble).is_stalled() {
            self.send(text.as_bytes().to_vec(), Duration::ZERO);
        }
    }

    fn send(&self, mut bytes: Vec<u8>, patience: Duration) {
        let Some(pty) = lock(&self.pty).clone() else { return };
        let host = pty.baud();
        {
            let mut trouble = lock(&self.trouble);
            if self.is_out_of_step(host) {
                trouble.scramble(&mut bytes);
            }
            trouble.damage(&mut bytes, host);
        }
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            match pty.write(rest, patience) {
                Ok(0) | Err(_) => break,
                Ok(sent) => {
                    self.bytes_out.fetch_add(sent as u64, Ordering::Relaxed);
                    std::thread::sleep(self.wire_time(sent, host));
                    rest = rest.get(sent..).unwrap_or_default();
                }
            }
        }
    }

    /// Whether the two ends have different rates, so that neither understands the other.
    fn is_out_of_step(&self, host: u32) -> bool {
        self.connector == Connector::Uart && host != self.rate().baud()
    }

    fn measure(&self, bytes: &[u8], host: u32) {
        let mut rate = lock(&self.rate);
        if !bytes.is_empty() && matches!(*rate, Rate::Measured(_)) {
            *rate = Rate::Measured(host);
        }
    }

    /// Bytes that have just come follow those before them.
    fn occupy(&self, bytes: usize, baud: u32) {
        let (now, mut incoming) = (Instant::now(), lock(&self.incoming));
        let free = incoming.crossed.map_or(now, |crossed| crossed.max(now));
        incoming.crossed = Some(free + self.wire_time(bytes, baud));
    }

    fn wire_time(&self, bytes: usize, baud: u32) -> Duration {
        match self.pace {
            Pace::Instant => Duration::ZERO,
            Pace::Real => Duration::from_secs(1) * bytes as u32 * BITS / baud.max(1),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
