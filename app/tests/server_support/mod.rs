//! What the tests of the file server share: a server on a free port, and a client that sends exactly what it is told.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use skylift::server::{FileServer, ServedImage, ServerConfig, Transfer, TransferSnapshot};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;

/// A configuration for tests: the loopback interface, any free port, and so much patience with clients that a
/// connection that closes does it for the reason tested.
pub fn config() -> ServerConfig {
    let patience = Duration::from_secs(600);
    ServerConfig {
        address: Ipv4Addr::LOCALHOST.into(),
        port: 0,
        header_read_timeout: patience,
        stalled_write_timeout: patience,
        ..ServerConfig::default()
    }
}

pub async fn start() -> FileServer {
    start_with(config()).await
}

pub async fn start_with(config: ServerConfig) -> FileServer {
    FileServer::start(config).await.expect("the server starts")
}

/// An image whose bytes look random and are the same in each run.
pub fn image(length: usize) -> ServedImage {
    ServedImage::new(noise(length, length as u64))
}

pub fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// Says where two long texts of bytes part, instead of printing them.
#[track_caller]
pub fn assert_bytes(found: &[u8], expected: &[u8]) {
    assert_eq!(found.len(), expected.len(), "as many bytes");
    assert_eq!(found.iter().zip(expected).position(|(found, expected)| found != expected), None);
}

/// Fails the test when something that should happen does not, instead of hanging.
pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), what).await.expect("it happens within 30 s")
}

/// Waits until the log fulfils a condition.
pub async fn until(
    log: &mut watch::Receiver<Arc<TransferSnapshot>>,
    condition: impl Fn(&[Transfer]) -> bool,
) -> Vec<Transfer> {
    let snapshot = soon(log.wait_for(|snapshot| condition(&snapshot.transfers))).await;
    snapshot.expect("the log lives").transfers.clone()
}

/// An answer as it came.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub fn length(&self) -> Option<usize> {
        self.header("content-length").map(|length| length.parse().expect("a number"))
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }
}

/// One connection, and the bytes that came on it and have not been read yet.
pub struct Client {
    pub stream: TcpStream,
    pending: Vec<u8>,
}

impl Client {
    pub async fn connect(server: &FileServer) -> Self {
        Self::connect_to(server.local_addr()).await
    }

    pub async fn connect_to(address: SocketAddr) -> Self {
        Self { stream: soon(TcpStream::connect(address)).await.expect("a connection"), pending: Vec::new() }
    }

    /// A client at another address of this machine; only Linux has more than one on the loopback interface.
    pub async fn connect_from(server: &FileServer, last: u8) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind((Ipv4Addr::new(127, 0, 0, last), 0).into()).expect("an address");
        let stream = soon(socket.connect(server.local_addr())).await.expect("a connection");
        Self { stream, pending: Vec::new() }
    }

    /// A client with as little room for received bytes as a chip has.
    pub async fn connect_small(server: &FileServer) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(8 * 1024).expect("a small buffer");
        let stream = soon(socket.connect(server.local_addr())).await.expect("a connection");
        Self { stream, pending: Vec::new() }
    }

    pub async fn send(&mut self, text: &str) {
        soon(self.stream.write_all(text.as_bytes())).await.expect("the request leaves");
    }

    pub async fn get(&mut self, path: &str, headers: &str) -> Reply {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: test\r\n{headers}\r\n")).await;
        self.reply().await
    }

    pub async fn head(&mut self, path: &str, headers: &str) -> Reply {
        self.send(&format!("HEAD {path} HTTP/1.1\r\nHost: test\r\n{headers}\r\n")).await;
        self.reply_without_body().await
    }

    /// Reads an answer with as many bytes of body as it announces.
    pub async fn reply(&mut self) -> Reply {
        let mut reply = self.reply_without_body().await;
        reply.body = self.take(reply.length().unwrap_or(0)).await;
        reply
    }

    pub async fn reply_without_body(&mut self) -> Reply {
        let end = loop {
            if let Some(at) = self.pending.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(self.read_more().await > 0, "the connection was closed without an answer");
        };
        let head = String::from_utf8(self.pending.drain(..end).collect()).expect("headers in ASCII");
        let status = head.split(' ').nth(1).expect("a status").parse().expect("a number");
        Reply { status, head, body: Vec::new() }
    }

    /// Exactly so many bytes.
    pub async fn take(&mut self, count: usize) -> Vec<u8> {
        while self.pending.len() < count {
            assert!(self.read_more().await > 0, "closed after {} of {count} bytes", self.pending.len());
        }
        self.pending.drain(..count).collect()
    }

    /// Everything until the connection ends, in whatever way.
    pub async fn rest(&mut self) -> Vec<u8> {
        while self.read_more().await > 0 {}
        std::mem::take(&mut self.pending)
    }

    /// 0 when the connection has ended.
    async fn read_more(&mut self) -> usize {
        let mut chunk = [0; 16 * 1024];
        let count = soon(self.stream.read(&mut chunk)).await.unwrap_or(0);
        self.pending.extend_from_slice(&chunk[..count]);
        count
    }
}

/// One GET on a connection of its own.
pub async fn get(server: &FileServer, path: &str, headers: &str) -> Reply {
    Client::connect(server).await.get(path, headers).await
}
