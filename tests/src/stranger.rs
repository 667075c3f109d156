//! Somebody on the network who says to a device exactly what they are told, from an address of their own.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use skylift_protocol::auth::{Challenge, PairingKey};
use socket2::{Domain, Socket, Type};

use crate::forge::{Draft, Request};
use crate::wait::{PATIENCE, until};

/// An answer, as it came.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The fields of its head, their names in small letters.
    pub fields: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

impl Reply {
    /// Reads an answer; `None` if it is none, or not whole.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let fields = lines.map(|line| line.split_once(": "));
        let fields =
            fields.map(|field| field.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())));
        let reply = Self { status, fields: fields.collect::<Option<_>>()?, body: body.to_owned() };
        (reply.field("content-length")? == reply.body.len().to_string()).then_some(reply)
    }

    /// The value of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The nonce that came with it.
    #[must_use]
    pub fn nonce(&self) -> String {
        let field = self.field("accept-signature").unwrap_or_else(|| panic!("no nonce: {self:?}"));
        Challenge::parse(field.as_bytes()).unwrap().nonce.as_str().to_owned()
    }

    /// Insists that it is a 401 for this reason, and signed by nobody.
    #[track_caller]
    pub fn is_denied(&self, why: &str, case: &str) {
        let told = format!(r#"{{"error":"unauthorised","detail":"{why}: "#);
        assert!(self.status == 401 && self.body.starts_with(&told), "{case}: not {why} but {self:?}");
        assert_eq!(self.field("signature"), None, "{case}: strangers get nothing signed");
    }
}

/// Somebody at an address of this machine.
#[derive(Clone, Copy)]
pub struct Stranger {
    /// The device that is spoken to.
    pub device: SocketAddr,
    /// The address that is spoken from.
    pub from: Ipv4Addr,
}

impl Stranger {
    /// Somebody at the address of the owner, 127.0.0.1.
    #[must_use]
    pub fn at_home(device: SocketAddr) -> Self {
        Self { device, from: Ipv4Addr::LOCALHOST }
    }

    /// Somebody at another address. Only Linux has more than one on the loopback interface.
    #[must_use]
    pub fn elsewhere(device: SocketAddr, last: u8) -> Self {
        Self { device, from: Ipv4Addr::new(127, 0, 0, last) }
    }

    /// A connection; `None` while the device takes none.
    #[must_use]
    pub fn try_connect(&self, patience: Duration) -> Option<TcpStream> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::new(IpAddr::V4(self.from), 0).into()).ok()?;
        socket.connect_timeout(&self.device.into(), patience).ok()?;
        socket.set_read_timeout(Some(patience)).unwrap();
        Some(socket.into())
    }

    /// The answer to these bytes; `None` if the device closes without one.
    #[must_use]
    pub fn try_say(&self, bytes: &[u8], patience: Duration) -> Option<Reply> {
        let mut stream = self.try_connect(patience)?;
        let mut answer = Vec::new();
        // Who is shut out may be reset at any of these.
        let _ = stream.write_all(bytes);
        let _ = stream.read_to_end(&mut answer);
        Reply::of(&answer)
    }

    /// The answer to these bytes, which must come. A device that restarts takes no connections for a moment.
    #[must_use]
    #[track_caller]
    pub fn say(&self, bytes: impl AsRef<[u8]>) -> Reply {
        let stream = until("the device listens", || self.try_connect(PATIENCE));
        let mut answer = Vec::new();
        (&stream).write_all(bytes.as_ref()).unwrap();
        (&stream).read_to_end(&mut answer).unwrap();
        let reply = Reply::of(&answer);
        reply.unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(&answer)))
    }

    /// A nonce, as strangers get one.
    #[must_use]
    pub fn nonce(&self) -> String {
        self.say("GET /status HTTP/1.1\r\n\r\n").nonce()
    }

    /// What the owner would say, with a new nonce.
    #[must_use]
    pub fn draft(&self, key: &PairingKey, method: &'static str, path: &str, body: &str) -> Draft {
        Draft::new(key, &self.nonce(), method, path, body)
    }

    /// Says what the owner says, and insists that the device took it for that, and signed its answer.
    #[track_caller]
    pub fn own(&self, key: &PairingKey, method: &'static str, path: &str, body: &str) -> Reply {
        let request = self.draft(key, method, path, body).sign();
        self.owned(&request, key)
    }

    /// The same, of a request that is signed already.
    #[track_caller]
    pub fn owned(&self, request: &Request, key: &PairingKey) -> Reply {
        let reply = self.say(request.bytes());
        assert!(request.is_answered_by(&reply, key), "not the device's answer: {reply:?}");
        reply
    }

    /// Waits until a full status, which the device signed, fulfils a condition.
    pub fn await_status(
        &self,
        key: &PairingKey,
        what: &str,
        wanted: impl Fn(&serde_json::Value) -> bool,
    ) -> serde_json::Value {
        until(what, || {
            // It may be restarting, and a nonce of before that is of no use after it.
            let asked = self.try_say(b"GET /status HTTP/1.1\r\n\r\n", PATIENCE)?;
            let request = Draft::new(key, &asked.nonce(), "GET", "/status", "").sign();
            let reply = self.try_say(&request.bytes(), PATIENCE).filter(|reply| reply.status == 200)?;
            assert!(request.is_answered_by(&reply, key), "not the device's answer: {reply:?}");
            let status = serde_json::from_str(&reply.body).unwrap();
            wanted(&status).then_some(status)
        })
    }
}
