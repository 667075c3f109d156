//! A host that serves as it is told, connection by connection, written by hand so that it can misbehave.

// Each test file uses its part of this.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What a host does with one connection, once it has read the request's head.
pub type Script = Box<dyn FnOnce(&mut Peer) + Send>;

/// One connection of a host.
pub struct Peer {
    pub socket: TcpStream,
    /// The request's head.
    pub request: String,
    /// Whether the connection is to end by a RST.
    pub reset: bool,
}

impl Peer {
    /// Sends; a device that has gone away is no error.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.socket.write_all(bytes.as_ref()).is_ok()
    }

    /// Sends a head with this status line and these fields.
    pub fn head(&mut self, status: &str, fields: &str) {
        self.send(format!("HTTP/1.1 {status}\r\n{fields}\r\n"));
    }

    /// Waits until the device closes or resets the connection.
    pub fn wait_for_end(&mut self) {
        let mut scrap = [0; 1024];
        while matches!(self.socket.read(&mut scrap), Ok(1..)) {}
    }
}

/// A host; when its scripts are used up it refuses connections.
pub struct Host {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Host {
    /// Serves one connection after the other, each by one script.
    pub fn start(scripts: Vec<Script>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        let thread = thread::spawn(move || {
            for script in scripts {
                let (mut socket, _) = listener.accept().unwrap();
                socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                socket.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
                let request = read_head(&mut socket);
                seen.lock().unwrap().push(request.clone());
                let mut peer = Peer { socket, request, reset: false };
                script(&mut peer);
                if peer.reset {
                    socket2::SockRef::from(&peer.socket).set_linger(Some(Duration::ZERO)).unwrap();
                } else {
                    let _ = peer.socket.shutdown(Shutdown::Write);
                    peer.wait_for_end();
                }
            }
        });
        Self { address, requests, thread: Some(thread) }
    }

    /// The heads of all requests, once every script has run.
    pub fn requests(mut self) -> Vec<String> {
        self.thread.take().unwrap().join().unwrap();
        self.requests.lock().unwrap().clone()
    }
}

/// An address where nobody listens, nor will while the socket lives.
pub fn nobody() -> (socket2::Socket, SocketAddr) {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, address)
}

fn read_head(socket: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && socket.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}
