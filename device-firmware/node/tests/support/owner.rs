//! A paired device, and clients of it: its owner, and strangers that say exactly what they are told.

// Each test file uses its part of this.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use embassy_time::Duration as Ticks;
use skylift_node::{Config, HttpConfig, StrangerConfig, TrialConfig};
use skylift_protocol::auth::{
    ACCEPT_SIGNATURE, Answer, Body, Challenge, Denied, Nonce, PairingKey, SignedRequest,
};
use skylift_protocol::{Pairing, bounded};
use skylift_provisioning::Provisioning;
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_simulator::{Device, DeviceConfig, DeviceEvent, FactoryFlash, FlashSource};
use socket2::{Domain, Socket, Type};

/// No test waits longer than this for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub const ID: &str = "esp-0042";
pub const NAME: &str = "lamp";

pub fn key(byte: u8) -> PairingKey {
    PairingKey::try_from(&[byte; 32][..]).unwrap()
}

pub fn image(version: &str) -> Vec<u8> {
    let image = DemoImage {
        version: version.into(),
        behaviour: Behaviour::Healthy,
        size: 64 << 10,
        ..DemoImage::default()
    };
    image.build().unwrap()
}

/// A device with its times for tests, which counts no stranger's requests.
pub fn config(pairing: Pairing) -> DeviceConfig {
    let provisioning = Provisioning { name: NAME.into(), pairing, ..Provisioning::default() };
    let flash = FlashSource::Factory(FactoryFlash::new(image("1.0.0"), provisioning));
    let node = Config {
        allow_loopback: true,
        trial: TrialConfig { well_for: Ticks::from_millis(50), ..TrialConfig::default() },
        http: HttpConfig {
            strangers: StrangerConfig { burst: u32::MAX, ..StrangerConfig::default() },
            ..HttpConfig::default()
        },
        ..Config::default()
    };
    DeviceConfig { node, ..DeviceConfig::new(bounded(ID), flash) }
}

pub fn paired() -> DeviceConfig {
    config(Pairing::Paired(key(7)))
}

/// A device that is paired with [`key`] 7, and what happens to it.
pub fn start(config: DeviceConfig) -> (Device, Receiver<DeviceEvent>) {
    let (events, heard) = mpsc::channel();
    let device = Device::start(DeviceConfig { events: Some(events), ..config }).unwrap();
    Client::of(&device).get("/status");
    (device, heard)
}

/// An answer, as it came.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub fields: Vec<(String, String)>,
    pub body: String,
}

impl Reply {
    pub fn of(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head: {text:?}"));
        let mut lines = head.lines();
        let status = lines.next().unwrap()[9..12].parse().unwrap();
        let fields = lines.map(|line| line.split_once(": ").unwrap());
        let fields = fields.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        Self { status, fields, body: body.to_owned() }
    }

    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub fn challenge(&self) -> Challenge {
        let field = self.field(ACCEPT_SIGNATURE).unwrap_or_else(|| panic!("no nonce: {self:?}"));
        Challenge::parse(field.as_bytes()).unwrap()
    }

    /// Whether this is the device's answer to that request.
    pub fn check(&self, request: &Signed) -> Result<(), Denied> {
        let fields = || self.fields.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let answer = Answer { status: self.status, fields, body: self.body.as_bytes() };
        request.signature.check_answer(&key(7), &answer)
    }

