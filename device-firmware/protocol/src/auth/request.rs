//! Requests: which parts a signature covers, where they are found, and the host's side of signing one.

use core::fmt::Write;

use heapless::String;

use super::base::{self, Message, Put};
use super::input::{self, InputText};
use super::signature::{self, Bytes, BytesText};
use super::{
    Answer, BodyDigest, CONTENT_DIGEST, Denied, LABEL, Nonce, PairingKey, SIGNATURE, SIGNATURE_INPUT, fields,
};
use crate::routes;

const METHOD: &str = r#""@method""#;
const PATH: &str = r#""@path""#;
const QUERY: &str = r#""@query""#;
const AUTHORITY: &str = r#""@authority""#;

/// What a request's signature covers, if its body is not an image.
pub(super) const ASKED_FOR: [&str; 4] = [METHOD, PATH, QUERY, r#""content-digest""#];
/// The bytes of an image are bound by `file_sha256` in the order, which was signed.
const OF_AN_IMAGE: [&str; 4] = [METHOD, PATH, QUERY, r#""content-length""#];

/// A request, as much as a signature can cover of it.
#[derive(Clone, Copy)]
pub struct Request<'a, F> {
    /// The method as it came.
    pub method: &'a str,
    /// The path as it came, without the query.
    pub path: &'a str,
    /// What follows `?` in the target; `None` without `?`.
    pub query: Option<&'a str>,
    /// All header fields; called more than once.
    pub fields: F,
}

/// The body of a request that is to be signed.
#[derive(Clone, Copy)]
pub enum Body<'a> {
    /// All of it; empty if there is none.
    Whole(&'a [u8]),
    /// An image of so many bytes, which is streamed.
    Image(u64),
}

impl<F> Request<'_, F> {
    /// The body is the image of an order.
    pub(super) fn is_image(&self) -> bool {
        self.method == "PUT" && self.path == routes::IMAGE
    }

    /// What the signature of this request must cover.
    pub(super) fn required(&self) -> &'static [&'static str; 4] {
        if self.is_image() { &OF_AN_IMAGE } else { &ASKED_FOR }
    }
}

impl<'a, F, I> Message for Request<'a, F>
where
    F: Fn() -> I,
    I: Iterator<Item = (&'a str, &'a [u8])>,
{
    fn value(&self, component: &str, put: Put<'_>) -> Result<(), Denied> {
        let field = |name| fields::one((self.fields)(), name)?.ok_or(Denied::Incomplete);
        match component {
            METHOD => base::put_value(self.method.as_bytes(), put),
            PATH => base::put_value(self.path.as_bytes(), put),
            QUERY => {
                put(b"?");
                base::put_value(self.query.unwrap_or_default().as_bytes(), put)
            }
            AUTHORITY => {
                let host = field("host")?;
                // Without the default port, and in small letters: RFC 9421 §2.2.3.
                let host = host.strip_suffix(b":80").unwrap_or(host);
                host.iter().try_for_each(|byte| base::put_value(&[byte.to_ascii_lowercase()], put))
            }
            _ => base::put_value(field(base::field_name(component)?)?, put),
        }
    }
}

/// A request's signature, as its sender keeps it until the answer has come.
pub struct SignedRequest {
    digest: Option<BytesText>,
    input: InputText,
    signature: Bytes,
    signature_text: BytesText,
}

impl SignedRequest {
    /// Signs a request. `target` is the path and, behind `?`, the query, exactly as they will be sent.
    ///
    /// # Errors
    /// [`Denied::Malformed`] if method or target are not visible ASCII, [`Denied::Incomplete`] if this request cannot
    /// have a body of this kind: images go to [`routes::IMAGE`] only, and nothing else does.
    pub fn new(
        key: &PairingKey,
        nonce: &Nonce,
        method: &str,
        target: &str,
        body: Body<'_>,
    ) -> Result<Self, Denied> {
        let mut length = String::<20>::new();
        let digest = match body {
            Body::Whole(body) => Some(BodyDigest::of(body).text()),
            Body::Image(len) => {
                write!(length, "{len}").map_err(|_| Denied::Malformed)?;
                None
            }
        };
        let field = match &digest {
            Some(digest) => (CONTENT_DIGEST, digest.as_bytes()),
            None => ("content-length", length.as_bytes()),
        };
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let request = Request { method, path, query, fields: || core::iter::once(field) };
        let input = input::write(request.required(), key.id(), Some(nonce));
        let signature = signature::sign(key.reveal(), &input, &request)?;
        Ok(Self { digest, input, signature, signature_text: signature::text(LABEL, &signature) })
    }

    /// The fields to send, name and value. With an image, Content-Length must be sent as well.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let digest = self.digest.as_deref().map(|digest| (CONTENT_DIGEST, digest));
        digest.into_iter().chain([(SIGNATURE_INPUT, self.input.as_str()), (SIGNATURE, &self.signature_text)])
    }

    /// Insists that an answer is from the device that holds `key`, is the answer to this request, and is unchanged.
    ///
    /// # Errors
    /// What is wrong with its signature. An answer to a request that the device denied is not signed: `Missing`.
    pub fn check_answer<'a, F, I>(&self, key: &PairingKey, answer: &Answer<'a, F>) -> Result<(), Denied>
    where
        F: Fn() -> I,
        I: Iterator<Item = (&'a str, &'a [u8])>,
    {
        answer.check(key, &self.signature)
    }
}
