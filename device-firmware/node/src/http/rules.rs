//! What is checked of every request before its body is read, whatever its path.

use core::net::{Ipv4Addr, Ipv6Addr};

use skylift_protocol::ErrorCode;

use super::{BodyKind, MAX_BODY, Refusal, Request};

/// Refuses what a web page sent: no page may drive a device, nor read from it.
pub(super) fn no_web_page(request: &Request<'_>) -> Result<(), Refusal> {
    let page =
        |name: &str| name.eq_ignore_ascii_case("origin") || name.eq_ignore_ascii_case("sec-fetch-site");
    if request.headers().any(|(name, _)| page(name)) {
        return Err(Refusal::new(ErrorCode::Forbidden, "requests of web pages are not answered"));
    }
    Ok(())
}

/// Refuses what is meant for another host: a web page that had its own name point to this device (DNS rebinding) would
/// be taken by the browser for one of the device's. Addresses can not be made to point elsewhere; programs that name no
/// host are no browsers.
pub(super) fn for_this_host(request: &Request<'_>, is_named: impl Fn(&str) -> bool) -> Result<(), Refusal> {
    let mut hosts = request.headers().filter(|(name, _)| name.eq_ignore_ascii_case("host"));
    let host = match (hosts.next(), hosts.next()) {
        (None, _) | (Some((_, b"")), None) => return Ok(()),
        (Some((_, host)), None) => host_of(host),
        _ => None,
    };
    let host =
        host.ok_or(Refusal::new(ErrorCode::BadRequest, "there must be one Host, with or without a port"))?;
    if is_address(host) || is_named(host.strip_suffix('.').unwrap_or(host)) {
        return Ok(());
    }
    let detail = "misdirected: this device answers to its address, to its id and to its name only";
    Err(Refusal::new(ErrorCode::Forbidden, detail))
}

/// The host of `HOST[:PORT]`.
fn host_of(authority: &[u8]) -> Option<&str> {
    let authority = core::str::from_utf8(authority).ok()?;
    let colon = authority.rfind(':').filter(|&at| !authority.get(at..).unwrap_or_default().contains(']'));
    let (host, port) = colon.and_then(|at| authority.split_at_checked(at)).unwrap_or((authority, ""));
    port.bytes().skip(1).all(|byte| byte.is_ascii_digit()).then_some(host)
}

fn is_address(host: &str) -> bool {
    let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    host.parse::<Ipv4Addr>().is_ok() || v6.is_some_and(|host| host.parse::<Ipv6Addr>().is_ok())
}

/// Refuses methods with side effects that are not JSON: a form of a web page can send everything else.
pub(super) fn content_type(request: &Request<'_>, kind: BodyKind) -> Result<(), Refusal> {
    if matches!(request.method(), "GET" | "HEAD" | "OPTIONS") {
        return Ok(());
    }
    let (media, detail) = match kind {
        BodyKind::Stream { .. } => {
            ("application/octet-stream", "the Content-Type must be application/octet-stream")
        }
        BodyKind::None | BodyKind::Json { .. } => {
            ("application/json", "the Content-Type must be application/json")
        }
    };
    let mut types = request.headers().filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    match (types.next(), types.next()) {
        (Some((_, value)), None) if is_media(value, media) => Ok(()),
        _ => Err(Refusal::new(ErrorCode::Forbidden, detail)),
    }
}

fn is_media(value: &[u8], media: &str) -> bool {
    let found = value.split(|&byte| byte == b';').next().unwrap_or_default();
    found.trim_ascii().eq_ignore_ascii_case(media.as_bytes())
}

/// How long the body is, in bytes, and that its kind allows it.
pub(super) fn body_length(request: &Request<'_>, kind: BodyKind) -> Result<u64, Refusal> {
    let length = declared_length(request)?;
    let most = match kind {
        BodyKind::None => 0,
        BodyKind::Json { max } => max.min(MAX_BODY) as u64,
        BodyKind::Stream { max } => max,
    };
    match length {
        None if matches!(kind, BodyKind::None) => Ok(0),
        None => Err(Refusal::new(ErrorCode::LengthRequired, "the request needs a Content-Length")),
        Some(length) if length <= most => Ok(length),
        Some(_) if most == 0 => Err(Refusal::new(ErrorCode::TooLarge, "this request takes no body")),
        Some(_) => Err(Refusal::new(ErrorCode::TooLarge, "the body is longer than this request may be")),
    }
}

/// The one Content-Length; a number beyond 64 bits is taken for the largest one.
fn declared_length(request: &Request<'_>) -> Result<Option<u64>, Refusal> {
    let mut length = None;
    for (name, value) in request.headers() {
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(Refusal::new(
                ErrorCode::LengthRequired,
                "send a Content-Length, not a Transfer-Encoding",
            ));
        }
        if name.eq_ignore_ascii_case("content-length") {
            let number = digits(value).filter(|_| length.is_none());
            length = Some(number.ok_or(Refusal::new(
                ErrorCode::BadRequest,
                "there must be one Content-Length, of digits only",
            ))?);
        }
    }
    Ok(length)
}

/// A number of digits only, at most `u64::MAX`; `None` for anything else.
pub(crate) fn digits(value: &[u8]) -> Option<u64> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(
        value
            .iter()
            .fold(0u64, |number, byte| number.saturating_mul(10).saturating_add(u64::from(byte - b'0'))),
    )
}

