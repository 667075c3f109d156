//! Searching again: a device whose announcement nobody heard is found at once, not when the next question is due.

use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use skylift::engine::{Command, Discovery, EngineConfig};
use socket2::{Domain, Protocol, Socket, Type};

use crate::support::*;

const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
const SERVICE: &str = "_skylift._tcp.local";
/// Questions after which the next one is 8 s away: they come after 0, 1, 3 and 7 s.
const BACKED_OFF: usize = 4;

/// A responder that never announces anything: it answers questions, once it is on.
struct Shy {
    shared: Arc<Shared>,
    port: u16,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    on: AtomicBool,
    stopped: AtomicBool,
    questions: AtomicUsize,
    last: Mutex<Option<Instant>>,
}

impl Shy {
    fn start(id: &'static str, device: u16) -> Self {
        let socket = socket(0);
        let port = socket.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let thread = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || respond(&socket, port, &shared, &answer(id, device))
        });
        Self { shared, port, thread: Some(thread) }
    }

    async fn asked(&self, times: usize) {
        let asked = async {
            while self.shared.questions.load(Ordering::SeqCst) < times {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        soon(asked).await;
    }

    /// When the last question came.
    fn last(&self) -> Instant {
        self.shared.last.lock().unwrap().unwrap()
    }
}

impl Drop for Shy {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// A socket that hears the group on loopback, beside the engine's.
fn socket(port: u16) -> UdpSocket {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP)).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.set_reuse_port(true).unwrap();
    // Each question goes out on every interface: one of them counts.
    #[cfg(target_os = "linux")]
    socket.set_multicast_all_v4(false).unwrap();
    socket.set_multicast_if_v4(&Ipv4Addr::LOCALHOST).unwrap();
    socket.bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port).into()).unwrap();
    socket.join_multicast_v4(&GROUP, &Ipv4Addr::LOCALHOST).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    socket.into()
}

fn respond(socket: &UdpSocket, port: u16, shared: &Shared, answer: &[u8]) {
    let mut packet = [0; 9000];
    while !shared.stopped.load(Ordering::SeqCst) {
        let Ok(len) = socket.recv(&mut packet) else { continue };
        if !asks_for_the_service(&packet[..len]) {
            continue;
        }
        *shared.last.lock().unwrap() = Some(Instant::now());
        shared.questions.fetch_add(1, Ordering::SeqCst);
        if shared.on.load(Ordering::SeqCst) {
            socket.send_to(answer, SocketAddrV4::new(GROUP, port)).unwrap();
        }
    }
}

/// A query (RFC 1035, 4.1.1) whose first question is for our service.
fn asks_for_the_service(packet: &[u8]) -> bool {
    packet.len() > 12 && packet[2] & 0x80 == 0 && packet[12..].starts_with(&name(SERVICE))
}

/// The records of a device on loopback: PTR, SRV, TXT and A.
fn answer(id: &str, port: u16) -> Vec<u8> {
    let (instance, host) = (name(&format!("{id}.{SERVICE}")), name(&format!("{id}.local")));
    let txt = [format!("id={id}"), "name=lamp".to_owned(), "chip=esp32c3".to_owned(), "ver=1.0.0".to_owned()];
    let txt: Vec<u8> = txt.iter().flat_map(|pair| [&[pair.len() as u8], pair.as_bytes()].concat()).collect();
    let srv = [&[0, 0, 0, 0], &port.to_be_bytes()[..], &host].concat();
    let mut packet = vec![0, 0, 0x84, 0, 0, 0, 0, 4, 0, 0, 0, 0];
    packet.extend(record(&name(SERVICE), 12, 1, &instance));
    packet.extend(record(&instance, 33, 0x8001, &srv));
    packet.extend(record(&instance, 16, 0x8001, &txt));
    packet.extend(record(&host, 1, 0x8001, &Ipv4Addr::LOCALHOST.octets()));
    packet
}

fn name(text: &str) -> Vec<u8> {
    let labels = text.split('.').flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat());
    labels.chain([0]).collect()
}

fn record(name: &[u8], kind: u16, class: u16, data: &[u8]) -> Vec<u8> {
    let (ttl, len) = (120_u32.to_be_bytes(), (data.len() as u16).to_be_bytes());
    [name, &kind.to_be_bytes(), &class.to_be_bytes(), &ttl, &len, data].concat()
}

#[tokio::test]
async fn searching_again_finds_at_once_what_came_up_unheard() {
    let lamp = FakeDevice::start_as("sky-01", "lamp", Script::default()).await;
    let shy = Shy::start("sky-01", lamp.address().port());
    let discovery = Discovery::Mdns { port: shy.port };
    let engine = engine_with(EngineConfig { discovery, ..config() });
    shy.asked(BACKED_OFF - 1).await;
    let before = shy.last();
    shy.asked(BACKED_OFF).await;
    let backed_off = shy.last();
    assert!(backed_off - before > Duration::from_secs(3), "it does not back off any more");
    shy.shared.on.store(true, Ordering::SeqCst);
    assert!(engine.snapshot().devices.is_empty());

    engine.send(Command::SearchAgain);
    shy.asked(BACKED_OFF + 1).await;
    let asked_after = shy.last() - backed_off;
    assert!(asked_after < Duration::from_secs(6), "asked after {asked_after:?}, which was due by itself");
    let mut snapshots = engine.snapshots();
    soon(snapshots.wait_for(|seen| seen.device("sky-01").is_some())).await.expect("the engine runs");
    stop(engine).await;
}
