//! A port of the monitor that is lent and overheard, with a pseudo-terminal as the port.
#![cfg(unix)]

use std::io::Write as _;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serialport::{SerialPort as _, TTYPort};
use tempfile::TempDir;
use tokio::sync::mpsc::unbounded_channel;

use super::*;
use crate::gui::event::Event;
use crate::gui::worker::Waker;
use crate::store::DataDir;

/// No condition takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A monitor, what it tells, and a board on a port.
struct Bench {
    monitor: Monitor,
    told: Receiver<Event>,
    board: TTYPort,
    path: String,
    _home: TempDir,
}

impl Bench {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let (events, told) = channel();
        let outbox = Outbox { events, waker: Waker::new(egui::Context::default()) };
        let library = Library::new(&DataDir::new(Some(home.path().to_owned())));
        let (board, port) = TTYPort::pair().unwrap();
        let path = port.name().unwrap();
        Self { monitor: Monitor::new(library, outbox), told, board, path, _home: home }
    }

    /// Waits until it has told this; what it told until then.
    fn until(&self, is_it: impl Fn(&monitor::Event) -> bool) -> Vec<monitor::Event> {
        let mut told = Vec::new();
        loop {
            if let Event::Monitor(event) = self.told.recv_timeout(PATIENCE).unwrap() {
                told.push(event);
            }
            if told.last().is_some_and(&is_it) {
                return told;
            }
        }
    }

    fn connected(&self) -> Vec<monitor::Event> {
        self.until(|event| matches!(event, monitor::Event::Connected { .. }))
    }

    /// The number of the line that the board says, as the window is told.
    fn says(&mut self, text: &str) -> u64 {
        write(&mut self.board, &format!("{text}\n"));
        let has_it = |event: &monitor::Event| match event {
            monitor::Event::Read(batch) => batch.lines.iter().any(|line| &*line.text == text),
            _ => false,
        };
        match self.until(has_it).pop() {
            Some(monitor::Event::Read(batch)) => batch.lines.last().unwrap().number,
            other => panic!("{other:?}"),
        }
    }

    fn is_free(&self) -> bool {
        serialport::new(&self.path, 115_200).open_native().is_ok()
    }
}

/// Until the other end is open, nothing can be said.
fn write(board: &mut TTYPort, text: &str) {
    let end = Instant::now() + PATIENCE;
    while let Err(error) = board.write_all(text.as_bytes()) {
        assert!(Instant::now() < end, "{error}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.monitor.close();
    }
}

#[test]
fn a_port_is_lent_and_comes_back() {
    let mut bench = Bench::new();
    assert!(bench.monitor.lend(&bench.path).is_none(), "nothing is read");
    bench.monitor.open(&bench.path, 230_400);
    bench.connected();
    assert_eq!(bench.says("one"), 0);
    assert!(!bench.is_free());
    assert!(bench.monitor.lend("/dev/another").is_none());
    let lent = bench.monitor.lend(&bench.path).unwrap();
    assert!(bench.is_free());
    assert!(bench.monitor.lend(&bench.path).is_none(), "it is lent already");
    drop(lent);
    let told = bench.connected();
    assert!(matches!(told[..2], [monitor::Event::Lent, monitor::Event::Opening { .. }]), "{told:?}");
    assert!(matches!(told.last(), Some(monitor::Event::Connected { baud: 230_400, .. })));
    assert_eq!(bench.says("two"), 1, "numbers go on");
}

#[test]
fn a_port_that_was_closed_meanwhile_does_not_come_back() {
    let bench = Bench::new();
    bench.monitor.open(&bench.path, 115_200);
    bench.connected();
    let lent = bench.monitor.lend(&bench.path).unwrap();
    bench.monitor.close();
    drop(lent);
    assert!(bench.is_free());
}

#[test]
fn a_board_is_overheard_by_a_monitor_that_has_lent_it() {
    let mut bench = Bench::new();
    bench.monitor.open(&bench.path, 115_200);
    bench.connected();
    let lent = bench.monitor.lend(&bench.path).unwrap();
    let (ear, mut heard) = unbounded_channel();
    let overhearing = bench.monitor.overhear(&bench.path, ear);
    // It is read again already.
    drop(lent);
    bench.connected();
    bench.says("joined");
    assert_eq!(&*heard.blocking_recv().unwrap().lines[0].text, "joined");
    drop(overhearing);
    bench.says("and goes on");
    // One more beside it.
    let (ear, mut heard) = unbounded_channel();
    let _overhearing = bench.monitor.overhear(&bench.path, ear);
    bench.says("again");
    assert_eq!(&*heard.blocking_recv().unwrap().lines[0].text, "again");
}

#[test]
fn a_board_is_overheard_beside_a_monitor_that_reads_another() {
    let mut bench = Bench::new();
    bench.monitor.open(&bench.path, 115_200);
    bench.connected();
    let (mut other, port) = TTYPort::pair().unwrap();
    let path = port.name().unwrap();
    drop(port);
    let (ear, mut heard) = unbounded_channel();
    let overhearing = bench.monitor.overhear(&path, ear);
    write(&mut other, "beside\n");
    assert_eq!(&*heard.blocking_recv().unwrap().lines[0].text, "beside");
    bench.says("the window hears its own port alone");
    drop(overhearing);
    assert!(serialport::new(&path, 115_200).open_native().is_ok(), "it is free again");
}
