//! The mDNS responder beside a querier of another make (mdns-sd), on loopback.
//!
//! Where loopback has no multicast the tests say `SKIPPED`; with `SKYLIFT_REQUIRE_ALL=1` they fail instead.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

#[path = "support/random.rs"]
mod random;

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use critical_section as _;
use edge_nal::UdpBind;
use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::Duration as Ticks;
use mdns_sd::{IfKind, ResolvedService, ServiceDaemon, ServiceEvent};
use random::Random;
use skylift_node::mdns::{Announcement, Announcer, Buffers, run};
use skylift_protocol::{Chip, ValidationState, bounded};
use skylift_simulator::multicast::Multicast;

const PATIENCE: Duration = Duration::from_secs(20);
const GROUP: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(224, 0, 0, 251)), 5353);

/// Whether a datagram to the group comes back on loopback.
fn multicast_works() -> Result<(), String> {
    let said = |error: std::io::Error| error.to_string();
    let listener = listener().map_err(said)?;
    listener.set_read_timeout(Some(Duration::from_secs(1))).map_err(said)?;
    // No mDNS message: other listeners drop it.
    let marker = format!("skylift {}", std::process::id());
    sender().send_to(marker.as_bytes(), GROUP).map_err(said)?;
    let (begun, mut packet) = (Instant::now(), [0; 2000]);
    while begun.elapsed() < Duration::from_secs(2) {
        let len = listener.recv(&mut packet).map_err(said)?;
        if &packet[..len] == marker.as_bytes() {
            return Ok(());
        }
    }
    Err("nothing came back".into())
}

/// A socket that hears the group on loopback.
fn listener() -> std::io::Result<UdpSocket> {
    let socket =
        async_io::block_on(Multicast(Ipv4Addr::LOCALHOST).bind((Ipv4Addr::UNSPECIFIED, 5353).into()))?;
    let socket: UdpSocket = socket.release().into_inner()?;
    socket.join_multicast_v4(&Ipv4Addr::new(224, 0, 0, 251), &Ipv4Addr::LOCALHOST)?;
    socket.set_nonblocking(false)?;
    Ok(socket)
}

/// A socket that sends on loopback, from port 5353 as mDNS peers do.
fn sender() -> UdpSocket {
    let socket =
        async_io::block_on(Multicast(Ipv4Addr::LOCALHOST).bind((Ipv4Addr::UNSPECIFIED, 5353).into()));
    socket.unwrap().release().into_inner().unwrap()
}

/// Whether the tests can run here.
fn possible() -> bool {
    let Err(why) = multicast_works() else { return true };
    assert!(std::env::var_os("SKYLIFT_REQUIRE_ALL").is_none(), "no multicast on loopback: {why}");
    println!("SKIPPED: no multicast on loopback: {why}");
    false
}

/// A responder on its own thread.
struct Device {
    announcer: Arc<Announcer<CriticalSectionRawMutex>>,
    stop: Arc<Signal<CriticalSectionRawMutex, ()>>,
    thread: Option<JoinHandle<()>>,
}

impl Device {
    fn start(stack: impl UdpBind + Send + 'static, id: &str) -> Self {
        let announcer = Arc::new(Announcer::new(Announcement {
            id: bounded(id),
            name: bounded("Küche = warm"),
            chip: Chip::Esp32C3,
            version: bounded("1.2.3"),
            state: ValidationState::Valid,
            address: Ipv4Addr::LOCALHOST,
            port: 8123,
        }));
        let stop = Arc::new(Signal::new());
        let thread = thread::spawn({
            let (announcer, stop) = (announcer.clone(), stop.clone());
            move || {
                let (buffers, mut rng, pause) = (Buffers::new(), Random(3), Ticks::from_millis(50));
                let running = run(&stack, Ipv4Addr::LOCALHOST, &announcer, &buffers, &mut rng, pause);
                match async_io::block_on(select(running, stop.wait())) {
                    Either::First(never) => match never {},
                    Either::Second(()) => {}
                }
            }
        });
        Self { announcer, stop, thread: Some(thread) }
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        self.stop.signal(());
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || thread::panicking(), "the device panicked");
    }
}

/// mdns-sd on loopback.
struct Querier {
    daemon: ServiceDaemon,
    events: mdns_sd::Receiver<ServiceEvent>,
}

impl Querier {
    fn start() -> Self {
        let daemon = ServiceDaemon::new().unwrap();
        daemon.disable_interface(IfKind::All).unwrap();
        daemon.enable_interface(IfKind::LoopbackV4).unwrap();
        let events = daemon.browse("_skylift._tcp.local.").unwrap();
        Self { daemon, events }
    }

    /// Waits until a service is resolved that looks right.
    fn wait_for(&self, right: impl Fn(&ResolvedService) -> bool) -> Box<ResolvedService> {
        let begun = Instant::now();
        loop {
            let left = PATIENCE.checked_sub(begun.elapsed()).expect("it was not resolved in time");
            if let ServiceEvent::ServiceResolved(found) =
                self.events.recv_timeout(left).expect("resolved in time")
                && right(&found)
            {
                return found;
            }
        }
    }
}