/// Whether the peer waits for a `100 Continue` before it sends the body.
pub(super) fn expects_continue(request: &Request<'_>) -> bool {
    request.http11()
        && request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case(b"100-continue"))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::format;
    use std::string::String;

    use super::super::head::{self, Span};
    use super::*;

    fn with<T>(method: &str, fields: &str, look: impl FnOnce(&Request<'_>) -> T) -> T {
        let text: String = format!("{method} / HTTP/1.1\r\n{fields}\r\n");
        let head = head::parse(text.as_bytes()).unwrap().unwrap();
        look(&Request::new(text.as_bytes(), head, Span::default()))
    }

    fn length(fields: &str, kind: BodyKind) -> Result<u64, ErrorCode> {
        with("POST", fields, |request| body_length(request, kind).map_err(|refusal| refusal.code))
    }

    #[test]
    fn lengths() {
        let json = BodyKind::Json { max: 20 };
        assert_eq!(length("Content-Length: 20\r\n", json), Ok(20));
        assert_eq!(length("Content-Length: 0\r\n", BodyKind::None), Ok(0));
        assert_eq!(length("", BodyKind::None), Ok(0));
        assert_eq!(length("", json), Err(ErrorCode::LengthRequired));
        for long in ["21", "101", "4294967297", "18446744073709551616", &"9".repeat(60)] {
            assert_eq!(
                length(&format!("Content-Length: {long}\r\n"), json),
                Err(ErrorCode::TooLarge),
                "{long}"
            );
        }
        assert_eq!(
            length("Content-Length: 1793\r\n", BodyKind::Json { max: 9999 }),
            Err(ErrorCode::TooLarge)
        );
        assert_eq!(length("Content-Length: 1\r\n", BodyKind::None), Err(ErrorCode::TooLarge));
        for bad in ["abc", "", "-1", "+1", "1 1", "1,1", "0x1", "1.0"] {
            assert_eq!(
                length(&format!("Content-Length: {bad}\r\n"), json),
                Err(ErrorCode::BadRequest),
                "{bad}"
            );
        }
        assert_eq!(length("Content-Length: 9999\r\n", BodyKind::Stream { max: 9999 }), Ok(9999));
        assert_eq!(
            length("Content-Length: 10000\r\n", BodyKind::Stream { max: 9999 }),
            Err(ErrorCode::TooLarge)
        );
        let twice = "Content-Length: 1\r\ncontent-length: 1\r\n";
        assert_eq!(length(twice, json), Err(ErrorCode::BadRequest));
        let both = "Content-Length: 1\r\nTransfer-Encoding: identity\r\n";
        assert_eq!(length(both, json), Err(ErrorCode::LengthRequired));
    }

    #[test]
    fn content_types() {
        let json = BodyKind::Json { max: 20 };
        let of = |method, fields| with(method, fields, |request| content_type(request, json).is_ok());
        assert!(of("POST", "Content-Type: application/json\r\n"));
        assert!(of("POST", "content-type: Application/JSON ; charset=utf-8\r\n"));
        assert!(!of("POST", "Content-Type: text/plain\r\n"));
        assert!(!of("POST", "Content-Type: application/jsonp\r\n"));
        assert!(!of("POST", "Content-Type: text/plain\r\nContent-Type: application/json\r\n"));
        assert!(!of("POST", ""));
        assert!(!of("DELETE", ""));
        assert!(!of("get", ""));
        assert!(of("GET", ""));
        let stream = BodyKind::Stream { max: 20 };
        let of = |fields| with("PUT", fields, |request| content_type(request, stream).is_ok());
        assert!(of("Content-Type: application/octet-stream\r\n"));
        assert!(!of("Content-Type: application/json\r\n"));
        assert!(!of(""));
    }

    #[test]
    fn hosts() {
        let of = |fields: &str| {
            with("GET", fields, |request| for_this_host(request, |name| name == "lamp").map_err(|it| it.code))
        };
        for own in
            ["", "Host: lamp\r\n", "host: lamp:80\r\n", "Host: lamp.\r\n", "Host:\r\n", "Host: lamp:\r\n"]
        {
            assert_eq!(of(own), Ok(()), "{own}");
        }
        for address in ["10.0.0.7", "10.0.0.7:8080", "[::1]", "[fe80::7]:80", "255.255.255.255"] {
            assert_eq!(of(&format!("Host: {address}\r\n")), Ok(()), "{address}");
        }
        for other in [
            "evil.example",
            "lamp.evil.example:80",
            "localhost",
            "10.0.0",
            "::1",
            "[lamp]",
            ":80",
            "10.0.0.7.evil.example",
            "lamp..",
        ] {
            assert_eq!(of(&format!("Host: {other}\r\n")), Err(ErrorCode::Forbidden), "{other}");
        }
        for odd in [
            "Host: lamp\r\nHost: lamp\r\n",
            "Host: lamp:x\r\n",
            "Host: evil.example:80,lamp\r\n",
            "Host: \u{e9}\r\nhost:\r\n",
        ] {
            assert_eq!(of(odd), Err(ErrorCode::BadRequest), "{odd}");
        }
    }

    #[test]
    fn web_pages() {
        let of = |fields| with("GET", fields, |request| no_web_page(request).is_ok());
        assert!(of("User-Agent: x\r\n"));
        assert!(!of("origin: null\r\n"));
        assert!(!of("Sec-Fetch-Site: none\r\n"));
    }
}
