//! A request's head: parsed strictly, and kept as offsets into the connection's buffer.
//!
//! `httparse` itself, not edge-http's `RequestHeaders::receive` around it: that cannot tell an unknown method
//! from garbage (405, 400), nor too many fields from a head that is too long, and has `unreachable!` in its path.

use httparse::{EMPTY_HEADER, Error, Status};

/// No head is longer than this, in bytes; beyond it 431.
pub const MAX_HEAD: usize = 2048;
/// No head has more fields than this; beyond it 431.
pub const MAX_FIELDS: usize = 32;

/// A part of the connection's buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    start: u16,
    end: u16,
}

impl Span {
    /// From `start` up to `end`; empty if that does not fit, which no buffer here is long enough for.
    pub fn new(start: usize, end: usize) -> Self {
        match (u16::try_from(start), u16::try_from(end)) {
            (Ok(start), Ok(end)) => Self { start, end },
            _ => Self::default(),
        }
    }

    /// Where `inner` lies in `outer`, of which it is a part.
    fn within(outer: &[u8], inner: &[u8]) -> Self {
        let start = inner.as_ptr().addr().saturating_sub(outer.as_ptr().addr());
        Self::new(start, start + inner.len())
    }

    /// The bytes.
    pub fn bytes(self, buffer: &[u8]) -> &[u8] {
        buffer.get(usize::from(self.start)..usize::from(self.end)).unwrap_or_default()
    }

    /// The bytes as text; empty if they are none.
    pub fn text(self, buffer: &[u8]) -> &str {
        core::str::from_utf8(self.bytes(buffer)).unwrap_or_default()
    }

    /// One past the last byte.
    pub fn end(self) -> usize {
        usize::from(self.end)
    }
}

/// Where the parts of a head are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// The method, a token.
    pub method: Span,
    /// The path, which begins with `/`; visible ASCII.
    pub path: Span,
    /// What follows `?` in the target, if there is one.
    pub query: Option<Span>,
    /// All field lines.
    pub fields: Span,
    /// HTTP/1.1, not 1.0.
    pub http11: bool,
    /// Bytes of the head, with the empty line at its end.
    pub len: usize,
}

/// Why bytes are no head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeadFault {
    /// They are not HTTP/1; the text says which part.
    Malformed(&'static str),
    /// More than [`MAX_HEAD`] bytes, or more than [`MAX_FIELDS`] fields.
    TooLarge(&'static str),
}

/// The head at the start of `bytes`; `None` if it has not arrived completely.
pub(super) fn parse(bytes: &[u8]) -> Result<Option<Head>, HeadFault> {
    let mut fields = [EMPTY_HEADER; MAX_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    let len = match request.parse(bytes) {
        Ok(Status::Complete(len)) if len <= MAX_HEAD => len,
        Ok(Status::Partial) if bytes.len() < MAX_HEAD => return Ok(None),
        Ok(_) => return Err(HeadFault::TooLarge("the head is longer than 2048 bytes")),
        Err(error) => return Err(fault(error)),
    };
    let (method, target) = (request.method.unwrap_or_default(), request.path.unwrap_or_default());
    if !target.starts_with('/') || !target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
        return Err(HeadFault::Malformed("the target must be a path in ASCII"));
    }
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(Span::within(bytes, query.as_bytes()))),
        None => (target, None),
    };
    Ok(Some(Head {
        method: Span::within(bytes, method.as_bytes()),
        path: Span::within(bytes, path.as_bytes()),
        query,
        fields: Span::new(end_of_line(bytes, Span::within(bytes, target.as_bytes()).end()), len),
        http11: request.version == Some(1),
        len,
    }))
}

/// One past the first line feed from `start` on.
fn end_of_line(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    rest.iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |at| start + at + 1)
}

fn fault(error: Error) -> HeadFault {
    HeadFault::Malformed(match error {
        Error::TooManyHeaders => return HeadFault::TooLarge("the head has more than 32 fields"),
        Error::Version => "the version must be HTTP/1.0 or HTTP/1.1",
        Error::HeaderName => "a field's name is malformed",
        Error::HeaderValue => "a field's value is malformed",
        Error::NewLine | Error::Token | Error::Status => "the request line is malformed",
    })
}

