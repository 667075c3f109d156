//! What a handler sees of a request.

use super::head::{self, Head, Span};

/// A request whose head has been checked, and its body as far as it was asked for.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    buffer: &'a [u8],
    head: Head,
    body: Span,
}

impl<'a> Request<'a> {
    pub(super) fn new(buffer: &'a [u8], head: Head, body: Span) -> Self {
        Self { buffer, head, body }
    }

    /// The method as it came: a token, and methods are case-sensitive.
    #[must_use]
    pub fn method(&self) -> &'a str {
        self.head.method.text(self.buffer)
    }

    /// The path without its query: visible ASCII, begins with `/`. Nothing is decoded.
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.head.path.text(self.buffer)
    }

    /// What follows `?` in the target; `None` without `?`.
    #[must_use]
    pub fn query(&self) -> Option<&'a str> {
        self.head.query.map(|query| query.text(self.buffer))
    }

    /// The value of the first field with this name (case does not matter), without spaces around it.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a [u8]> {
        self.headers().find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All fields in the order they came. A name may come more than once.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> + use<'a> {
        head::fields(self.head.fields.bytes(self.buffer))
    }

    /// The body; empty while [`Handler::admit`](super::Handler::admit) looks at the request.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        self.body.bytes(self.buffer)
    }

    pub(super) fn http11(&self) -> bool {
        self.head.http11
    }
}
