//! A device behind somebody who holds its answer to an order back.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::wait::until;

/// A way to a device on which the answer to an order waits to be released. It has no stream of events.
pub struct Held {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    waiting: AtomicBool,
    released: AtomicBool,
    stopped: AtomicBool,
}

impl Held {
    /// The way to the device at this address.
    #[must_use]
    pub fn before(device: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let ours = Arc::clone(&state);
        std::thread::spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                if ours.stopped.load(Ordering::Relaxed) {
                    return;
                }
                let state = Arc::clone(&ours);
                // A broken connection is what either side has to live with.
                std::thread::spawn(move || drop(state.pass(client, device)));
            }
        });
        Self { address, state }
    }

    /// Where the device seems to be.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the device has answered an order, and the answer is held back.
    pub fn await_answer(&self) {
        until("the order is answered", || self.state.waiting.load(Ordering::Relaxed).then_some(()));
    }

    /// Lets the answer go.
    pub fn release(&self) {
        self.state.released.store(true, Ordering::Relaxed);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.release();
        self.state.stopped.store(true, Ordering::Relaxed);
        // Wakes the accept.
        TcpStream::connect(self.address).ok();
    }
}

impl State {
    fn pass(&self, mut client: TcpStream, device: SocketAddr) -> std::io::Result<()> {
        let request = request(&mut client)?;
        if request.starts_with(b"GET /events ") {
            return Ok(());
        }
        let mut server = TcpStream::connect_timeout(&device, Duration::from_secs(2))?;
        server.write_all(&request)?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer)?;
        if request.starts_with(b"POST /update ") {
            self.waiting.store(true, Ordering::Relaxed);
            until("the answer is released", || self.released.load(Ordering::Relaxed).then_some(()));
        }
        client.write_all(&answer)
    }
}

/// A whole request: its head, and as many bytes behind it as that says.
pub(crate) fn request(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut request = Vec::new();
    let mut piece = [0; 2048];
    loop {
        let len = client.read(&mut piece)?;
        request.extend_from_slice(&piece[..len]);
        let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
        let body = text.split_once("\r\n\r\n").map(|(head, body)| {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            (length.map_or(0, |length| length.trim().parse().unwrap_or(0)), body.len())
        });
        match body {
            Some((wanted, has)) if has >= wanted => return Ok(request),
            _ if len == 0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            _ => {}
        }
    }
}
