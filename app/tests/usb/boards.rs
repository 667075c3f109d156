//! Boards to plug in, and links to them.

use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use skylift::image::Image;
use skylift::usb::board::{Board as Facts, Depth};
use skylift::usb::flash::{Firmware, Plan, Target, Wish};
use skylift::usb::wire::{Approach, Link};
use skylift::usb::{Cancel, Told, UsbError, Work};
use skylift_simulator::demo_image::DemoImage;
use skylift_simulator::serial::{Board, BoardConfig};

/// A board that was never flashed.
pub fn blank() -> Board {
    Board::plug_in(BoardConfig::blank()).unwrap()
}

/// The usual approach to a board.
pub fn approach(board: &Board) -> Approach {
    Approach::new(board.path().to_str().unwrap())
}

pub fn link(board: &Board) -> Link {
    Link::connect(&approach(board), &mut Work::unwatched()).unwrap()
}

/// Reads a board.
pub fn facts(link: &mut Link) -> Facts {
    Facts::read(link, Depth::Heads, &mut Work::unwatched()).unwrap()
}

/// The firmware that comes along for the chip of simulated boards.
pub fn bundled() -> Firmware {
    Firmware::bundled(skylift_protocol::Chip::Esp32C3).unwrap()
}

/// An app of the simulator's.
pub fn demo(version: &str, size: u32) -> Firmware {
    let image = DemoImage { version: version.to_owned(), size, ..DemoImage::default() }.build().unwrap();
    Firmware::app(Image::from_bytes("demo.bin".as_ref(), image).unwrap(), "a demo".to_owned())
}

pub fn plan(firmware: &Firmware, facts: &Facts) -> Plan {
    Plan::make(firmware, &Wish::default(), &Target::from(facts)).unwrap()
}

/// Waits until the board's program answers on the network.
pub fn runs(board: &Board) {
    let started = Instant::now();
    while TcpStream::connect(board.device_address()).is_err() {
        assert!(started.elapsed() < Duration::from_secs(20), "the board does not start its program");
        std::thread::yield_now();
    }
}

/// Collects what work tells.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<Vec<Told>>>);

impl Heard {
    pub fn work(&self) -> Work<'static> {
        self.cancelled_by(Cancel::default())
    }

    pub fn cancelled_by(&self, cancel: Cancel) -> Work<'static> {
        let heard = self.clone();
        Work::new(cancel, move |told| heard.0.lock().unwrap().push(told))
    }

    pub fn all(&self) -> Vec<Told> {
        self.0.lock().unwrap().clone()
    }

    /// How far it was, each time that it said so.
    pub fn done(&self) -> Vec<u64> {
        let done = |told: &Told| if let Told::Progress(progress) = told { Some(progress.done) } else { None };
        self.all().iter().filter_map(done).collect()
    }

    /// The rates at which bytes went.
    pub fn rates(&self) -> Vec<u32> {
        let rate = |told: &Told| if let Told::Baud(baud) = told { Some(*baud) } else { None };
        self.all().iter().filter_map(rate).collect()
    }
}

/// Bytes that nothing makes smaller.
pub fn bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        // Xorshift.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(&mut next).take(length).collect()
}

/// Fails unless the error is the one that was expected.
#[track_caller]
pub fn expect<T>(result: Result<T, UsbError>, is_it: impl Fn(&UsbError) -> bool) -> UsbError {
    match result {
        Ok(_) => panic!("it went well"),
        Err(error) if is_it(&error) => error,
        Err(error) => panic!("{error:?}: {error}"),
    }
}
