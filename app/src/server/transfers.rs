//! What the transfer log tells: who fetches which bytes, how far that is, and how it ended.
//!
//! On Linux the figure is what has certainly left this computer. It moves in steps of about 64 KiB, behind the truth by up
//! to as much, and is ahead of the device only by what is on the way to it. Elsewhere it is what the kernel has taken for
//! sending, up to a few hundred KiB ahead. What the device itself reports always counts for more.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

/// Names an offer in the transfer log. It is not the secret part of the offer's URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OfferId(pub(super) u64);

/// One answer with an image, or a part of one, as its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Counts up from 1 in the order the transfers began.
    pub id: u64,
    /// Whose image it is.
    pub offer: OfferId,
    /// How the image was offered.
    pub kind: PathKind,
    /// Who fetches it.
    pub peer: SocketAddr,
    /// The first byte sent, counted from the beginning of the image: 0 unless the client asked for a range.
    pub start: u64,
    /// How many bytes this answer carries.
    pub length: u64,
    /// How many bytes the whole image has.
    pub image_length: u64,
    /// How many of `length` bytes have left this computer: see the top of this module.
    pub sent: u64,
    /// When it began, by the computer's clock.
    pub started_at: SystemTime,
    /// How long it took, once it has ended.
    pub took: Option<Duration>,
    /// Whether it still runs.
    pub state: TransferState,
}

/// How an image was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathKind {
    /// Under an unguessable path, for one rollout.
    Rollout,
    /// Under the fixed path of plain serving.
    Plain,
}

/// Where a transfer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferState {
    /// Bytes are still to be sent.
    Running,
    /// Every byte has left this computer, which does not mean that the device has it.
    Finished,
    /// It ended before its last byte.
    Aborted(AbortReason),
}

/// Why a transfer ended before its last byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbortReason {
    /// The client closed the connection, or the network did.
    ConnectionLost,
    /// The client took nothing, or next to nothing, for the stalled-write timeout.
    Stalled,
    /// The offer was withdrawn.
    Withdrawn,
    /// This server was shut down.
    ServerStopped,
}

/// All running transfers and the last ended ones, in the order they began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransferSnapshot {
    /// The transfers, by ascending id.
    pub transfers: Vec<Transfer>,
}

impl TransferSnapshot {
    /// The transfers of one offer.
    pub fn of(&self, offer: OfferId) -> impl Iterator<Item = &Transfer> {
        self.transfers.iter().filter(move |transfer| transfer.offer == offer)
    }
}