/// The fields of a head that [`parse`] took: name and value, in the order they came.
pub(super) fn fields(lines: &[u8]) -> impl Iterator<Item = (&str, &[u8])> {
    lines.split(|&byte| byte == b'\n').filter_map(|line| {
        let colon = line.iter().position(|&byte| byte == b':')?;
        let (name, value) = line.split_at_checked(colon)?;
        Some((core::str::from_utf8(name).ok()?, value.get(1..)?.trim_ascii()))
    })
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    fn whole(text: &str) -> Head {
        parse(text.as_bytes()).unwrap().unwrap()
    }

    #[test]
    fn parts_are_found() {
        let text = "\r\nGET /a/b?c=d HTTP/1.1\r\nHost:  x \r\nX-Empty:\r\nA: b: c\r\n\r\nbody";
        let head = whole(text);
        let bytes = text.as_bytes();
        assert_eq!(head.method.text(bytes), "GET");
        assert_eq!(head.path.text(bytes), "/a/b");
        assert_eq!(head.query.unwrap().text(bytes), "c=d");
        assert!(head.http11);
        assert_eq!(&text[head.len..], "body");
        let found: Vec<_> = fields(head.fields.bytes(bytes)).collect();
        assert_eq!(found, [("Host", &b"x"[..]), ("X-Empty", b""), ("A", b"b: c")]);
    }

    #[test]
    fn no_fields_at_all() {
        let text = "POST / HTTP/1.0\r\n\r\n";
        let head = whole(text);
        assert_eq!(fields(head.fields.bytes(text.as_bytes())).count(), 0);
        assert!(!head.http11);
    }

    #[test]
    fn refused() {
        for text in [
            "\x16\x03\x01\x02\x00",
            "GET\r\n",
            "GET /\r\n\r\n",
            "GET / HTTP/2.0\r\n\r\n",
            "GET * HTTP/1.1\r\n\r\n",
            "GET http://x/ HTTP/1.1\r\n\r\n",
            "GET /é HTTP/1.1\r\n\r\n",
            "GET /#a HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nA : b\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "GET / HTTP/1.1\r\nA: \x01\r\n\r\n",
        ] {
            assert!(matches!(parse(text.as_bytes()), Err(HeadFault::Malformed(_))), "{text:?}");
        }
    }

    #[test]
    fn limits() {
        let mut text = std::string::String::from("GET / HTTP/1.1\r\n");
        text.push_str(&"A: b\r\n".repeat(MAX_FIELDS));
        assert!(parse((text.clone() + "\r\n").as_bytes()).unwrap().is_some());
        text.push_str("A: b\r\n\r\n");
        assert!(matches!(parse(text.as_bytes()), Err(HeadFault::TooLarge(_))));

        let frame = "GET / HTTP/1.1\r\nA: \r\n\r\n".len();
        let long = |len: usize| std::format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "x".repeat(len - frame));
        assert_eq!(whole(&long(MAX_HEAD)).len, MAX_HEAD);
        assert!(matches!(parse(long(MAX_HEAD + 1).as_bytes()), Err(HeadFault::TooLarge(_))));
        assert_eq!(parse(&long(MAX_HEAD).as_bytes()[..MAX_HEAD - 1]), Ok(None));
        assert!(matches!(parse(&long(MAX_HEAD + 1).as_bytes()[..MAX_HEAD]), Err(HeadFault::TooLarge(_))));
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn fields_come_back(
            names in proptest::collection::vec("[A-Za-z][A-Za-z0-9-]{0,10}", 0..MAX_FIELDS),
            value in "[ -~]{0,20}",
        ) {
            let mut text = std::string::String::from("GET /x HTTP/1.1\r\n");
            for name in &names {
                text.push_str(&std::format!("{name}: {value}\r\n"));
            }
            text.push_str("\r\n");
            let head = whole(&text);
            let found: Vec<_> = fields(head.fields.bytes(text.as_bytes())).collect();
            prop_assert_eq!(found.len(), names.len());
            for (found, name) in found.iter().zip(&names) {
                prop_assert_eq!(found.0, name.as_str());
                prop_assert_eq!(found.1, value.trim().as_bytes());
            }
        }
    }
}
