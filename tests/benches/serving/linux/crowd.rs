//! A thousand devices that restart at the same moment and fetch at the speed of a weak WiFi; and some that are dead.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep_until, timeout};

use super::streams::REQUEST;

/// Bytes of received data that a chip has room for.
const RECEIVE_BUFFER: usize = 8 * 1024;
/// Bytes in a segment on WiFi; the loopback interface alone would send them by 64 KiB.
const SEGMENT: u32 = 1436;
/// Bytes read at once.
const PIECE: usize = 4 * 1024;

/// What a client saw.
#[derive(Clone, Copy, Debug)]
pub struct Fetched {
    /// From the common start to the first byte of the answer.
    pub first_byte: Duration,
    /// From the common start to the last byte.
    pub finish: Duration,
}

/// What a crowd came to.
pub struct Crowd {
    /// Those who have every byte as it should be.
    pub exact: Vec<Fetched>,
    /// Bytes of images that arrived, at all clients.
    pub bytes: u64,
}

/// The image and how it is fetched.
#[derive(Clone)]
pub struct Errand {
    pub address: SocketAddr,
    pub image: Bytes,
    /// Bytes a second.
    pub rate: u32,
}

impl Errand {
    /// The time that nobody can undercut.
    pub fn ideal(&self) -> Duration {
        Duration::from_secs_f64(self.image.len() as f64 / f64::from(self.rate))
    }

    /// Fetches with so many clients at once; those who are not done after `patience` are given up.
    pub fn crowd(&self, clients: usize, dead: usize, patience: Duration) -> Crowd {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let _dead = dead_clients(self.address, dead).await;
            let bytes = Arc::new(AtomicU64::new(0));
            let begun = Instant::now();
            let mut running = JoinSet::new();
            for _ in 0..clients {
                let (errand, bytes) = (self.clone(), Arc::clone(&bytes));
                running.spawn(async move {
                    let (stream, _) = small_socket()?.connect_to(errand.address).await?;
                    timeout(patience, errand.fetch(stream, begun, &bytes)).await?
                });
            }
            let exact = running.join_all().await.into_iter().filter_map(Result::ok).collect();
            Crowd { exact, bytes: bytes.load(Ordering::Relaxed) }
        })
    }

    /// Fetches over a connection, and adds what arrives to `received`. An answer with other bytes is an error.
    pub async fn fetch(
        &self,
        mut stream: TcpStream,
        begun: Instant,
        received: &AtomicU64,
    ) -> io::Result<Fetched> {
        stream.write_all(REQUEST).await?;
        let mut buffer = vec![0; PIECE];
        let mut held = 0;
        let head = loop {
            let read = stream.read(&mut buffer[held..]).await?;
            held += read;
            if let Some(at) = buffer[..held].windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break at + 4;
            }
            if read == 0 || held == PIECE {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        let first = Instant::now();
        let mut rest = &self.image[..];
        buffer.copy_within(head..held, 0);
        held -= head;
        loop {
            let Some(next) = rest.strip_prefix(&buffer[..held]) else {
                return Err(io::ErrorKind::InvalidData.into());
            };
            rest = next;
            received.fetch_add(held as u64, Ordering::Relaxed);
            if rest.is_empty() {
                return Ok(Fetched { first_byte: first - begun, finish: begun.elapsed() });
            }
            let done = (self.image.len() - rest.len()) as f64;
            let due = first + Duration::from_secs_f64(done / f64::from(self.rate));
            sleep_until(due.into()).await;
            held = stream.read(&mut buffer).await?;
            if held == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// A socket with as little room as a chip has.
pub fn small_socket() -> io::Result<SmallSocket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    socket.set_tcp_mss(SEGMENT)?;
    socket.set_nonblocking(true)?;
    Ok(SmallSocket(TcpSocket::from_std_stream(socket.into())))
}

/// Not connected yet.
pub struct SmallSocket(TcpSocket);

impl SmallSocket {
    /// The connection, and the port by which the server knows it.
    pub async fn connect_to(self, address: SocketAddr) -> io::Result<(TcpStream, u16)> {
        let stream = self.0.connect(address).await?;
        let port = stream.local_addr()?.port();
        Ok((stream, port))
    }
}

/// Half of them never read the answer, half never end their request.
async fn dead_clients(address: SocketAddr, count: usize) -> Vec<TcpStream> {
    let mut dead = Vec::new();
    for number in 0..count {
        let (mut stream, _) = small_socket().unwrap().connect_to(address).await.unwrap();
        let request = if number % 2 == 0 { REQUEST } else { &REQUEST[..REQUEST.len() - 2] };
        stream.write_all(request).await.unwrap();
        dead.push(stream);
    }
    dead
}