impl Drop for Querier {
    fn drop(&mut self) {
        let _ = self.daemon.shutdown();
    }
}

/// An id of this run's own: others may be on loopback as well.
fn id(what: &str) -> String {
    format!("sky-{what}-{}", std::process::id())
}

fn is(found: &ResolvedService, id: &str) -> bool {
    found.get_fullname() == format!("{id}._skylift._tcp.local.")
}

#[test]
fn another_make_resolves_it_and_sees_changes() {
    if !possible() {
        return;
    }
    let id = id("a");
    let device = Device::start(Multicast(Ipv4Addr::LOCALHOST), &id);
    let querier = Querier::start();
    let found = querier.wait_for(|found| is(found, &id));
    assert_eq!(found.get_port(), 8123);
    assert_eq!(found.get_hostname(), format!("{id}.local."));
    assert!(found.get_addresses_v4().contains(&Ipv4Addr::LOCALHOST), "{:?}", found.get_addresses());
    for (key, value) in [
        ("id", id.as_str()),
        ("name", "Küche = warm"),
        ("chip", "esp32c3"),
        ("ver", "1.2.3"),
        ("proto", "1"),
        ("state", "valid"),
    ] {
        assert_eq!(found.get_property_val_str(key), Some(value), "{key}");
    }
    for (version, state) in [("1.3.0", ValidationState::Pending), ("1.3.0", ValidationState::Valid)] {
        device.announcer.update(|shown| {
            shown.version = bounded(version);
            shown.state = state;
        });
        querier.wait_for(|found| {
            is(found, &id)
                && found.get_property_val_str("ver") == Some(version)
                && found.get_property_val_str("state") == Some(state.as_str())
        });
    }
}

#[test]
fn changes_are_said_twice() {
    if !possible() {
        return;
    }
    let id = id("t");
    let listener = listener().unwrap();
    listener.set_read_timeout(Some(PATIENCE)).unwrap();
    let device = Device::start(Multicast(Ipv4Addr::LOCALHOST), &id);
    for version in ["1.2.3", "2.0.0", "2.1.0"] {
        device.announcer.update(|shown| shown.version = bounded(version));
        let (mut times, mut packet) = (0, [0; 2000]);
        while times < 2 {
            let len = listener.recv(&mut packet).unwrap();
            let has = |text: &str| packet[..len].windows(text.len()).any(|window| window == text.as_bytes());
            times += usize::from(has(&id) && has(&format!("ver={version}")));
        }
    }
}

#[test]
fn three_beside_each_other() {
    if !possible() {
        return;
    }
    let ids = ["x", "y", "z"].map(id);
    let _devices = ids.each_ref().map(|id| Device::start(Multicast(Ipv4Addr::LOCALHOST), id));
    let querier = Querier::start();
    let mut missing = ids.to_vec();
    while !missing.is_empty() {
        let found = querier.wait_for(|found| missing.iter().any(|id| is(found, id)));
        missing.retain(|id| !is(&found, id));
    }
}

#[test]
fn hostile_queries_end_nothing() {
    if !possible() {
        return;
    }
    let id = id("h");
    let _device = Device::start(Multicast(Ipv4Addr::LOCALHOST), &id);
    let querier = Querier::start();
    querier.wait_for(|found| is(found, &id));
    drop(querier);

    let sender = sender();
    let mut many = vec![0, 0, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0];
    many.extend(b"\x08_skylift\x04_tcp\x05local\x00\x00\x0c\x00\x01".repeat(40));
    let mut endless = vec![0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    endless.extend([0xc0, 12, 0, 12, 0, 1]);
    let mut rng = Random(5);
    for round in 0..50 {
        for packet in [&many[..], &endless, &many[..13], &[0; 12], &[0xff; 600], &[]] {
            sender.send_to(packet, GROUP).unwrap();
        }
        let mut noise = many.clone();
        noise.truncate(12 + round * 10);
        for _ in 0..8 {
            let at = rng_below(&mut rng, noise.len());
            noise[at] = rng_below(&mut rng, 256) as u8;
        }
        sender.send_to(&noise, GROUP).unwrap();
    }
    Querier::start().wait_for(|found| is(found, &id));
}

fn rng_below(rng: &mut Random, limit: usize) -> usize {
    let Ok::<_, Infallible>(number) = rand_core::TryRng::try_next_u32(rng);
    number as usize % limit
}

/// A stack that is not up yet, at first.
struct Late(std::cell::Cell<u32>);

impl UdpBind for Late {
    type Error = std::io::Error;
    type Socket<'a> = edge_nal_std::UdpSocket;

    async fn bind(&self, local: SocketAddr) -> Result<edge_nal_std::UdpSocket, std::io::Error> {
        if self.0.get() > 0 {
            self.0.set(self.0.get() - 1);
            return Err(std::io::ErrorKind::AddrNotAvailable.into());
        }
        Multicast(Ipv4Addr::LOCALHOST).bind(local).await
    }
}

#[test]
fn a_network_that_comes_late_is_waited_for() {
    if !possible() {
        return;
    }
    let id = id("l");
    let _device = Device::start(Late(3.into()), &id);
    Querier::start().wait_for(|found| is(found, &id));
}
