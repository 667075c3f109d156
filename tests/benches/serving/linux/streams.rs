//! Clients as fast as they can be: one after the other, or several side by side.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread::scope;
use std::time::{Duration, Instant};

use bytes::Bytes;

/// What the request says.
pub const REQUEST: &[u8] = b"GET /ota.bin HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n";

/// Fetches `times` times, with a connection each, and gives the time of each.
pub fn one_by_one(address: SocketAddr, image: &Bytes, times: usize) -> Vec<Duration> {
    let mut buffer = Vec::with_capacity(image.len() + 4096);
    (0..times)
        .map(|_| {
            let begun = Instant::now();
            fetch(address, &mut buffer);
            let took = begun.elapsed();
            // Outside of the time: it is the same work for everyone.
            assert!(buffer.ends_with(image), "the server sent something else");
            took
        })
        .collect()
}

/// Fetches `times` times in each of `clients` threads at once; the time of all together.
pub fn side_by_side(address: SocketAddr, image: &Bytes, clients: usize, times: usize) -> Duration {
    let begun = Instant::now();
    scope(|scope| {
        for _ in 0..clients {
            scope.spawn(|| one_by_one(address, image, times));
        }
    });
    begun.elapsed()
}

fn fetch(address: SocketAddr, buffer: &mut Vec<u8>) {
    buffer.clear();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(REQUEST).unwrap();
    stream.read_to_end(buffer).unwrap();
}
