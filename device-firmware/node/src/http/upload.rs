//! A body that is handed on as it comes, because it is longer than any buffer.

use edge_nal::TcpShutdown;
use embassy_time::Duration;
use embedded_io_async::{Read, Write};

use super::wire::{Wire, WireFault};

/// Why a body ended before its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadFault {
    /// Nothing came for too long.
    Stalled,
    /// The connection ended or broke.
    Cut,
}

/// A body as it comes.
pub trait Upload {
    /// The next bytes; none once all have come.
    ///
    /// # Errors
    /// No more will come.
    async fn next(&mut self) -> Result<&[u8], UploadFault>;
}

/// The rest of a connection's request: first what was read along with the head, then the wire.
pub(super) struct Body<'b, 'w, 's, S> {
    wire: &'w mut Wire<'s, S>,
    room: &'b mut [u8],
    /// Bytes at the start of `room` that have come, and are not handed on yet.
    ready: usize,
    /// Bytes still to be handed on.
    left: u64,
    stall: Duration,
}

impl<'b, 'w, 's, S> Body<'b, 'w, 's, S> {
    /// A body of `length` bytes, `ready` of which are at the start of `room`.
    pub fn new(
        wire: &'w mut Wire<'s, S>,
        room: &'b mut [u8],
        ready: usize,
        length: u64,
        stall: Duration,
    ) -> Self {
        Self { wire, room, ready, left: length, stall }
    }
}

impl<S: Read + Write + TcpShutdown> Upload for Body<'_, '_, '_, S> {
    async fn next(&mut self) -> Result<&[u8], UploadFault> {
        if self.left == 0 {
            return Ok(&[]);
        }
        if self.ready == 0 {
            self.wire.allow(self.stall);
            self.ready = self.wire.read(self.room).await.map_err(|fault| match fault {
                WireFault::Late => UploadFault::Stalled,
                WireFault::End | WireFault::Broken => UploadFault::Cut,
            })?;
        }
        // A peer that sends more than it said is not listened to any further.
        let len = usize::try_from(self.left).map_or(self.ready, |left| left.min(self.ready));
        self.left -= len as u64;
        self.ready = 0;
        Ok(self.room.get(..len).unwrap_or_default())
    }
}
