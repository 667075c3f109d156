//! A stream of server-sent events: one slot, until the peer goes away.

use core::cell::Cell;
use core::pin::pin;

use edge_nal::TcpShutdown;
use embassy_futures::select::{Either3, select3};
use embassy_time::{Instant, Timer};
use embedded_io_async::{Read, Write};

use super::Events;
use super::answer::BUFFER;
use super::wire::{Wire, WireFault};
use crate::HttpConfig;

const PREFIX: &[u8] = b"data: ";
const SUFFIX: &[u8] = b"\n\n";
/// A line that clients ignore.
const HEARTBEAT: &[u8] = b":\n\n";

/// One of the streams that may be open at a time.
pub(super) struct Seat<'a>(&'a Cell<u8>);

impl<'a> Seat<'a> {
    /// Takes a seat, if fewer than `most` are taken.
    pub fn take(taken: &'a Cell<u8>, most: u8) -> Option<Self> {
        (taken.get() < most).then(|| {
            taken.set(taken.get() + 1);
            Self(taken)
        })
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

/// Sends events until the connection ends; the head of the answer is out.
pub(super) async fn stream<S, E>(
    wire: &mut Wire<'_, S>,
    mut events: E,
    buffer: &mut [u8; BUFFER],
    config: &HttpConfig,
) -> WireFault
where
    S: Read + Write + TcpShutdown,
    E: Events,
{
    loop {
        let len = match next(wire, &mut events, event_room(buffer), config).await {
            Ok(len) => len,
            Err(fault) => return fault,
        };
        wire.allow(config.request_time);
        if let Err(fault) = wire.deliver(frame(buffer, len)).await {
            return fault;
        }
        // Whatever happens meanwhile is in the next event: events are states, not a record of changes.
        Timer::after(config.event_interval).await;
    }
}

/// Waits for the next event, which is then in `room`; meanwhile finds out if the peer has gone.
async fn next<S, E>(
    wire: &mut Wire<'_, S>,
    events: &mut E,
    room: &mut [u8],
    config: &HttpConfig,
) -> Result<usize, WireFault>
where
    S: Read + Write + TcpShutdown,
    E: Events,
{
    let mut event = pin!(events.next(room));
    let mut beat = Instant::now() + config.heartbeat;
    let mut scrap = [0; 16];
    loop {
        wire.allow(config.heartbeat * 2);
        match select3(&mut event, wire.read(&mut scrap), Timer::at(beat)).await {
            Either3::First(len) => return Ok(len),
            // What a peer says after its request is not listened to.
            Either3::Second(Ok(_) | Err(WireFault::Late)) => {}
            Either3::Second(Err(fault)) => return Err(fault),
            Either3::Third(()) => {
                wire.allow(config.request_time);
                wire.deliver(HEARTBEAT).await?;
                beat = Instant::now() + config.heartbeat;
            }
        }
    }
}

/// Where in the buffer the JSON of an event goes.
fn event_room(buffer: &mut [u8; BUFFER]) -> &mut [u8] {
    buffer.get_mut(PREFIX.len()..BUFFER - SUFFIX.len()).unwrap_or_default()
}

/// The event of `len` bytes in its room, as it is sent.
fn frame(buffer: &mut [u8; BUFFER], len: usize) -> &[u8] {
    let end = PREFIX.len() + len.min(BUFFER - PREFIX.len() - SUFFIX.len());
    if let Some(prefix) = buffer.get_mut(..PREFIX.len()) {
        prefix.copy_from_slice(PREFIX);
    }
    if let Some(suffix) = buffer.get_mut(end..end + SUFFIX.len()) {
        suffix.copy_from_slice(SUFFIX);
    }
    buffer.get(..end + SUFFIX.len()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn framed() {
        let mut buffer = [b'x'; BUFFER];
        assert_eq!(frame(&mut buffer, 3), b"data: xxx\n\n");
        assert_eq!(frame(&mut buffer, 0), b"data: \n\n");
        assert_eq!(frame(&mut buffer, usize::MAX).len(), BUFFER);
        assert_eq!(event_room(&mut buffer).len(), BUFFER - 8);
    }

    #[test]
    fn seats() {
        let taken = Cell::new(0);
        let seat = Seat::take(&taken, 1);
        assert!(seat.is_some() && Seat::take(&taken, 1).is_none());
        drop(seat);
        assert!(Seat::take(&taken, 1).is_some());
        assert!(Seat::take(&taken, 0).is_none());
    }
}
