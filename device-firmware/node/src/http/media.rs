//! Media types of answers (`Content-Type`).

/// A media type: short, and of nothing but visible ASCII and spaces, so that it fits into every head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Media(&'static str);

impl Media {
    /// Bytes of the longest.
    pub const MAX_LEN: usize = 40;
    /// JSON.
    pub const JSON: Self = Self("application/json");
    /// Text in UTF-8.
    pub const TEXT: Self = Self("text/plain; charset=utf-8");
    /// A web page in UTF-8.
    pub const HTML: Self = Self("text/html; charset=utf-8");
    /// Server-sent events.
    pub(super) const EVENTS: Self = Self("text/event-stream");

    /// Another one, such as `text/csv`; `None` if it is empty, longer than [`MAX_LEN`](Self::MAX_LEN), or not of
    /// visible ASCII and spaces.
    #[must_use]
    pub const fn new(text: &'static str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.is_empty() || bytes.len() > Self::MAX_LEN {
            return None;
        }
        let mut rest = bytes;
        while let [byte, tail @ ..] = rest {
            if !matches!(byte, b' '..=b'~') {
                return None;
            }
            rest = tail;
        }
        Some(Self(text))
    }

    pub(super) const fn as_str(self) -> &'static str {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_media_type_breaks_a_head() {
        assert_eq!(Media::new("text/csv").map(Media::as_str), Some("text/csv"));
        for known in [Media::JSON, Media::TEXT, Media::HTML, Media::EVENTS] {
            assert_eq!(Media::new(known.as_str()), Some(known));
        }
        for bad in ["", "text/csv\r\nEvil: 1", "text/ü", "application/a-name-that-is-much-too-long+xml"] {
            assert_eq!(Media::new(bad), None, "{bad}");
        }
    }
}
