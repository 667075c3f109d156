//! A board on a pseudo-terminal: the test is what it runs.

use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use serialport::{SerialPort, TTYPort};
use skylift::gui::Page;

use crate::desk::{Desk, PATIENCE};

/// Its end of the cable.
pub struct Board {
    end: TTYPort,
    path: String,
}

impl Board {
    pub fn new() -> Self {
        let (mut end, port) = TTYPort::pair().unwrap();
        end.set_timeout(Duration::from_secs(10)).unwrap();
        // The other end is closed again: nobody else could open it.
        Self { end, path: port.name().unwrap() }
    }

    /// The path of its port.
    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn says(&mut self, bytes: impl AsRef<[u8]>) {
        self.end.write_all(bytes.as_ref()).unwrap();
    }

    /// What has been sent to it, up to this.
    pub fn is_told(&mut self, expected: &[u8]) {
        let (mut heard, end) = (Vec::new(), Instant::now() + PATIENCE);
        while !heard.ends_with(expected) {
            assert!(Instant::now() < end, "told {:?}", String::from_utf8_lossy(&heard));
            let mut bytes = [0; 64];
            match self.end.read(&mut bytes) {
                Ok(count) => heard.extend(&bytes[..count]),
                Err(error) => assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}"),
            }
        }
    }
}

/// Opens the page, and has it read the board's port.
pub fn read(desk: &mut Desk, board: &Board) {
    desk.go(Page::Monitor);
    desk.click("Other port…");
    desk.type_into("Path of the port", board.path());
    desk.click("Read port");
    desk.wait_for("Connected");
}