    /// It must be a 401 for this reason, with all that a client needs to do better.
    #[track_caller]
    pub fn is_denied(&self, why: Denied) {
        assert_eq!(self.status, 401, "{self:?}");
        assert!(self.body.starts_with(&format!(r#"{{"error":"unauthorised","detail":"{why}: "#)), "{self:?}");
        assert_eq!(self.field("www-authenticate"), Some("Signature"));
        assert_eq!(self.field("signature"), None, "strangers get nothing signed");
        assert_eq!(self.challenge().key_id, key(7).id());
    }
}

/// A request with its signature, to be sent as it is or spoiled before.
pub struct Signed {
    pub head: String,
    pub body: Vec<u8>,
    pub signature: SignedRequest,
}

impl Signed {
    /// As its bytes. An answer to HEAD has no body.
    pub fn bytes(&self) -> Vec<u8> {
        [self.head.as_bytes(), &self.body].concat()
    }

    /// With something else in its head, which must be there.
    pub fn but(mut self, what: &str, instead: &str) -> Self {
        assert!(self.head.contains(what), "{what} is not in {}", self.head);
        self.head = self.head.replacen(what, instead, 1);
        self
    }
}

/// Somebody at an address of this machine.
#[derive(Clone, Copy)]
pub struct Client {
    pub device: SocketAddr,
    pub from: IpAddr,
}

impl Client {
    pub fn of(device: &Device) -> Self {
        Self { device: device.address(), from: Ipv4Addr::LOCALHOST.into() }
    }

    /// A connection, as soon as the device listens.
    pub fn connect(&self) -> TcpStream {
        let begun = Instant::now();
        loop {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            socket.bind(&SocketAddr::new(self.from, 0).into()).unwrap();
            match socket.connect(&self.device.into()) {
                Ok(()) => {
                    socket.set_read_timeout(Some(PATIENCE)).unwrap();
                    return socket.into();
                }
                Err(error) => assert!(begun.elapsed() < PATIENCE, "{error}"),
            }
        }
    }

    /// The answer to these bytes; `None` if the device closes without one.
    pub fn try_say(&self, bytes: &[u8]) -> Option<Reply> {
        let mut socket = self.connect();
        let mut text = String::new();
        // Who is shut out may be reset at any of these.
        let _ = socket.write_all(bytes);
        let _ = socket.read_to_string(&mut text);
        (!text.is_empty()).then(|| Reply::of(&text))
    }

    /// The same, from a device that answers.
    pub fn say(&self, bytes: impl AsRef<[u8]>) -> Reply {
        self.try_say(bytes.as_ref()).unwrap()
    }

    pub fn get(&self, target: &str) -> Reply {
        self.say(format!("GET {target} HTTP/1.1\r\n\r\n"))
    }

    /// A nonce, as strangers get one.
    pub fn nonce(&self) -> Nonce {
        let begun = Instant::now();
        loop {
            // None while the device restarts.
            if let Some(reply) = self.try_say(b"GET /status HTTP/1.1\r\n\r\n") {
                return reply.challenge().nonce;
            }
            assert!(begun.elapsed() < PATIENCE);
        }
    }

    /// A request with a signature of key 7.
    pub fn signed(&self, method: &str, target: &str, body: &str) -> Signed {
        signed_with(&key(7), &self.nonce(), method, target, Body::Whole(body.as_bytes()))
    }

    /// Says it, and insists that the answer is the device's own.
    #[track_caller]
    pub fn own(&self, method: &str, target: &str, body: &str) -> Reply {
        let request = self.signed(method, target, body);
        let reply = self.say(request.bytes());
        assert_eq!(reply.check(&request), Ok(()), "{reply:?}");
        reply
    }
}

/// A request; one with an image is without its bytes.
pub fn signed_with(key: &PairingKey, nonce: &Nonce, method: &str, target: &str, body: Body<'_>) -> Signed {
    let signature = SignedRequest::new(key, nonce, method, target, body).unwrap();
    let (media, bytes, length) = match body {
        Body::Whole(bytes) => ("json", bytes.to_vec(), bytes.len() as u64),
        Body::Image(length) => ("octet-stream", Vec::new(), length),
    };
    let mut head = format!("{method} {target} HTTP/1.1\r\n");
    if method != "GET" && method != "HEAD" {
        head += &format!("Content-Type: application/{media}\r\nContent-Length: {length}\r\n");
    }
    for (name, value) in signature.fields() {
        head += &format!("{name}: {value}\r\n");
    }
    Signed { head: head + "\r\n", body: bytes, signature }
}
