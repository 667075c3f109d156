//! What it means when the system refuses to open a port.

use std::io;

use serialport::ErrorKind;

use super::permission;
use super::port::Port;
use super::state::State;
use crate::usb::UsbError;

/// The error of a port that could not be opened, with what to do about it.
#[must_use]
pub fn refusal(path: &str, error: &serialport::Error) -> UsbError {
    let port = path.to_owned();
    match error.kind() {
        ErrorKind::Io(io::ErrorKind::PermissionDenied) => {
            UsbError::NoPermission { port, fix: permission::fix(&Port::named(path)) }
        }
        ErrorKind::Io(io::ErrorKind::NotFound) => UsbError::NoPort { port },
        // Somebody has it for himself, or, on Windows, it is not there.
        ErrorKind::NoDevice | ErrorKind::Io(io::ErrorKind::WouldBlock) => match State::of(&Port::named(path))
        {
            State::Gone => UsbError::NoPort { port },
            State::InUse { by } => UsbError::InUse { port, by },
            State::Ready | State::NoPermission(_) => UsbError::InUse { port, by: None },
        },
        _ => UsbError::Open { port, problem: error.to_string() },
    }
}
