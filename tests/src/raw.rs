//! Both ends of HTTP by hand: a client for the device's API, and hosts that misbehave on purpose.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::devices::PROJECT;
use crate::wait::until;

/// One request; its status and JSON. `None` if the device does not answer.
#[must_use]
pub fn request(device: SocketAddr, method: &str, path: &str, body: &Value) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect_timeout(&device, Duration::from_secs(2)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {device}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    Some((status, serde_json::from_str(body).ok()?))
}

/// The device's status, once it answers.
#[must_use]
pub fn status(device: SocketAddr) -> Value {
    until("the device answers", || request(device, "GET", "/status", &Value::Null)).1
}

/// Waits until the device tells how this order ended.
#[must_use]
pub fn end_of(device: SocketAddr, order_id: &str) -> Value {
    until("the order ends", || {
        let end = request(device, "GET", "/status", &Value::Null)?.1["last_end"].clone();
        (end["order_id"] == order_id).then_some(end)
    })
}

/// An order for an image, with its true digests.
#[must_use]
pub fn order(id: &str, image: &[u8], url: &str) -> Value {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    json!({
        "order_id": id, "url": url, "size": image.len(), "file_sha256": hex(&Sha256::digest(image)),
        // ESP-IDF's own digest is the end of an image.
        "image_sha256": hex(&image[image.len() - 32..]),
        "project": PROJECT, "chip": "esp32c3", "encoding": "raw", "confirm": "auto",
    })
}

/// A host that gives every connection the same bytes, whatever it asks for, and closes it.
pub struct RawHost {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl RawHost {
    /// Answers with a head and a body.
    #[must_use]
    pub fn start(head: &str, body: &[u8]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let answer = [head.as_bytes(), body].concat();
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let mut request = [0; 2048];
                // A device may hang up in the middle of it: that is its right.
                let _ = stream.read(&mut request);
                let _ = stream.write_all(&answer);
            }
        });
        Self { address, stop, thread: Some(thread) }
    }

    /// Answers 200 with this body and its true length.
    #[must_use]
    pub fn serving(body: &[u8]) -> Self {
        Self::start(&format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()), body)
    }

    /// What a device would fetch.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/ota.bin", self.address)
    }
}

impl Drop for RawHost {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the accept.
        TcpStream::connect(self.address).ok();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
