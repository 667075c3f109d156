//! Messages between the two sides, as they can be changed on the way.

use skylift_protocol::auth::{
    Answer, Body, BodyDigest, Denied, Gate, Nonce, Owner, PairingKey, Request, Signed, SignedRequest,
};
use skylift_protocol::routes;

pub const LIFE_MS: u32 = 60_000;
pub const ORDER: &[u8] = br#"{"order_id":"7"}"#;

pub fn key(byte: u8) -> PairingKey {
    PairingKey::try_from(&[byte; 32][..]).unwrap()
}

pub fn gate() -> Gate {
    Gate::new(key(1), [2; 32], LIFE_MS)
}

type Field = (String, Vec<u8>);

/// Both kinds of messages have fields, which are given as the two sides look at them.
pub fn fields<'a>(fields: &'a [Field]) -> impl Fn() -> Box<dyn Iterator<Item = (&'a str, &'a [u8])> + 'a> {
    move || Box::new(fields.iter().map(|(name, value)| (name.as_str(), value.as_slice())))
}

/// A request on its way.
#[derive(Clone, Debug)]
pub struct Sent {
    pub method: String,
    pub path: String,
    pub query: Option<String>,
    pub fields: Vec<Field>,
    pub body: Vec<u8>,
}

impl Sent {
    /// An order, signed with the device's key.
    pub fn order(nonce: &Nonce) -> (Self, SignedRequest) {
        Self::whole(&key(1), nonce, "POST", "/update?verbose=1", ORDER)
    }

    pub fn whole(
        key: &PairingKey,
        nonce: &Nonce,
        method: &str,
        target: &str,
        body: &[u8],
    ) -> (Self, SignedRequest) {
        let signed = SignedRequest::new(key, nonce, method, target, Body::Whole(body)).unwrap();
        (Self::new(method, target, &signed, body), signed)
    }

    /// An image that is pushed.
    pub fn image(nonce: &Nonce, bytes: &[u8]) -> Self {
        let target = format!("{}?order_id=7&from=0", routes::IMAGE);
        let body = Body::Image(bytes.len() as u64);
        let signed = SignedRequest::new(&key(1), nonce, "PUT", &target, body).unwrap();
        let mut sent = Self::new("PUT", &target, &signed, bytes);
        sent.set("Content-Length", bytes.len().to_string().as_bytes());
        sent
    }

    fn new(method: &str, target: &str, signed: &SignedRequest, body: &[u8]) -> Self {
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.map(str::to_owned),
            fields: signed.fields().map(|(name, value)| (name.to_owned(), value.into())).collect(),
            body: body.to_vec(),
        }
    }

    pub fn field(&mut self, name: &str) -> &mut Vec<u8> {
        let field = self.fields.iter_mut().find(|(found, _)| found.eq_ignore_ascii_case(name));
        &mut field.unwrap_or_else(|| panic!("no field {name}")).1
    }

    pub fn set(&mut self, name: &str, value: &[u8]) {
        self.drop(name);
        self.fields.push((name.to_owned(), value.to_vec()));
    }

    pub fn drop(&mut self, name: &str) {
        self.fields.retain(|(found, _)| !found.eq_ignore_ascii_case(name));
    }

    /// What the device says to its head.
    pub fn head(&self, gate: &mut Gate, now_ms: u64) -> Result<Signed, Denied> {
        let request = Request {
            method: &self.method,
            path: &self.path,
            query: self.query.as_deref(),
            fields: fields(&self.fields),
        };
        gate.check(&request, now_ms)
    }

    /// What the device says to it.
    pub fn judged(&self, gate: &mut Gate, now_ms: u64) -> Result<Owner, Denied> {
        let signed = self.head(gate, now_ms)?;
        if self.path == routes::IMAGE { signed.with_image() } else { signed.with_body(&self.body) }
    }
}

/// An answer on its way.
#[derive(Clone, Debug)]
pub struct Answered {
    pub status: u16,
    pub fields: Vec<Field>,
    pub body: Vec<u8>,
}

impl Answered {
    /// What the device answers to who passed.
    pub fn new(gate: &Gate, owner: &Owner, status: u16, body: &[u8]) -> Self {
        let signed = gate.answer(owner, status, BodyDigest::of(body));
        let fields = signed.fields().map(|(name, value)| (name.to_owned(), value.into())).to_vec();
        Self { status, fields, body: body.to_vec() }
    }

    /// What the host says to it.
    pub fn judged(&self, sent: &SignedRequest) -> Result<(), Denied> {
        let answer = Answer { status: self.status, fields: fields(&self.fields), body: &self.body };
        sent.check_answer(&key(1), &answer)
    }
}
