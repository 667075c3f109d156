//! The same board again, after it has come back under another path.
//!
//! A chip with USB of its own is a new USB device after a reset into another program: its port goes away, and comes
//! back with the next free number.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use super::list::list_all;
use super::port::{Port, Usb};
use super::state::State;
use crate::usb::{Cancel, UsbError};

/// How often is looked whether it is back.
const STEP: Duration = Duration::from_millis(50);

/// Serial numbers that many boards have: defaults nobody has set, and those of copies.
const PLACEHOLDERS: &[&str] =
    &["0", "1", "0001", "00000000", "0000000000000001", "12345678", "123456", "0123456789ABCDEF", "A50285BI"];

/// The board among the ports of now; `None` too where several could be it.
///
/// It is known by its serial number, else by the socket it is plugged into, else by its path.
#[must_use]
pub fn same_board<'a>(board: &Port, ports: &'a [Port]) -> Option<&'a Port> {
    let Some(usb) = board.usb() else { return ports.iter().find(|port| port.is_at(board.path())) };
    let mut likely: Vec<_> =
        ports.iter().filter_map(|port| Some((rank(usb, board.path(), port)?, port))).collect();
    likely.sort_by_key(|(rank, _)| Reverse(*rank));
    match likely.as_slice() {
        [(first, _), (second, _), ..] if first == second => None,
        [(_, port), ..] => Some(port),
        [] => None,
    }
}

/// Waits until the board is there and may be opened, under whatever path. One that is there comes back at once.
///
/// # Errors
/// [`UsbError::Gone`] if it is not there in time, [`UsbError::NoPermission`] if this user may not open it then, and
/// [`UsbError::Cancelled`].
pub fn follow(board: &Port, patience: Duration, cancel: &Cancel) -> Result<Port, UsbError> {
    let look = || {
        let mut ports = list_all().unwrap_or_default();
        // What the system does not list, such as a pseudo-terminal, is asked for by its path.
        if board.usb().is_none() && !ports.iter().any(|port| port.is_at(board.path())) {
            ports.push(board.clone());
        }
        ports
    };
    follow_among(board, patience, cancel, look, State::of)
}

fn follow_among(
    board: &Port,
    patience: Duration,
    cancel: &Cancel,
    mut look: impl FnMut() -> Vec<Port>,
    state: impl Fn(&Port) -> State,
) -> Result<Port, UsbError> {
    let deadline = Instant::now() + patience;
    loop {
        cancel.check()?;
        let found = same_board(board, &look()).map(|port| (port.clone(), state(port)));
        let left = deadline.saturating_duration_since(Instant::now());
        match found {
            Some((port, State::Ready | State::InUse { .. })) => return Ok(port),
            // udev gives the permission a moment after the port is there.
            Some((port, State::NoPermission(fix))) if left.is_zero() => {
                return Err(UsbError::NoPermission { port: port.path().to_owned(), fix });
            }
            _ if left.is_zero() => return Err(UsbError::Gone { port: board.path().to_owned() }),
            _ => std::thread::sleep(STEP.min(left)),
        }
    }
}

/// How likely a port is the board. Of several ports of one program the first comes first: its log is there.
fn rank(before: &Usb, path: &str, port: &Port) -> Option<(Likeness, bool, Reverse<Option<u8>>)> {
    let first = Reverse(port.usb()?.interface);
    Some((likeness(before, path, port)?, port.path() == path, first))
}

/// By what a board is known again; the strongest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    Path,
    Place,
    Serial,
    SerialAndPlace,
}

fn likeness(before: &Usb, path: &str, port: &Port) -> Option<Likeness> {
    let now = port.usb()?;
    let same_product = (before.vid, before.pid) == (now.vid, now.pid);
    // One chip has other products in its ROM and in its program.
    let may_change = before.kind().is_native() && now.kind().is_native();
    if same_product && before.interface != now.interface || !same_product && !may_change {
        return None;
    }
    let places = before.location.as_ref().zip(now.location.as_ref());
    let same_place = places.is_some_and(|(before, now)| before == now);
    match (serial(before), serial(now)) {
        (Some(before), Some(now)) if before == now && same_place => Some(Likeness::SerialAndPlace),
        (Some(before), Some(now)) if before == now => Some(Likeness::Serial),
        // Another board of the kind, in the same socket perhaps.
        (Some(_), Some(_)) if same_product => None,
        _ if same_place => Some(Likeness::Place),
        _ if places.is_none() && same_product && port.path() == path => Some(Likeness::Path),
        _ => None,
    }
}

/// The serial number if it tells boards apart. A MAC is written with colons by ROMs, without by programs.
fn serial(usb: &Usb) -> Option<String> {
    let serial = usb.serial.as_ref()?.replace(':', "").to_ascii_uppercase();
    (!PLACEHOLDERS.contains(&serial.as_str())).then_some(serial)
}

#[cfg(test)]
mod tests;
