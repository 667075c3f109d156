//! One request and its answer over HTTP, bounded in time and size. Nothing of it is believed here.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response, StatusCode, redirect};
use skylift_protocol::ErrorBody;
use skylift_protocol::auth::{
    self, ACCEPT_SIGNATURE, Body, Challenge, Denied, Nonce, PairingKey, SignedRequest,
};

use super::{Peer, Problem};
use crate::engine::config::Timing;
use crate::engine::text::printable;
use crate::tls::without_tls;

/// No answer of a device is longer.
const MAX_ANSWER: usize = 64 * 1024;

/// What is asked of a device.
pub(super) struct Call {
    pub(super) method: Method,
    /// Path and query.
    pub(super) target: String,
    pub(super) body: Payload,
    pub(super) pace: Pace,
    /// How long an answer is waited for.
    pub(super) patience: Duration,
}

/// What is sent along.
pub(super) enum Payload {
    Nothing,
    Json(Bytes),
    Image(Bytes),
}

/// What has to be over when patience is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// Everything, to the end of the answer.
    Whole,
    /// Nothing: an image takes as long as it takes, and a stream has no end.
    Unhurried,
}

impl Call {
    pub(super) fn get(route: &str, patience: Duration) -> Self {
        Self {
            method: Method::GET,
            target: route.to_owned(),
            body: Payload::Nothing,
            pace: Pace::Whole,
            patience,
        }
    }
}

/// Sends requests.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    http: reqwest::Client,
    /// For pushes: their answer comes when all bytes have gone, however long that takes.
    patient: reqwest::Client,
}

impl Wire {
    pub(super) fn new(timing: &Timing) -> Result<Self, reqwest::Error> {
        // Neither proxies nor redirects: what is said to a device is for that device. Devices close each connection.
        let builder = || {
            let close = (header::CONNECTION, HeaderValue::from_static("close"));
            without_tls(reqwest::Client::builder())
                .no_proxy()
                .redirect(redirect::Policy::none())
                .pool_max_idle_per_host(0)
                .connect_timeout(timing.connect)
                .default_headers([close].into_iter().collect())
                .user_agent(concat!("skylift/", env!("CARGO_PKG_VERSION")))
        };
        let http = builder().read_timeout(timing.stream_silence).build()?;
        Ok(Self { http, patient: builder().build()? })
    }

    /// Sends a request as a stranger.
    pub(super) async fn send(&self, peer: &Peer, call: &Call) -> Result<Response, Problem> {
        let request = self.request(peer, call)?;
        self.execute(request, call).await
    }

    /// Sends a request that is signed.
    pub(super) async fn send_signed(
        &self,
        peer: &Peer,
        call: &Call,
        key: &PairingKey,
        nonce: &Nonce,
    ) -> Result<(SignedRequest, Response), Problem> {
        let mut request = self.request(peer, call)?;
        let signed = sign(&request, call, key, nonce).map_err(|denied| unsendable(&denied))?;
        for (name, value) in signed.fields() {
            let name = HeaderName::try_from(name).map_err(|error| unsendable(&error))?;
            let value = HeaderValue::try_from(value).map_err(|error| unsendable(&error))?;
            request.headers_mut().insert(name, value);
        }
        Ok((signed, self.execute(request, call).await?))
    }

    fn request(&self, peer: &Peer, call: &Call) -> Result<reqwest::Request, Problem> {
        let client = if matches!(call.body, Payload::Image(_)) { &self.patient } else { &self.http };
        let url = format!("http://{}{}", peer.address, call.target);
        let request = client.request(call.method.clone(), url);
        let request = match &call.body {
            Payload::Nothing => request,
            Payload::Json(body) => {
                request.header(header::CONTENT_TYPE, "application/json").body(body.clone())
            }
            Payload::Image(bytes) => request
                .header(header::CONTENT_TYPE, "application/octet-stream")
                // Without a body there would be no length.
                .header(header::CONTENT_LENGTH, bytes.len())
                .body(bytes.clone()),
        };
        let request = if call.pace == Pace::Whole { request.timeout(call.patience) } else { request };
        request.build().map_err(|error| unsendable(&error))
    }

    async fn execute(&self, request: reqwest::Request, call: &Call) -> Result<Response, Problem> {
        let client = if matches!(call.body, Payload::Image(_)) { &self.patient } else { &self.http };
        client.execute(request).await.map_err(|error| problem(&error, call.patience))
    }
}

/// The target is signed as it will be sent, whatever was made of it on the way here.
fn sign(
    request: &reqwest::Request,
    call: &Call,
    key: &PairingKey,
    nonce: &Nonce,
) -> Result<SignedRequest, Denied> {
    let url = request.url();
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let body = match &call.body {
        Payload::Nothing => Body::Whole(&[]),
        Payload::Json(body) => Body::Whole(body),
        Payload::Image(bytes) => Body::Image(bytes.len() as u64),
    };
    SignedRequest::new(key, nonce, call.method.as_str(), &format!("{}{query}", url.path()), body)
}

/// A whole answer.
pub(super) struct Heard {
    pub(super) status: StatusCode,
    headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Heard {
    /// Waits for the rest of an answer.
    pub(super) async fn read(mut response: Response, patience: Duration) -> Result<Self, Problem> {
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| problem(&error, patience))? {
            if body.len() + piece.len() > MAX_ANSWER {
                return Err(Problem::TooLong(MAX_ANSWER));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Self { status, headers, body })
    }

    /// The body of a success; else what the device says against it.
    pub(super) fn success(self) -> Result<Vec<u8>, Problem> {
        if self.status.is_success() { Ok(self.body) } else { Err(self.refusal()) }
    }

    /// An answer that is not a success, as the device explains it.
    pub(super) fn refusal(&self) -> Problem {
        match serde_json::from_slice::<ErrorBody>(&self.body) {
            Ok(explained) => Problem::Refused { code: explained.error, detail: printable(&explained.detail) },
            Err(_) => Problem::Status(self.status.as_u16()),
        }
    }

    /// The nonce for the next request, and the key that it is to be signed with.
    pub(super) fn challenge(&self) -> Option<Challenge> {
        Challenge::parse(self.headers.get(ACCEPT_SIGNATURE)?.as_bytes()).ok()
    }

    /// Insists that it is the answer to this request, of who holds the key.
    pub(super) fn check(&self, signed: &SignedRequest, key: &PairingKey) -> Result<(), Denied> {
        let fields = || self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let answer = auth::Answer { status: self.status.as_u16(), fields, body: &self.body };
        signed.check_answer(key, &answer)
    }
}

fn unsendable(error: &impl std::fmt::Display) -> Problem {
    Problem::NotReached(printable(&format!("the request cannot be sent: {error}")))
}

fn problem(error: &reqwest::Error, patience: Duration) -> Problem {
    let cause = printable(&innermost(error).to_string());
    if error.is_connect() {
        let unreachable = if error.is_timeout() { "nobody answers there".to_owned() } else { cause };
        Problem::NotReached(unreachable)
    } else if error.is_timeout() {
        Problem::Silent(patience)
    } else {
        Problem::Broken(cause)
    }
}

/// The cause at the bottom: what is above it repeats the URL.
fn innermost<'e>(error: &'e (dyn std::error::Error + 'static)) -> &'e (dyn std::error::Error + 'static) {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost
}
