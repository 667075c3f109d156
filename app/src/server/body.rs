//! The body of an answer: a few words, or the bytes of an image, counted from when hyper has them.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::{Body, Frame, SizeHint};

use super::transfer_log::RunningTransfer;

/// The body of any answer.
pub(super) type AnswerBody = Either<Full<Bytes>, ImageBody>;

/// The bytes of an image, or of a part of it. hyper gets them all at once, which copies nothing, and offers the kernel
/// all that is left each time: the kernel takes as much as it wants in one call.
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
        let all = std::mem::take(&mut this.rest);
        this.transfer.take(all.len());
        Poll::Ready(Some(Ok(Frame::data(all))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
