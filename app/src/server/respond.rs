//! From a request to its answer: which image or nonce, which bytes of it, under which status.

use std::ops::Range;
use std::sync::Arc;

use http_body_util::{Either, Full};
use hyper::header::{
    ACCEPT_RANGES, ALLOW, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderName,
    HeaderValue, RANGE,
};
use hyper::{Method, Request, Response, StatusCode};

use super::body::{AnswerBody, ImageBody};
use super::conditional::{Precondition, precondition, range_applies};
use super::connection::Connection;
use super::offers::{Found, Offers, Published};
use super::probes::ProbeTarget;
use super::range::{Selection, select};
use super::transfer_log::Beginning;
use super::transfers::AbortReason;

/// What an answer carries under GET. HEAD gets the same answer without it.
enum Content {
    Text(String),
    Image(Arc<Published>, Range<u64>),
}

/// Answers one request.
pub(super) fn respond<B>(
    offers: &Offers,
    connection: &Connection,
    request: &Request<B>,
) -> Response<AnswerBody> {
    let answer = match *request.method() {
        Method::GET | Method::HEAD => answer_path(offers, connection, request),
        _ => method_not_allowed(),
    };
    if request.method() == Method::HEAD {
        return answer.map(|_| Either::Left(Full::default()));
    }
    answer.map(|content| match content {
        Content::Text(text) => Either::Left(Full::from(text)),
        Content::Image(published, range) => Either::Right(begin(offers, connection, &published, range)),
    })
}

/// The query is not looked at, so that a client may add one against caches.
fn answer_path<B>(offers: &Offers, connection: &Connection, request: &Request<B>) -> Response<Content> {
    match offers.find(request.uri().path()) {
        Found::Image(published) => answer_image(published, request),
        Found::Probe(target) => answer_probe(&target, connection, request.method()),
        Found::Withdrawn => text(StatusCode::GONE, "This image has been withdrawn.\n"),
        Found::Nothing => text(StatusCode::NOT_FOUND, "There is nothing here.\n"),
    }
}

fn answer_image<B>(published: Arc<Published>, request: &Request<B>) -> Response<Content> {
    let headers = image_headers(&published);
    let mut answer = match precondition(request.headers(), published.image.etag()) {
        Precondition::Fails => text(StatusCode::PRECONDITION_FAILED, "The image here is another one.\n"),
        Precondition::NotModified => not_modified(),
        Precondition::Holds => selected_part(published, request),
    };
    answer.headers_mut().extend(headers);
    answer
}

fn image_headers(published: &Published) -> HeaderMap {
    let etag = (ETAG, ascii(published.image.etag()));
    HeaderMap::from_iter([etag, (ACCEPT_RANGES, HeaderValue::from_static("bytes"))])
}

fn selected_part<B>(published: Arc<Published>, request: &Request<B>) -> Response<Content> {
    let length = published.image.length();
    match selection(&published, request) {
        Selection::Whole => image(StatusCode::OK, published, 0..length),
        Selection::Part(range) => {
            let content_range = format!("bytes {}-{}/{length}", range.start, range.end - 1);
            let answer = image(StatusCode::PARTIAL_CONTENT, published, range);
            with(answer, CONTENT_RANGE, &content_range)
        }
        Selection::Unsatisfiable => {
            let answer = text(StatusCode::RANGE_NOT_SATISFIABLE, &format!("The image has {length} bytes.\n"));
            with(answer, CONTENT_RANGE, &format!("bytes */{length}"))
        }
    }
}

/// Ranges are defined for GET alone, and for one Range header.
fn selection<B>(published: &Published, request: &Request<B>) -> Selection {
    let headers = request.headers();
    let mut ranges = headers.get_all(RANGE).iter();
    match (ranges.next().map(HeaderValue::to_str), ranges.next()) {
        (Some(Ok(range)), None)
            if request.method() == Method::GET && range_applies(headers, published.image.etag()) =>
        {
            select(range, published.image.length())
        }
        _ => Selection::Whole,
    }
}

fn answer_probe(target: &ProbeTarget, connection: &Connection, method: &Method) -> Response<Content> {
    // HEAD does not carry the nonce back, so it proves nothing to the device.
    if method == Method::GET {
        target.reach(connection.peer());
    }
    text(StatusCode::OK, target.nonce())
}

fn method_not_allowed() -> Response<Content> {
    let answer = text(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD are answered here.\n");
    with(answer, ALLOW, "GET, HEAD")
}

/// It has neither a body nor the length of one: simple clients would wait for the bytes.
fn not_modified() -> Response<Content> {
    let mut answer = Response::new(Content::Text(String::new()));
    *answer.status_mut() = StatusCode::NOT_MODIFIED;
    answer
}

fn text(status: StatusCode, text: &str) -> Response<Content> {
    let length = text.len() as u64;
    answer(status, "text/plain; charset=utf-8", length, Content::Text(text.to_owned()))
}

fn image(status: StatusCode, published: Arc<Published>, range: Range<u64>) -> Response<Content> {
    let length = range.end - range.start;
    answer(status, "application/octet-stream", length, Content::Image(published, range))
}

fn answer(
    status: StatusCode,
    content_type: &'static str,
    length: u64,
    content: Content,
) -> Response<Content> {
    let mut answer = Response::new(content);
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    answer
}

fn with(mut answer: Response<Content>, name: HeaderName, value: &str) -> Response<Content> {
    answer.headers_mut().insert(name, ascii(value));
    answer
}

/// Only text made here comes in, and that is ASCII.
fn ascii(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

fn begin(offers: &Offers, connection: &Connection, published: &Published, range: Range<u64>) -> ImageBody {
    let transfer = offers.transfers().begin(Beginning {
        offer: published.id,
        kind: published.kind,
        peer: connection.peer(),
        start: range.start,
        length: range.end - range.start,
        image_length: published.image.length(),
        cut: Arc::clone(connection.cut()),
    });
    connection.carry(Arc::clone(&transfer));
    // Withdrawn since it was found: whoever withdrew it may not have seen this transfer.
    if published.is_withdrawn() {
        offers.transfers().abort_offer(published.id, AbortReason::Withdrawn);
    }
    ImageBody::new(published.image.part(range), transfer)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::ServedImage;
    use super::super::transfer_log::TransferLog;
    use super::super::transfers::TransferState;
    use super::*;

    #[tokio::test]
    async fn an_image_withdrawn_after_it_was_found_is_not_sent() {
        let log = TransferLog::start(8);
        let offers = Offers::new(Arc::clone(&log), 0, 8);
        let connection = Connection::new(([127, 0, 0, 1], 1).into());
        let offer = offers.publish(ServedImage::new(&b"image"[..])).unwrap();
        let Found::Image(published) = offers.find(offer.path()) else { panic!("not found") };
        drop(offer);
        begin(&offers, &connection, &published, 0..5);
        let cut = connection.cut().notified();
        tokio::time::timeout(Duration::from_secs(30), cut).await.expect("the connection is cut");
        log.publish();
        let state = log.subscribe().borrow().transfers[0].state;
        assert_eq!(state, TransferState::Aborted(AbortReason::Withdrawn));
    }
}
