//! The device's log: the last 4 KiB of lines, in RAM.

use core::cell::RefCell;
use core::fmt::{self, Write};

use embassy_time::Instant;
use heapless::HistoryBuf;

/// Bytes that are kept.
pub const LOG_LEN: usize = 4096;

/// A ring of text lines, each with the seconds since the start in front.
pub struct Log(RefCell<HistoryBuf<u8, LOG_LEN>>);

impl Default for Log {
    fn default() -> Self {
        Self::new()
    }
}

impl Log {
    /// An empty log.
    #[must_use]
    pub const fn new() -> Self {
        Self(RefCell::new(HistoryBuf::new()))
    }

    /// Adds a line.
    pub fn line(&self, text: fmt::Arguments<'_>) {
        let millis = Instant::now().as_millis();
        let mut ring = Ring(&mut self.0.borrow_mut());
        // A ring has always room.
        let _ = writeln!(ring, "[{:>6}.{:03}] {text}", millis / 1000, millis % 1000);
    }

    /// Copies the newest lines into `out`; the number of bytes. A line cut off at the front is left out.
    pub fn read(&self, out: &mut [u8]) -> usize {
        let ring = self.0.borrow();
        let mut skip = ring.len().saturating_sub(out.len());
        if skip > 0 || ring.len() == LOG_LEN {
            skip += ring.oldest_ordered().skip(skip).take_while(|&&byte| byte != b'\n').count() + 1;
        }
        let mut len = 0;
        for (place, &byte) in out.iter_mut().zip(ring.oldest_ordered().skip(skip)) {
            *place = byte;
            len += 1;
        }
        len
    }
}

struct Ring<'a>(&'a mut HistoryBuf<u8, LOG_LEN>);

impl Write for Ring<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
