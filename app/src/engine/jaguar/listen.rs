//! Listening to the broadcasts of Jaguar devices. They come five times a second from each: what is no news wakes nobody.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use skylift_protocol::Id;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;
use tokio::time::{sleep, timeout};

use super::identify::{Identity, MAX_BYTES};
use crate::engine::notice::{Notice, Notices};

/// Broadcasts that have come are read together this often. What the kernel does not keep until then is lost.
const PAUSE: Duration = Duration::from_millis(500);
/// At most so many are read at a time, whoever sends them.
const AT_A_TIME: usize = 512;
/// Senders that are kept apart; more are not heard.
const MAX_SENDERS: usize = 256;
/// A device that has not been heard for so long is asked whether it is there: it has missed 25 broadcasts.
const SILENCE: Duration = Duration::from_secs(5);
/// Who says something else is listened to this often: each time, the device is asked, and somebody may want that.
const NEWS: Duration = Duration::from_secs(2);

/// What broadcasts tell.
#[derive(Debug)]
pub(in crate::engine) enum Heard {
    /// A device is there, or there again, or says something else than before; and where it can be asked.
    Device(Box<Identity>, SocketAddr),
    /// A device is heard no more.
    Silent(Id),
    /// Nothing can be heard.
    Trouble(String),
}

/// Listens for as long as the runtime lives. Must be called within one.
pub(in crate::engine) fn listen(port: u16, notices: Notices) {
    match bind(port) {
        Ok(socket) => drop(tokio::spawn(hear(socket, notices))),
        Err(error) => {
            let trouble =
                format!("Jaguar devices are not heard: UDP port {port} cannot be listened on: {error}");
            notices.send(Notice::Jaguar(Heard::Trouble(trouble)));
        }
    }
}

/// Beside others who listen, such as Jaguar's own tool.
fn bind(port: u16) -> std::io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)).into())?;
    UdpSocket::from_std(socket.into())
}

async fn hear(socket: UdpSocket, notices: Notices) {
    let mut senders = Senders::default();
    let mut buffer = [0; MAX_BYTES + 1];
    loop {
        let first = socket.recv_from(&mut buffer);
        // Who has fallen silent is noticed although nobody else speaks.
        let mut next =
            if senders.0.is_empty() { Some(first.await) } else { timeout(SILENCE, first).await.ok() };
        for _ in 0..AT_A_TIME {
            let Some(Ok((length, from))) = next else { break };
            let bytes = buffer.get(..length).unwrap_or_default();
            if let Some(heard) = senders.take(bytes, from, Instant::now()) {
                notices.send(Notice::Jaguar(heard));
            }
            next = Some(socket.try_recv_from(&mut buffer));
        }
        senders.silent(Instant::now(), |id| notices.send(Notice::Jaguar(Heard::Silent(id))));
        sleep(PAUSE).await;
    }
}

/// Who has spoken, and what they said last.
#[derive(Default)]
struct Senders(HashMap<SocketAddr, Said>);

struct Said {
    bytes: Vec<u8>,
    /// None if it was no identity.
    id: Option<Id>,
    /// When it was last heard.
    at: Instant,
    /// When it last said something new.
    told: Instant,
}

impl Senders {
    /// Takes a broadcast; gives what is new in it. What was said before is not even read again.
    fn take(&mut self, bytes: &[u8], from: SocketAddr, now: Instant) -> Option<Heard> {
        if bytes.len() > MAX_BYTES {
            return None;
        }
        if let Some(said) = self.0.get_mut(&from) {
            said.at = now;
            if said.bytes == bytes || now.saturating_duration_since(said.told) < NEWS {
                return None;
            }
        } else if self.0.len() >= MAX_SENDERS {
            return None;
        }
        let identity = Identity::read(bytes).ok();
        let id = identity.as_ref().map(|identity| identity.id.clone());
        self.0.insert(from, Said { bytes: bytes.to_vec(), id, at: now, told: now });
        // Where it says that it is, it may not be: its word goes for the port only.
        identity.map(|identity| {
            let at = SocketAddr::new(from.ip(), identity.port);
            Heard::Device(Box::new(identity), at)
        })
    }

    /// Drops those who are silent, and tells of the devices among them.
    fn silent(&mut self, now: Instant, tell: impl FnMut(Id)) {
        let gone = self.0.extract_if(|_, said| now.saturating_duration_since(said.at) >= SILENCE);
        gone.filter_map(|(_, said)| said.id).for_each(tell);
    }
}

#[cfg(test)]
mod tests;
