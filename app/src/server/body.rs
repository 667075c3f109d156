//! The body of an answer: a few words, or the bytes of an image, counted as they leave.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::{Body, Frame, SizeHint};

use super::transfer_log::RunningTransfer;

/// Bytes handed to hyper at once. With the write buffer limited to as much, hyper asks for the next ones only when the
/// kernel has taken these; and 16 KiB is also what the kernel holds unsent under TCP_NOTSENT_LOWAT.
pub(super) const CHUNK: usize = 16 * 1024;

/// The body of any answer.
pub(super) type AnswerBody = Either<Full<Bytes>, ImageBody>;

/// The bytes of an image, or of a part of it.
pub(super) struct ImageBody {
    rest: Bytes,
    transfer: Arc<RunningTransfer>,
}

impl ImageBody {
    pub(super) fn new(rest: Bytes, transfer: Arc<RunningTransfer>) -> Self {
        Self { rest, transfer }
    }
}

impl Body for ImageBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        if this.rest.is_empty() {
            return Poll::Ready(None);
        }
        let chunk = this.rest.split_to(this.rest.len().min(CHUNK));
        this.transfer.take(chunk.len());
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
