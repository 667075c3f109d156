//! The head of a host's answer, parsed strictly.

use httparse::{EMPTY_HEADER, Error, Header, Status};

use super::fault::Fault;
use crate::http::digits;

/// No head of an answer may be longer than this, in bytes.
pub(crate) const MAX_HEAD: usize = 1024;
/// No head of an answer may have more fields than this.
const MAX_FIELDS: usize = 24;

/// What matters of an answer's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    /// The status.
    pub status: u16,
    /// Content-Length; `None` as well if the body is chunked.
    pub length: Option<u64>,
    /// Content-Range.
    pub range: Option<Range>,
    /// Bytes of the head.
    pub len: usize,
}

/// A Content-Range of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    /// The first byte.
    pub first: u64,
    /// The last byte, which is part of it.
    pub last: u64,
    /// Bytes of the whole file.
    pub total: u64,
}

/// The head at the start of `bytes`; `None` if it has not arrived completely.
pub(crate) fn parse(bytes: &[u8]) -> Result<Option<Reply>, Fault> {
    let mut fields = [EMPTY_HEADER; MAX_FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    let len = match response.parse(bytes) {
        Ok(Status::Complete(len)) if len <= MAX_HEAD => len,
        Ok(Status::Partial) if bytes.len() < MAX_HEAD => return Ok(None),
        Ok(_) | Err(Error::TooManyHeaders) => return Err(Fault::HeadTooLarge),
        Err(Error::HeaderName | Error::HeaderValue) => return Err(Fault::Malformed("a field")),
        Err(_) => return Err(Fault::Malformed("the status line")),
    };
    let chunked = one(response.headers, "transfer-encoding")?.is_some();
    let length = match one(response.headers, "content-length")? {
        Some(value) => Some(digits(value).ok_or(Fault::Malformed("the Content-Length"))?),
        None => None,
    };
    let range = match one(response.headers, "content-range")? {
        Some(value) => Some(content_range(value).ok_or(Fault::WrongRange)?),
        None => None,
    };
    Ok(Some(Reply {
        status: response.code.unwrap_or_default(),
        length: length.filter(|_| !chunked),
        range,
        len,
    }))
}

/// The value of a field that may be there once.
fn one<'a>(fields: &[Header<'a>], name: &str) -> Result<Option<&'a [u8]>, Fault> {
    let mut values = fields.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(Fault::Malformed("a field that comes twice")),
        (first, None) => Ok(first.map(|field| field.value)),
    }
}

/// `bytes FIRST-LAST/TOTAL`.
fn content_range(value: &[u8]) -> Option<Range> {
    let text = core::str::from_utf8(value).ok()?;
    let (part, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = part.split_once('-')?;
    let number = |text: &str| digits(text.as_bytes());
    Some(Range { first: number(first)?, last: number(last)?, total: number(total)? })
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::format;

    use proptest::prelude::*;

    use super::*;

    fn of(fields: &str) -> Result<Option<Reply>, Fault> {
        parse(format!("HTTP/1.1 206 \r\n{fields}\r\n").as_bytes())
    }

    #[test]
    fn parts() {
        let reply = of("content-length: 10\r\nContent-Range: bytes 5-14/15\r\n").unwrap().unwrap();
        assert_eq!((reply.status, reply.length), (206, Some(10)));
        assert_eq!(reply.range, Some(Range { first: 5, last: 14, total: 15 }));
        assert_eq!(of("Content-Length: 9\r\nTransfer-Encoding: chunked\r\n").unwrap().unwrap().length, None);
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\nContent-"), Ok(None));
    }

    #[test]
    fn refused() {
        for fields in [
            "Content-Length: abc\r\n",
            "Content-Length: -1\r\n",
            "Content-Length: 1\r\nContent-Length: 1\r\n",
        ] {
            assert!(matches!(of(fields), Err(Fault::Malformed(_))), "{fields}");
        }
        for range in
            ["bytes */15", "bytes 5-/15", "bytes 5-14/*", "lines 5-14/15", "bytes 5-14", "é", "bytes a-b/c"]
        {
            assert_eq!(of(&format!("Content-Range: {range}\r\n")), Err(Fault::WrongRange), "{range}");
        }
        assert_eq!(of(&"A: b\r\n".repeat(25)), Err(Fault::HeadTooLarge));
        assert_eq!(of(&format!("A: {}\r\n", "x".repeat(MAX_HEAD))), Err(Fault::HeadTooLarge));
        assert_eq!(
            parse(&[b"HTTP/1.1 200 OK\r\nA: ", &[b'x'; MAX_HEAD][..]].concat()),
            Err(Fault::HeadTooLarge)
        );
        for garbage in ["SSH-2.0-OpenSSH\r\n", "\0\0\0\0", "HTTP/2 200\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n"] {
            assert!(matches!(parse(garbage.as_bytes()), Err(Fault::Malformed(_))), "{garbage:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300), fields in "[ -~\r\n]{0,200}") {
            let _ = parse(&bytes);
            let _ = of(&fields);
            let _ = of(&format!("Content-Range: bytes {fields}\r\n"));
        }

        #[test]
        fn ranges_come_back(first in any::<u64>(), last in any::<u64>(), total in any::<u64>()) {
            let reply = of(&format!("Content-Range: bytes {first}-{last}/{total}\r\n")).unwrap().unwrap();
            prop_assert_eq!(reply.range, Some(Range { first, last, total }));
        }
    }
}
