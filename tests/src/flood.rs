//! Strangers who send a device bad requests as fast as they were told to, or hold its connections.

use std::io::{ErrorKind, Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::stranger::Stranger;

/// How long one of them waits for an answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// An order without a signature.
const UNSIGNED: &str =
    "POST /reboot HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

/// Strangers at work, until it is dropped.
pub struct Flood {
    stop: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
    strangers: Vec<JoinHandle<()>>,
}

impl Flood {
    /// So many strangers, who together send so many bad orders a second, if the device takes them.
    #[must_use]
    pub fn of_orders(stranger: Stranger, strangers: u32, per_second: u32) -> Self {
        Self::of(strangers, move |stop, done| {
            let begun = Instant::now();
            let mut mine = 0;
            while !stop.load(Ordering::Relaxed) {
                // Who is late catches up, as a flood does that is held up.
                let due = Duration::from_secs(1) * mine * strangers / per_second;
                std::thread::sleep(due.saturating_sub(begun.elapsed()));
                let reply = stranger.try_say(UNSIGNED.as_bytes(), PATIENCE);
                assert!(reply.is_none_or(|reply| reply.status == 401), "a stranger's order was taken");
                mine += 1;
                done.fetch_add(1, Ordering::Relaxed);
            }
        })
    }

    /// So many strangers, each of whom begins a request and never ends it, and begins again when cut off.
    #[must_use]
    pub fn of_slow_requests(stranger: Stranger, strangers: u32) -> Self {
        Self::of(strangers, move |stop, done| {
            while !stop.load(Ordering::Relaxed) {
                let Some(mut stream) = stranger.try_connect(PATIENCE) else { continue };
                let _ = stream.write_all(&UNSIGNED.as_bytes()[..UNSIGNED.len() - 1]);
                done.fetch_add(1, Ordering::Relaxed);
                stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
                while !stop.load(Ordering::Relaxed)
                    && stream.read(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
                {
                }
            }
        })
    }

    fn of(strangers: u32, work: impl Fn(&AtomicBool, &AtomicU64) + Clone + Send + 'static) -> Self {
        let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let begin = |_| {
            let (work, stop, done) = (work.clone(), Arc::clone(&stop), Arc::clone(&done));
            std::thread::spawn(move || work(&stop, &done))
        };
        let strangers = (0..strangers).map(begin).collect();
        Self { stop, done, strangers }
    }

    /// How many requests were sent or begun.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Ends it; how many requests were sent or begun.
    #[must_use]
    pub fn end(mut self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        for stranger in self.strangers.drain(..) {
            stranger.join().unwrap();
        }
        self.done()
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
