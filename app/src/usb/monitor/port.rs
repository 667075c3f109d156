//! The port of a monitor: opened, read, written, and the lines that reset the board.

use std::io::{self, Read, Write};
use std::thread::sleep;
use std::time::Duration;

use espflash::connection::Port as Serial;
use serialport::{FlowControl, SerialPort};

use super::MonitorError;
use crate::usb::UsbError;
use crate::usb::ports::{Kind, Port, refusal};

/// How long a read waits for the first byte: as long as a command may have to wait.
const READ_TIME: Duration = Duration::from_millis(50);
/// How long the chip is held in reset, as espflash does it.
const RESET_TIME: Duration = Duration::from_millis(100);

/// An open port.
pub(super) struct Open {
    port: Port,
    serial: Serial,
}

/// What a read came to.
pub(super) enum Heard {
    /// So many bytes.
    Bytes(usize),
    /// Nothing, for [`READ_TIME`].
    Silence,
    /// The port is gone.
    Gone,
}

impl Open {
    /// Opens a port. The board goes on running, unless its lines are wired in an unusual way.
    pub fn new(port: Port, baud: u32) -> Result<Self, UsbError> {
        let opened = serialport::new(port.path(), baud)
            .flow_control(FlowControl::None)
            .timeout(READ_TIME)
            .open_native();
        let serial = opened.map_err(|error| refusal(port.path(), &error))?;
        Ok(Self { port, serial })
    }

    pub const fn port(&self) -> &Port {
        &self.port
    }

    pub fn read(&mut self, bytes: &mut [u8]) -> Heard {
        match self.serial.read(bytes) {
            Ok(0) => Heard::Gone,
            Ok(count) => Heard::Bytes(count),
            Err(error) => match error.kind() {
                io::ErrorKind::TimedOut | io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock => {
                    Heard::Silence
                }
                _ => Heard::Gone,
            },
        }
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<(), UsbError> {
        let port = || self.port.path().to_owned();
        self.serial.write_all(bytes).map_err(|error| match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
                MonitorError::TakesNothing { port: port() }.into()
            }
            _ => UsbError::Gone { port: port() },
        })
    }

    pub fn set_baud(&mut self, baud: u32) -> Result<(), UsbError> {
        let problem = match self.serial.set_baud_rate(baud) {
            Ok(()) => return Ok(()),
            Err(error) => error.to_string(),
        };
        Err(MonitorError::Baud { port: self.port.path().to_owned(), baud, problem }.into())
    }

    /// Restarts the board: RTS pulls its reset line, DTR stays off, which would choose the loader.
    pub fn reset(&mut self) -> Result<(), UsbError> {
        let port = || self.port.path().to_owned();
        // Who has no lines that come in, has none that go out.
        if self.serial.read_clear_to_send().is_err() {
            return Err(MonitorError::NoResetLines { port: port() }.into());
        }
        pull(&mut self.serial, self.port.kind()).map_err(|_| UsbError::Gone { port: port() })
    }
}

/// The order of the lines is that of espflash, `reset_after_flash`: Windows tells a chip's own USB of DTR only when RTS
/// is set.
fn pull(serial: &mut Serial, kind: Kind) -> serialport::Result<()> {
    serial.write_data_terminal_ready(false)?;
    if kind == Kind::SerialJtag {
        sleep(RESET_TIME);
        serial.write_request_to_send(true)?;
        serial.write_data_terminal_ready(false)?;
    }
    serial.write_request_to_send(true)?;
    sleep(RESET_TIME);
    serial.write_request_to_send(false)
}
