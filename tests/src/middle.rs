//! Somebody between the owner and a device, who sees every request and answers it as they like.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::held::request;

/// A request on its way.
pub struct Asked<'a> {
    /// Its bytes, head and body.
    pub bytes: &'a [u8],
    device: SocketAddr,
}

impl Asked<'_> {
    /// Whether it begins with these words: the method, and the path as far as it matters.
    #[must_use]
    pub fn is(&self, beginning: &str) -> bool {
        self.bytes.starts_with(beginning.as_bytes())
    }

    /// Whether its sender signed it.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        String::from_utf8_lossy(self.bytes).to_ascii_lowercase().contains("\r\nsignature-input: ")
    }

    /// What the device answers to it; nothing if it does not.
    #[must_use]
    pub fn forward(&self) -> Vec<u8> {
        self.forward_instead(self.bytes)
    }

    /// What the device answers to other bytes in its place; nothing if it does not.
    #[must_use]
    pub fn forward_instead(&self, bytes: &[u8]) -> Vec<u8> {
        say(self.device, bytes)
    }
}

/// What the device answers to these bytes; nothing if it does not.
#[must_use]
pub fn say(device: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut answer = Vec::new();
    if let Ok(mut stream) = TcpStream::connect_timeout(&device, Duration::from_secs(2)) {
        // What breaks here is an answer that ends early.
        let _ = stream.write_all(bytes).and_then(|()| stream.read_to_end(&mut answer).map(drop));
    }
    answer
}

/// A way to a device that leads past somebody. There is no stream of events on it.
pub struct Middle {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl Middle {
    /// Answers each request to the device at this address with what `answer` makes of it; with nothing, and the
    /// connection is closed.
    #[must_use]
    pub fn before(
        device: SocketAddr,
        answer: impl Fn(&Asked<'_>) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let stopped = Arc::new(AtomicBool::new(false));
        let (stop, answer) = (Arc::clone(&stopped), Arc::new(answer));
        std::thread::spawn(move || {
            while let Ok((mut client, _)) = listener.accept() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let answer = Arc::clone(&answer);
                std::thread::spawn(move || {
                    let Ok(bytes) = request(&mut client) else { return };
                    let asked = Asked { bytes: &bytes, device };
                    if !asked.is("GET /events ") {
                        // Whoever asked may have gone.
                        let _ = client.write_all(&answer(&asked));
                    }
                });
            }
        });
        Self { address, stopped }
    }

    /// Where the device seems to be.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Middle {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Wakes the accept.
        TcpStream::connect(self.address).ok();
    }
}
