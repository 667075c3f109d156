//! What stands between a device and this computer, and does not do what it should: a portal, a proxy, a bad link.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;

/// What it does with the request for the image. It passes on the device's proof that it reaches this computer.
#[derive(Clone)]
pub enum Tamper {
    /// Is gone by then.
    Gone,
    /// Answers with these bytes in its place, and closes the connection.
    Answers(Vec<u8>),
    /// Answers with these bytes, and says nothing more.
    StandsStill(Vec<u8>),
}

/// Starts one in front of a file server; gives the address for devices. It ends with the test's process.
pub fn start(server: SocketAddr, tamper: Tamper) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let head = head_of(&mut stream);
            if head.starts_with("GET /probe/") {
                pass_on(&head, server, &mut stream);
                if matches!(tamper, Tamper::Gone) {
                    return;
                }
                continue;
            }
            if let Tamper::Answers(bytes) | Tamper::StandsStill(bytes) = &tamper {
                // The device may have heard enough.
                stream.write_all(bytes).ok();
            }
            if matches!(tamper, Tamper::StandsStill(_)) {
                held.push(stream);
            }
        }
    });
    address
}

/// An answer with this body, and its true length.
pub fn serving(body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

fn head_of(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.extend(byte);
    }
    String::from_utf8_lossy(&head).into_owned()
}

fn pass_on(head: &str, server: SocketAddr, device: &mut TcpStream) {
    let mut server = TcpStream::connect(server).unwrap();
    server.write_all(head.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).ok();
    device.write_all(&answer).ok();
}
