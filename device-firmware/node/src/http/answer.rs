//! Answers, and their bytes: head and body in one piece, so that each is one write.

use core::fmt::{Display, Write};

use heapless::String;
use skylift_protocol::auth::Denied;
use skylift_protocol::{ErrorBody, ErrorCode, MAX_STATUS_JSON};

use super::{MAX_HEAD, Media, Seal};
use crate::sentence;

/// No body of an answer is longer than this, in bytes.
pub const MAX_ANSWER: usize = MAX_STATUS_JSON;
/// Kept free before the body for the head; the longest has some 625 bytes, 410 of them to sign it.
pub(super) const HEAD_ROOM: usize = 640;
/// One connection's buffer: request head and body, then in the same place the answer's head and body.
pub const BUFFER: usize = HEAD_ROOM + MAX_ANSWER;
/// No page of the firmware's own is longer than this, in bytes: what is free behind the longest head of a request.
pub const MAX_PAGE: usize = BUFFER - MAX_HEAD;

/// An answer whose body is in the connection's buffer. Only an [`Exchange`](super::Exchange) makes one.
#[derive(Debug)]
#[must_use]
pub struct Answer {
    status: u16,
    media: Media,
    len: usize,
    allow: Option<&'static str>,
    mark: Option<u8>,
}

impl Answer {
    /// `len` bytes of JSON.
    pub(super) fn json(status: u16, len: usize) -> Self {
        Self::of(Media::JSON, status, len)
    }

    /// `len` bytes of this type.
    pub(super) fn of(media: Media, status: u16, len: usize) -> Self {
        Self { status, media, len: len.min(MAX_ANSWER), allow: None, mark: None }
    }

    /// A stream of events, if there is one left.
    pub(super) fn events() -> Self {
        Self::of(Media::EVENTS, 200, 0)
    }

    /// Writes an [`ErrorBody`] into the buffer.
    pub(super) fn error(buffer: &mut [u8], code: ErrorCode, detail: impl Display) -> Self {
        let body = ErrorBody { error: code, detail: sentence(detail) };
        let len = serde_json_core::to_slice(&body, body_room(buffer)).unwrap_or_default();
        Self::json(code.status(), len)
    }

    /// Writes the error of a refusal into the buffer.
    pub(super) fn refused(buffer: &mut [u8], refusal: Refusal) -> Self {
        Self { allow: refusal.allow, ..Self::error(buffer, refusal.code, refusal.detail) }
    }

    /// Writes why a request is not believed into the buffer.
    pub(super) fn denied(buffer: &mut [u8], why: Denied) -> Self {
        Self::error(buffer, ErrorCode::Unauthorised, format_args!("{why}: {}", why.sentence()))
    }

    /// Asks for [`Handler::sent`](super::Handler::sent) with `mark` once this answer is out, or could not be
    /// delivered: what must not happen before it, such as a restart.
    pub fn then(self, mark: u8) -> Self {
        Self { mark: Some(mark), ..self }
    }

    /// Whether the connection is to become a stream of events.
    pub(super) fn is_events(&self) -> bool {
        self.media == Media::EVENTS
    }

    /// The HTTP status.
    pub(super) fn status(&self) -> u16 {
        self.status
    }

    /// The bytes of the body that are sent: none for HEAD.
    pub(super) fn body<'a>(&self, buffer: &'a [u8], head_only: bool) -> &'a [u8] {
        let len = if head_only { 0 } else { self.len };
        buffer.get(HEAD_ROOM..HEAD_ROOM + len).unwrap_or_default()
    }

    /// What [`then`](Self::then) asked for.
    pub(super) fn mark(&self) -> Option<u8> {
        self.mark
    }

    /// Puts the head before the body; both, or the head alone for HEAD, are the bytes to send.
    pub(super) fn encode<'a>(&self, buffer: &'a mut [u8], head_only: bool, seal: &Seal) -> &'a [u8] {
        let mut head = String::<HEAD_ROOM>::new();
        // No head is longer than its room: every part is bounded, `allow` is ours.
        let _ = self.write_head(&mut head, seal);
        let start = HEAD_ROOM.saturating_sub(head.len());
        if let Some(room) = buffer.get_mut(start..HEAD_ROOM) {
            room.copy_from_slice(head.as_bytes());
        }
        let len = if head_only { 0 } else { self.len };
        buffer.get(start..HEAD_ROOM + len).unwrap_or_default()
    }

    fn write_head(&self, head: &mut String<HEAD_ROOM>, seal: &Seal) -> core::fmt::Result {
        write!(head, "HTTP/1.1 {} {}\r\n", self.status, phrase(self.status))?;
        write!(head, "Content-Type: {}\r\n", self.media.as_str())?;
        if !self.is_events() {
            write!(head, "Content-Length: {}\r\n", self.len)?;
        }
        if let Some(allow) = self.allow {
            write!(head, "Allow: {allow}\r\n")?;
        }
        if self.status == 401 {
            // HTTP wants one (RFC 9110, 11.6.1). What is to be signed, and how, is in Accept-Signature.
            head.write_str("WWW-Authenticate: Signature\r\n")?;
        }
        write!(head, "{seal}")?;
        head.write_str("Cache-Control: no-store\r\nConnection: close\r\n\r\n")
    }
}

