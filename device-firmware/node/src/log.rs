//! The device's log: the last 4 KiB of lines, in RAM.

use core::cell::{Cell, RefCell};
use core::fmt::{self, Write};

use embassy_time::Instant;
use heapless::HistoryBuf;

/// Bytes that are kept.
pub const LOG_LEN: usize = 4096;

/// Shows a line to whoever is at a cable, at once.
pub type Echo = fn(fmt::Arguments<'_>);

/// A ring of text lines, each with the seconds since the start in front.
pub struct Log {
    ring: RefCell<HistoryBuf<u8, LOG_LEN>>,
    echo: Cell<Option<Echo>>,
}

impl Default for Log {
    fn default() -> Self {
        Self::new()
    }
}

impl Log {
    /// An empty log.
    #[must_use]
    pub const fn new() -> Self {
        Self { ring: RefCell::new(HistoryBuf::new()), echo: Cell::new(None) }
    }

    /// Shows every further line there as well.
    pub fn echo_to(&self, echo: Echo) {
        self.echo.set(Some(echo));
    }

    /// Adds a line.
    pub fn line(&self, text: fmt::Arguments<'_>) {
        let millis = Instant::now().as_millis();
        let (seconds, millis) = (millis / 1000, millis % 1000);
        // A ring has always room.
        let _ = writeln!(Ring(&mut self.ring.borrow_mut()), "[{seconds:>6}.{millis:03}] {text}");
        if let Some(echo) = self.echo.get() {
            echo(format_args!("[{seconds:>6}.{millis:03}] {text}"));
        }
    }

    /// Copies the newest lines into `out`; the number of bytes. A line cut off at the front is left out.
    pub fn read(&self, out: &mut [u8]) -> usize {
        let ring = self.ring.borrow();
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

#[cfg(test)]
mod tests {
    use core::sync::atomic::{AtomicUsize, Ordering};

    use heapless::String;

    use super::*;

    static SHOWN: AtomicUsize = AtomicUsize::new(0);

    fn show(line: fmt::Arguments<'_>) {
        let mut text = String::<64>::new();
        write!(text, "{line}").unwrap();
        assert!(text.starts_with('[') && text.ends_with("] second"), "{text}");
        SHOWN.fetch_add(1, Ordering::Relaxed);
    }

    #[test]
    fn lines_are_shown_from_when_that_is_asked_for_and_all_are_kept() {
        let log = Log::new();
        log.line(format_args!("first"));
        log.echo_to(show);
        log.line(format_args!("second"));
        assert_eq!(SHOWN.load(Ordering::Relaxed), 1);
        let mut kept = [0; LOG_LEN];
        let len = log.read(&mut kept);
        assert_eq!(kept[..len].iter().filter(|&&byte| byte == b'\n').count(), 2);
    }
}
