//! The API that the tests serve, and a client that says exactly what it is told.

// Each test file uses its part of this.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;
use embassy_sync::watch::{Receiver, Watch};
use embassy_time::Duration as Ticks;
use serde::{Deserialize, Serialize};
use skylift_node::HttpConfig;
use skylift_node::http::{
    Answer, BodyKind, Caller, Events, Exchange, Handler, MIN_SCRATCH, Refusal, Request, Seal,
};
use skylift_protocol::ErrorCode;
use skylift_protocol::auth::Denied;

use crate::device::Device;

/// No test waits longer than this for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// What the test and its device share.
pub struct Shared {
    pub state: Watch<CriticalSectionRawMutex, u32, 4>,
    pub go: Signal<CriticalSectionRawMutex, ()>,
    pub posts: AtomicU32,
    pub sent: AtomicU32,
}

impl Default for Shared {
    fn default() -> Self {
        Self { state: Watch::new(), go: Signal::new(), posts: AtomicU32::new(0), sent: AtomicU32::new(0) }
    }
}

pub struct Api(pub Arc<Shared>);

#[derive(Serialize, Deserialize, PartialEq, Debug)]
pub struct Number {
    pub n: u32,
}

impl Handler for Api {
    type Events<'a> = States<'a>;

    fn is_open(&self) -> bool {
        true
    }

    fn is_named(&self, host: &str) -> bool {
        host == "x"
    }

    fn judge(&self, _: &Request<'_>) -> Result<Caller, Denied> {
        Ok(Caller::Anybody)
    }

    fn seal(&self, _: &Caller, _: u16, _: &[u8]) -> Seal {
        Seal::default()
    }

    fn admit(&self, request: &Request<'_>) -> Result<BodyKind, Refusal> {
        match (request.path(), request.method()) {
            ("/status" | "/log" | "/events" | "/big" | "/wait" | "/marked", "GET") => Ok(BodyKind::None),
            ("/status", "HEAD") => Ok(BodyKind::None),
            ("/update", "POST") => Ok(BodyKind::Json { max: 64 }),
            ("/large", "POST") => Ok(BodyKind::Json { max: usize::MAX }),
            ("/validate", "POST") => Ok(BodyKind::None),
            ("/update" | "/large" | "/validate", _) => Err(Refusal::method("POST")),
            ("/status" | "/log" | "/events" | "/big" | "/wait" | "/marked", _) => Err(Refusal::method("GET")),
            _ => Err(Refusal::not_found()),
        }
    }

    async fn handle(&self, mut exchange: Exchange<'_>) -> Answer {
        match exchange.request().path() {
            "/status" => {
                let n = exchange.request().query().map_or(7, |query| query.len() as u32);
                exchange.json(200, &Number { n })
            }
            "/log" => exchange.text(|out| {
                out.fill(b'l');
                out.len()
            }),
            "/big" => exchange.json(200, &[0xffff_ffff_u32; 500][..]),
            "/marked" => exchange.json(200, &Number { n: 1 }).then(7),
            "/wait" => {
                self.0.go.wait().await;
                exchange.json(200, &Number { n: 2 })
            }
            "/events" => exchange.events(),
            "/large" => {
                let (request, scratch) = exchange.parts();
                assert!(scratch.len() >= MIN_SCRATCH);
                let n = request.body().len() as u32;
                exchange.json(200, &Number { n })
            }
            path => {
                let is_update = path == "/update";
                self.0.posts.fetch_add(1, Ordering::SeqCst);
                if !is_update {
                    return exchange.json(200, &Number { n: 0 });
                }
                match exchange.read_json::<Number>() {
                    Ok((number, exchange)) if number.n == 409 => exchange.error(ErrorCode::Busy, "n is 409"),
                    Ok((number, exchange)) => exchange.json(202, &number),
                    Err(answer) => answer,
                }
            }
        }
    }

    fn events(&self) -> Option<States<'_>> {
        self.0.state.receiver().map(States)
    }

    fn sent(&self, mark: u8) {
        self.0.sent.fetch_add(mark.into(), Ordering::SeqCst);
    }
}

pub struct States<'a>(Receiver<'a, CriticalSectionRawMutex, u32, 4>);

impl Events for States<'_> {
    async fn next(&mut self, out: &mut [u8]) -> usize {
        let n = self.0.changed().await;
        serde_json_core::to_slice(&Number { n }, out).unwrap()
    }
}

pub fn start(config: HttpConfig) -> (Device, Arc<Shared>) {
    let shared = Arc::new(Shared::default());
    let device = Device::start(config, {
        let shared = shared.clone();
        move || Api(shared)
    });
    (device, shared)
}

/// A device that gives a request 500 ms.
pub fn hasty() -> HttpConfig {
    HttpConfig { request_time: Ticks::from_millis(500), ..HttpConfig::default() }
}

pub fn connect(address: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.set_write_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// All that comes until the device closes.
pub fn rest(socket: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

pub fn ask(address: SocketAddr, request: impl AsRef<[u8]>) -> String {
    let mut socket = connect(address);
    socket.write_all(request.as_ref()).unwrap();
    rest(&mut socket)
}

/// Status and body; the head's length must be the body's, and the connection must be said to close.
pub fn parts(answer: &str) -> (u16, &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head: {answer:?}"));
    assert!(head.contains("\r\nConnection: close"), "{head}");
    assert!(head.contains(&format!("\r\nContent-Length: {}", body.len())), "{head}\n{body}");
    (head[9..12].parse().unwrap(), body)
}

pub fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let answer = ask(address, format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"));
    let (status, body) = parts(&answer);
    (status, body.to_owned())
}

pub fn post(path: &str, fields: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nContent-Type: application/json\r\n{fields}\r\n{body}")
}

/// The request must be refused with this status and code, and the device must go on serving.
#[track_caller]
pub fn refused(address: SocketAddr, request: impl AsRef<[u8]>, status: u16, code: &str) {
    let shown = String::from_utf8_lossy(request.as_ref()).chars().take(200).collect::<String>();
    let answer = ask(address, request);
    let (found, body) = parts(&answer);
    assert_eq!(found, status, "{shown:?}: {body}");
    assert!(body.starts_with(&format!(r#"{{"error":"{code}","detail":""#)), "{shown:?}: {body}");
    assert_eq!(get(address, "/status").0, 200);
}