/// Where in the connection's buffer an answer's body goes.
pub(super) fn body_room(buffer: &mut [u8]) -> &mut [u8] {
    buffer.get_mut(HEAD_ROOM..).unwrap_or_default()
}

/// A request that is refused before its body is read, or later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The code, which has the status.
    pub code: ErrorCode,
    /// A sentence for people.
    pub detail: &'static str,
    /// For 405: the methods of the path, as in `"GET, POST"`, at most 40 characters.
    pub allow: Option<&'static str>,
}

impl Refusal {
    /// A refusal with this code.
    #[must_use]
    pub const fn new(code: ErrorCode, detail: &'static str) -> Self {
        Self { code, detail, allow: None }
    }

    /// 404.
    #[must_use]
    pub const fn not_found() -> Self {
        Self::new(ErrorCode::NotFound, "there is no such path")
    }

    /// 405 for a path that has only the methods `allow`.
    #[must_use]
    pub const fn method(allow: &'static str) -> Self {
        Self { code: ErrorCode::MethodNotAllowed, detail: "this path has no such method", allow: Some(allow) }
    }
}

fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        202 => "Accepted",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Unknown",
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use skylift_protocol::auth::{Body, BodyDigest, Gate, PairingKey, Request, SignedRequest};

    use super::*;

    #[test]
    fn head_and_body_are_one_piece() {
        let mut buffer = [0; BUFFER];
        let refusal = Refusal { allow: Some("GET, HEAD, POST, PUT, DELETE, OPTIONS"), ..Refusal::method("") };
        let answer = Answer::refused(&mut buffer, refusal);
        let text =
            std::string::String::from_utf8(answer.encode(&mut buffer, false, &Seal::default()).to_vec())
                .unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"));
        assert!(head.contains("\r\nAllow: GET, HEAD, POST, PUT, DELETE, OPTIONS\r\n"));
        assert!(head.contains(&std::format!("\r\nContent-Length: {}\r\n", body.len())));
        assert!(head.ends_with("\r\nConnection: close"));
        assert_eq!(body, r#"{"error":"method_not_allowed","detail":"this path has no such method"}"#);
        assert_eq!(answer.encode(&mut buffer, true, &Seal::default()).len(), head.len() + 4);
    }

    /// What answers to the owner carry.
    fn seal() -> Seal {
        let key = PairingKey::try_from(&[7; 32][..]).unwrap();
        let mut gate = Gate::new(key.clone(), [1; 32], 1000);
        let nonce = gate.challenge(0).nonce;
        let signed = SignedRequest::new(&key, &nonce, "GET", "/status", Body::Whole(b"")).unwrap();
        let fields = || signed.fields().map(|(name, value)| (name, value.as_bytes()));
        let request = Request { method: "GET", path: "/status", query: None, fields };
        let owner = gate.check(&request, 0).unwrap().with_body(b"").unwrap();
        let signature = gate.answer(&owner, 431, BodyDigest::of(b""));
        Seal { challenge: Some(gate.challenge(u64::MAX >> 16)), signature: Some(signature) }
    }

    #[test]
    fn every_head_fits() {
        for &code in ErrorCode::ALL {
            assert_ne!(phrase(code.status()), "Unknown", "{code}");
            let mut buffer = [0; BUFFER];
            const LONG: &str = "0123456789012345678901234567890123456789";
            let media = Media::new(LONG).unwrap();
            let answer = Answer { allow: Some(LONG), ..Answer::of(media, 431, MAX_ANSWER) };
            assert!(answer.encode(&mut buffer, false, &seal()).ends_with(&[0; MAX_ANSWER]));
            let head = answer.encode(&mut buffer, true, &seal());
            assert!(head.ends_with(b"\r\n\r\n") && (500..HEAD_ROOM).contains(&head.len()), "{}", head.len());
        }
    }
}
