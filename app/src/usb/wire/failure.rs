//! What an error of espflash means for the person at the cable.

use std::io;

use espflash::Error;

use crate::usb::UsbError;

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The port is gone.
    Gone,
    /// No answer came in time.
    Silent,
    /// What came was damaged, or the loader says so of what it got: another rate may help.
    Damaged,
    /// Anything else: trying again does not help.
    Other,
}

/// Sorts an error.
pub(super) fn kind(error: &Error) -> Kind {
    match error {
        Error::Connection(source) | Error::Flashing(source) => {
            if is_gone(source.as_ref()) {
                Kind::Gone
            } else if source.to_string().starts_with("Timeout") {
                Kind::Silent
            } else {
                Kind::Damaged
            }
        }
        // Whatever it says: what it has got may have been damaged, or this answer.
        Error::RomError(_)
        | Error::CorruptData(..)
        | Error::DigestMismatch(..)
        | Error::IncorrectDigestLength(_)
        | Error::IncorrectResponse
        | Error::InvalidResponse(_)
        | Error::ReadMoreThanExpected
        | Error::TryFromSlice(_)
        | Error::Utf8Error(_)
        | Error::ParseIntError(_) => Kind::Damaged,
        _ => Kind::Other,
    }
}

/// The loader has got something damaged, or in a wrong order: error codes 0x05 and 0x07, and 0xC0 to 0xC2, 0xC7 to 0xC9
/// of the stub. espflash tells them as sentences only.
fn is_damage(error: &(dyn std::error::Error + 'static)) -> bool {
    let Some(kind) = error.source().map(ToString::to_string) else { return false };
    [
        "Invalid message",
        "Received message",
        "Malformed",
        "Bad ",
        "Error when uncompressing",
        "Didn't",
        "Received too",
    ]
    .iter()
    .any(|beginning| kind.starts_with(beginning))
}

/// The system says that the device behind the port is no more.
fn is_gone(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<serialport::Error>() {
            return !matches!(error.kind(), serialport::ErrorKind::Io(io::ErrorKind::TimedOut));
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return error.kind() != io::ErrorKind::TimedOut;
        }
        cause = error.source();
    }
    error.to_string() == "Serial port not found"
}

/// The sentence of an error that ends the work.
pub(super) fn sentence(port: &str, baud: u32, error: &Error) -> UsbError {
    let (port, problem) = (port.to_owned(), innermost(error));
    match (error, kind(error)) {
        (Error::FlashConnect | Error::UnsupportedFlash(_), _) => UsbError::NoFlash { port },
        (Error::ChipMismatch(wanted, found), _) => {
            UsbError::WrongChip { port, wanted: wanted.clone(), found: found.clone() }
        }
        (Error::ChipDetectError(problem), _) => UsbError::UnknownChip { port, problem: problem.clone() },
        (Error::RomError(source), _) if !is_damage(source.as_ref()) => UsbError::Refused { port, problem },
        (_, Kind::Gone) => UsbError::Gone { port },
        (_, Kind::Silent) => UsbError::Silent { port },
        (_, Kind::Damaged) => UsbError::Damaged { port, baud, problem },
        (_, Kind::Other) => UsbError::Refused { port, problem },
    }
}

/// The sentence of an error on the way into the loader.
pub(super) fn unreached(port: &str, has_lines: bool, baud: u32, error: &Error) -> UsbError {
    let name = port.to_owned();
    match error {
        Error::Connection(source) if !is_gone(source.as_ref()) => {
            if source.to_string().starts_with("Wrong boot mode") {
                UsbError::NotInDownloadMode { port: name }
            } else {
                UsbError::NoAnswer { port: name, has_lines }
            }
        }
        _ => sentence(port, baud, error),
    }
}

fn innermost(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
