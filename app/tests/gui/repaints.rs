//! The window is drawn when something has changed, and otherwise not.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use egui::{Key, Modifiers};
use skylift::engine::Presence;
use skylift::gui::Page;
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use socket2::{Domain, Socket, Type};

use crate::desk::{Desk, WIDE};
use crate::world::{World, demo};

#[test]
fn an_idle_window_is_not_drawn_in_ten_seconds() {
    for page in [Page::Devices, Page::Settings] {
        let mut desk = Desk::open(World::empty(), WIDE);
        desk.go(page);
        desk.settle();
        // What was under way at the start: the route, the library, the settings.
        desk.until("rest", |desk| (desk.pictures_within(Duration::from_secs(1)) == 0).then_some(()));
        assert_eq!(desk.pictures_within(Duration::from_secs(10)), 0, "{}", page.name());
    }
}

#[test]
fn answers_that_bring_nothing_new_do_not_draw_it() {
    let mut world = World::empty();
    let devices = ["attic", "door", "porch"].map(|name| world.device(name));
    // Each is asked fifty times while the window is watched.
    world.config.timing.idle_poll = Duration::from_millis(200);
    let mut desk = Desk::open(world, WIDE);
    desk.until("all of them", |desk| (online(desk) == devices.len()).then_some(()));
    for page in ["the table", "details beside it"] {
        desk.settle();
        // The log of the open one is still to come.
        desk.until("rest", |desk| (desk.pictures_within(Duration::from_secs(1)) == 0).then_some(()));
        assert_eq!(desk.pictures_within(Duration::from_secs(10)), 0, "{page}");
        desk.key(Modifiers::NONE, Key::ArrowDown);
        desk.key(Modifiers::NONE, Key::Enter);
        desk.wait_for("Up since");
    }
    // They were asked all the time: no other way tells that one has lost its power.
    devices[0].power_off();
    desk.until("one offline", |desk| (online(desk) == 2).then_some(()));
}

/// How many devices answer, as far as the window was told.
fn online(desk: &Desk) -> usize {
    desk.engine().devices.iter().filter(|device| device.presence == Presence::Online).count()
}

#[test]
fn a_thousand_transfers_draw_it_ten_times_a_second() {
    const CLIENTS: usize = 1000;
    const TIME: Duration = Duration::from_secs(3);
    skylift::open_files::raise_limit();
    let mut world = World::empty();
    world.config.server.max_connections = world.config.server.max_connections.max(CLIENTS + 100);
    world.keep(&DemoImage { size: 3 << 20, ..demo("1.1.0", Behaviour::Healthy) });
    let mut desk = Desk::open(world, WIDE);
    desk.go(Page::Serve);
    desk.click("Serve skylift-demo 1.1.0");
    let (place, path) = desk.until("its URL", |desk| {
        let url = desk.engine().serving.as_ref()?.urls.first()?;
        let path = url.trim_start_matches("http://").split_once('/')?.1.to_owned();
        Some((desk.engine().listening?.address, path))
    });
    let crowd = Crowd::start(place, &path, CLIENTS);
    let running = |desk: &Desk| {
        let transfers = &desk.engine().transfers.transfers;
        transfers.iter().filter(|it| matches!(it.state, skylift::server::TransferState::Running)).count()
    };
    desk.until("all of them", |desk| (running(desk) == CLIENTS).then_some(()));
    // Each has taken what the kernel held ready for it; from now on what they take is told.
    desk.until("the first progress", |desk| {
        (desk.pictures_within(Duration::from_millis(500)) > 0).then_some(())
    });
    let before = crowd.bytes();
    let pictures = desk.pictures_within(TIME);
    assert_eq!(running(&desk), CLIENTS, "they run for the whole time");
    assert!(crowd.bytes() > before, "bytes flow");
    assert!(pictures > 0, "it is drawn");
    assert!(pictures <= 10 * TIME.as_secs() as usize + 1, "{pictures} pictures in {TIME:?}");
}

/// Clients that fetch slowly.
struct Crowd {
    bytes: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Crowd {
    fn start(place: SocketAddr, path: &str, clients: usize) -> Self {
        let sockets: Vec<_> = (0..clients).map(|_| fetch(place, path)).collect();
        let (bytes, stop) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let (read, end) = (Arc::clone(&bytes), Arc::clone(&stop));
        let thread = std::thread::spawn(move || trickle(sockets, &read, &end));
        Self { bytes, stop, thread: Some(thread) }
    }

    fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
    }
}

fn fetch(place: SocketAddr, path: &str) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    // What is acknowledged has been read, or nearly.
    socket.set_recv_buffer_size(64 << 10).unwrap();
    socket.connect(&place.into()).unwrap();
    let mut socket = TcpStream::from(socket);
    write!(socket, "GET /{path} HTTP/1.1\r\nHost: {place}\r\n\r\n").unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

/// Eight kilobytes from each in turn, each turn a tenth of a second.
fn trickle(mut sockets: Vec<TcpStream>, bytes: &AtomicUsize, stop: &AtomicBool) {
    let mut buffer = [0; 8192];
    while !stop.load(Ordering::Relaxed) {
        let turn = Instant::now();
        for socket in &mut sockets {
            match socket.read(&mut buffer) {
                Ok(read) => drop(bytes.fetch_add(read, Ordering::Relaxed)),
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}"),
            }
        }
        std::thread::sleep(Duration::from_millis(100).saturating_sub(turn.elapsed()));
    }
}
