//! Pages of the user's own firmware: what a GET of a path gives that the node itself does not have.

use core::fmt::{self, Write};

use edge_nal::TcpConnect;
use skylift_protocol::ErrorCode;
use skylift_updater::Flash;

use crate::api::Api;
use crate::http::{Answer, BodyKind, Exchange, MAX_PAGE, Media, Refusal};
use crate::node::Node;
use crate::platform::Platform;
use crate::route::Route;

/// Who may read a page of a paired device. Of an open one, everybody reads everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Who holds its key.
    Owner,
    /// Everybody on the network.
    Everybody,
}

/// A page of the firmware's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// What its body is.
    pub media: Media,
    /// Who may read it.
    pub readers: Readers,
}

impl Page {
    /// Which body a request with this method has.
    pub(crate) fn admit(method: &str) -> Result<BodyKind, Refusal> {
        match method {
            "GET" | "HEAD" => Ok(BodyKind::None),
            _ => Err(Refusal::method("GET, HEAD")),
        }
    }
}

impl<F: Flash, P: Platform> Node<'_, F, P> {
    /// The firmware's own page at a path. The node's own paths win; in safe mode nothing of the firmware runs.
    pub(crate) fn page(&self, path: &str) -> Option<Page> {
        if Route::of(path).is_some() || self.safe_mode() {
            return None;
        }
        self.platform.page(path)
    }
}

impl<F: Flash, P: Platform, S: TcpConnect> Api<'_, '_, F, P, S> {
    /// Has the firmware write its page.
    pub(crate) fn page(&self, mut exchange: Exchange<'_>) -> Answer {
        let (request, free) = exchange.parts();
        let Some(page) = self.node.page(request.path()) else {
            return exchange.refuse(Refusal::not_found());
        };
        // Always as many bytes, however long the head of the request is.
        let mut body = Body { room: free.get_mut(..MAX_PAGE).unwrap_or_default(), len: 0 };
        let written = self.node.platform.write_page(request.path(), request.query(), &mut body);
        let len = body.len;
        match written {
            Ok(()) => exchange.page(page.media, len),
            Err(fmt::Error) => {
                exchange.error(ErrorCode::Unknown, "the page of the firmware's own could not be written")
            }
        }
    }
}

/// Where a page is written. What does not fit is an error.
struct Body<'b> {
    room: &'b mut [u8],
    len: usize,
}

impl Write for Body<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len.checked_add(text.len()).ok_or(fmt::Error)?;
        self.room.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}
