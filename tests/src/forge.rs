//! Signed requests by hand, from RFC 9421 and RFC 9530 alone: every part of them can be left out or changed.

use std::fmt::Write as _;

use base64ct::{Base64, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};
use skylift_protocol::auth::PairingKey;

use crate::stranger::Reply;

/// What a signature has to cover.
pub const COMPONENTS: [&str; 4] = [r#""@method""#, r#""@path""#, r#""@query""#, r#""content-digest""#];

/// What the signature of an answer covers.
const ANSWERED: [&str; 3] = [r#""@status""#, r#""content-digest""#, r#""signature";req;key="sig""#];

/// A request, and what is to be signed of it. [`Draft::new`] is right; all else is the forger's.
#[derive(Clone)]
pub struct Draft {
    /// The key that signs.
    pub key: PairingKey,
    /// The key that is named.
    pub key_id: String,
    /// The algorithm that is named, if any. What signs is HMAC-SHA-256.
    pub algorithm: Option<&'static str>,
    /// The nonce that is named.
    pub nonce: String,
    /// What is covered, with its quotes.
    pub components: Vec<&'static str>,
    /// The method.
    pub method: &'static str,
    /// The path, without a query.
    pub path: String,
    /// The body.
    pub body: String,
}

impl Draft {
    /// A request with a body in JSON, signed as the device asks for.
    #[must_use]
    pub fn new(key: &PairingKey, nonce: &str, method: &'static str, path: &str, body: &str) -> Self {
        Self {
            key: key.clone(),
            key_id: key.id().to_string(),
            algorithm: Some("hmac-sha256"),
            nonce: nonce.to_owned(),
            components: COMPONENTS.to_vec(),
            method,
            path: path.to_owned(),
            body: body.to_owned(),
        }
    }

    /// Signs it.
    #[must_use]
    pub fn sign(&self) -> Request {
        let digest = content_digest(self.body.as_bytes());
        let mut params = format!("({});keyid=\"{}\"", self.components.join(" "), self.key_id);
        if let Some(algorithm) = self.algorithm {
            write!(params, ";alg=\"{algorithm}\"").unwrap();
        }
        write!(params, ";nonce=\"{}\"", self.nonce).unwrap();
        let value = |component: &str| match component {
            r#""@method""# => self.method,
            r#""@path""# => &self.path,
            r#""@query""# => "?",
            r#""content-digest""# => &digest,
            other => panic!("nobody signs {other} here"),
        };
        let base = base(self.components.iter().map(|component| (*component, value(component))), &params);
        let signature = mac(&self.key, &base);
        let mut fields = vec![("Content-Digest", digest), ("Signature-Input", format!("sig={params}"))];
        fields.push(("Signature", format!("sig=:{signature}:")));
        if self.method != "GET" {
            fields.push(("Content-Type", "application/json".to_owned()));
            fields.push(("Content-Length", self.body.len().to_string()));
        }
        let body = self.body.clone();
        Request { line: format!("{} {} HTTP/1.1", self.method, self.path), fields, body, signature }
    }
}

/// A request as it is sent; changed here, it is changed on the way.
#[derive(Clone)]
pub struct Request {
    /// Method, target and version.
    pub line: String,
    /// The fields of its head.
    pub fields: Vec<(&'static str, String)>,
    /// Its body.
    pub body: String,
    signature: String,
}

impl Request {
    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut text = format!("{}\r\n", self.line);
        for (name, value) in &self.fields {
            write!(text, "{name}: {value}\r\n").unwrap();
        }
        (text + "\r\n" + &self.body).into_bytes()
    }

    /// With another body, of which the head says nothing.
    #[must_use]
    pub fn with_body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    /// With another method, target and version.
    #[must_use]
    pub fn with_line(mut self, line: &str) -> Self {
        line.clone_into(&mut self.line);
        self
    }

    /// With one more field, also if there is one of this name.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.fields.push((name, value.to_owned()));
        self
    }

    /// With another value of a field, which must be there.
    #[must_use]
    pub fn changed(mut self, name: &str, change: impl FnOnce(&str) -> String) -> Self {
        let (_, value) = self.fields.iter_mut().find(|(found, _)| *found == name).unwrap();
        *value = change(value);
        self
    }

    /// Without a field, which must be there.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        assert!(self.fields.iter().any(|(found, _)| *found == name), "{name} is not there");
        self.fields.retain(|(found, _)| *found != name);
        self
    }

    /// The value of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> &str {
        &self.fields.iter().find(|(found, _)| *found == name).unwrap().1
    }

    /// Whether an answer is signed with this key, covers its own status and body, and belongs to this request.
    #[must_use]
    pub fn is_answered_by(&self, reply: &Reply, key: &PairingKey) -> bool {
        let (Some(input), Some(signature)) = (reply.field("signature-input"), reply.field("signature"))
        else {
            return false;
        };
        let params = input.strip_prefix("sig=").unwrap();
        assert!(params.starts_with(&format!("({});", ANSWERED.join(" "))), "{params}");
        let (status, digest) = (reply.status.to_string(), content_digest(reply.body.as_bytes()));
        let request = format!(":{}:", self.signature);
        let base = base(ANSWERED.into_iter().zip([&*status, &digest, &request]), params);
        signature == format!("sig=:{}:", mac(key, &base)) && reply.field("content-digest") == Some(&digest)
    }
}

/// An answer with a signature that belongs to a request with this one, from somebody who holds `key` and names `key_id`.
#[must_use]
pub fn answer(key: &PairingKey, key_id: &str, request: &str, body: &str) -> Vec<u8> {
    let params = format!("({});keyid=\"{key_id}\";alg=\"hmac-sha256\"", ANSWERED.join(" "));
    let digest = content_digest(body.as_bytes());
    let request = request.strip_prefix("sig=").unwrap();
    let signature = mac(key, &base(ANSWERED.into_iter().zip(["200", &digest, request]), &params));
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\
         content-digest: {digest}\r\nsignature-input: sig={params}\r\nsignature: sig=:{signature}:\r\n\r\n{body}"
    )
    .into_bytes()
}

/// RFC 9530.
#[must_use]
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", base64(&Sha256::digest(body)))
}

/// RFC 9421 §2.5.
fn base<'t>(lines: impl Iterator<Item = (&'t str, &'t str)>, params: &str) -> String {
    let lines: String = lines.map(|(component, value)| format!("{component}: {value}\n")).collect();
    format!("{lines}\"@signature-params\": {params}")
}

fn mac(key: &PairingKey, base: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(key.reveal()).unwrap();
    base64(&mac.chain_update(base).finalize().into_bytes())
}

fn base64(bytes: &[u8]) -> String {
    let mut buffer = [0; 64];
    Base64::encode(bytes, &mut buffer).unwrap().to_owned()
}
