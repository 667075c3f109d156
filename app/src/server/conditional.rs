//! Requests that depend on which image the client already has (RFC 9110, section 13).

use hyper::HeaderMap;
use hyper::header::{HeaderName, IF_MATCH, IF_NONE_MATCH, IF_RANGE};

/// What the entity tags in a request make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Precondition {
    /// It is answered.
    Holds,
    /// The client has this image already: 304.
    NotModified,
    /// The client wants another image and nothing else: 412.
    Fails,
}

/// Evaluates If-Match, then If-None-Match.
pub(super) fn precondition(headers: &HeaderMap, etag: &str) -> Precondition {
    if headers.contains_key(IF_MATCH) && !lists(headers, IF_MATCH, |tag| tag == etag) {
        return Precondition::Fails;
    }
    // The weak comparison, as the RFC demands here and only here.
    if lists(headers, IF_NONE_MATCH, |tag| tag.strip_prefix("W/").unwrap_or(tag) == etag) {
        return Precondition::NotModified;
    }
    Precondition::Holds
}

/// Whether a range still means this image. A date never does: images are told apart by their digest alone.
pub(super) fn range_applies(headers: &HeaderMap, etag: &str) -> bool {
    headers.get_all(IF_RANGE).iter().all(|tag| tag == etag)
}

fn lists(headers: &HeaderMap, name: HeaderName, matches: impl Fn(&str) -> bool) -> bool {
    let values = headers.get_all(name);
    let mut tags = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(','));
    tags.any(|tag| tag.trim() == "*" || matches(tag.trim()))
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    const ETAG: &str = "\"abc\"";

    fn headers(lines: &[(HeaderName, &'static str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    fn judge(lines: &[(HeaderName, &'static str)]) -> Precondition {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            map.append(name.clone(), HeaderValue::from_static(value));
        }
        precondition(&map, ETAG)
    }

    #[test]
    fn if_none_match() {
        for tags in ["\"abc\"", "W/\"abc\"", "*", "\"x\", \"abc\"", "\"x\",W/\"abc\" ,\"y\""] {
            assert_eq!(judge(&[(IF_NONE_MATCH, tags)]), Precondition::NotModified, "{tags}");
        }
        for tags in ["", "\"x\"", "abc", "\"ab", "\"ABC\"", "w/\"abc\"", "W/W/\"abc\""] {
            assert_eq!(judge(&[(IF_NONE_MATCH, tags)]), Precondition::Holds, "{tags}");
        }
        assert_eq!(judge(&[(IF_NONE_MATCH, "\"x\""), (IF_NONE_MATCH, "\"abc\"")]), Precondition::NotModified);
    }

    #[test]
    fn if_match() {
        for tags in ["\"abc\"", "*", "\"x\", \"abc\""] {
            assert_eq!(judge(&[(IF_MATCH, tags)]), Precondition::Holds, "{tags}");
        }
        for tags in ["", "\"x\"", "W/\"abc\"", "abc"] {
            assert_eq!(judge(&[(IF_MATCH, tags)]), Precondition::Fails, "{tags}");
        }
        assert_eq!(judge(&[(IF_MATCH, "\"x\""), (IF_NONE_MATCH, "\"abc\"")]), Precondition::Fails);
    }

    #[test]
    fn if_range() {
        assert!(range_applies(&HeaderMap::new(), ETAG));
        assert!(range_applies(&headers(&[(IF_RANGE, "\"abc\"")]), ETAG));
        for value in ["", "\"x\"", "W/\"abc\"", "*", "abc", "Sun, 22 Nov 2026 10:00:00 GMT"] {
            assert!(!range_applies(&headers(&[(IF_RANGE, value)]), ETAG), "{value}");
        }
    }
}
