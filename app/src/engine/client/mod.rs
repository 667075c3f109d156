//! Speaking to a device: one request, one connection, bounded in time and size.

mod error;
mod events;

use std::time::Duration;

use bytes::Bytes;
use reqwest::{Method, Response, StatusCode, header, redirect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use skylift_protocol::{
    Accepted, Done, ErrorBody, Name, Order, OrderId, Probe, ProbeResults, Rename, Status, WifiChange,
    bounded, routes,
};

pub use error::{ClientError, Peer, Problem};
pub(super) use events::EventStream;

use super::config::Timing;
use super::devices::is_device_id;
use super::text::{printable, printable_lines};
use crate::tls::without_tls;

/// No answer of a device is longer.
const MAX_ANSWER: usize = 64 * 1024;
/// What a device may take for one URL of a probe.
const PROBE_TIME: Duration = Duration::from_millis(1500);

/// What a user can have a device do, beside updating it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Keep the running image now.
    Validate,
    /// Run the other slot's image.
    Rollback,
    /// Restart.
    Reboot,
    /// Blink, or whatever shows which device it is.
    Identify,
    /// Take a new name.
    Rename(Name),
    /// Move to another network; see [`WifiMove`](crate::engine::WifiMove) for what comes of it.
    Wifi(WifiChange),
}

impl Action {
    const fn route(&self) -> &'static str {
        match self {
            Self::Validate => routes::VALIDATE,
            Self::Rollback => routes::ROLLBACK,
            Self::Reboot => routes::REBOOT,
            Self::Identify => routes::IDENTIFY,
            Self::Rename(_) => routes::RENAME,
            Self::Wifi(_) => routes::WIFI,
        }
    }
}

/// Speaks to devices. A clone is the same client.
#[derive(Clone, Debug)]
pub(super) struct DeviceClient {
    http: reqwest::Client,
    /// For pushes: their answer comes when all bytes have gone, however long that takes.
    patient: reqwest::Client,
    request_time: Duration,
}

impl DeviceClient {
    pub(super) fn new(timing: &Timing) -> Result<Self, reqwest::Error> {
        // Neither proxies nor redirects: what is said to a device is for that device. Devices close each connection.
        let builder = || {
            let close = (header::CONNECTION, header::HeaderValue::from_static("close"));
            without_tls(reqwest::Client::builder())
                .no_proxy()
                .redirect(redirect::Policy::none())
                .pool_max_idle_per_host(0)
                .connect_timeout(timing.connect)
                .default_headers([close].into_iter().collect())
                .user_agent(concat!("skylift/", env!("CARGO_PKG_VERSION")))
        };
        let http = builder().read_timeout(timing.stream_silence).build()?;
        Ok(Self { http, patient: builder().build()?, request_time: timing.request })
    }

    /// What the device says of itself.
    pub(super) async fn status(&self, peer: &Peer) -> Result<Status, ClientError> {
        let status: Status = self.get(peer, routes::STATUS).await?;
        if is_device_id(&status.id) {
            return Ok(status);
        }
        let problem = Problem::NotUnderstood("its id has characters that ids do not have".to_owned());
        Err(ClientError { peer: peer.clone(), problem })
    }

    /// Which of the URLs the device can fetch; as many answers as there were URLs.
    pub(super) async fn probe(&self, peer: &Peer, urls: &[String]) -> Result<Vec<bool>, ClientError> {
        let body = Probe { urls: urls.iter().map(|url| bounded(url)).collect() };
        let patience = self.request_time + PROBE_TIME * u32::try_from(body.urls.len()).unwrap_or(0);
        let results: ProbeResults = self.post(peer, routes::PROBE, &body, patience).await?;
        let mut reached = results.reached.to_vec();
        reached.resize(urls.len(), false);
        Ok(reached)
    }

    /// Gives an order. The same one may be given again.
    pub(super) async fn update(&self, peer: &Peer, order: &Order) -> Result<Accepted, ClientError> {
        self.post(peer, routes::UPDATE, order, self.request_time).await
    }

    /// Sends bytes of an accepted order, from this one on; none at all withdraw it. Tells which the device wants next.
    pub(super) async fn push(
        &self,
        peer: &Peer,
        order_id: &OrderId,
        from: u32,
        bytes: Bytes,
    ) -> Result<Accepted, ClientError> {
        let target = format!("{}?order_id={order_id}&from={from}", url(peer, routes::IMAGE));
        let request = self.patient.request(Method::PUT, target);
        let request = request.header(header::CONTENT_TYPE, "application/octet-stream");
        // Without a body there would be no length.
        let request = request.header(header::CONTENT_LENGTH, bytes.len()).body(bytes);
        answer(peer, self.exchange(request, self.request_time).await)
    }

    /// The tail of the device's log.
    pub(super) async fn log(&self, peer: &Peer) -> Result<String, ClientError> {
        let request = self.http.get(url(peer, routes::LOG)).timeout(self.request_time);
        let answer = self.exchange(request, self.request_time).await;
        let answer = answer.map_err(|problem| ClientError { peer: peer.clone(), problem })?;
        Ok(printable_lines(&String::from_utf8_lossy(&answer)))
    }

    /// Has the device do something; tells whether it restarts for it.
    pub(super) async fn act(&self, peer: &Peer, action: Action) -> Result<Done, ClientError> {
        let route = action.route();
        match action {
            Action::Rename(name) => self.post(peer, route, &Rename { name }, self.request_time).await,
            Action::Wifi(change) => self.post(peer, route, &change, self.request_time).await,
            // Devices want JSON, so that no web page can drive them.
            _ => self.post(peer, route, &serde_json::Map::new(), self.request_time).await,
        }
    }

    /// The device's stream of events; devices have few, and refuse when all are taken.
    pub(super) async fn events(&self, peer: &Peer) -> Result<EventStream, ClientError> {
        let fault = |problem| ClientError { peer: peer.clone(), problem };
        let request = self.http.get(url(peer, routes::EVENTS)).header(header::ACCEPT, "text/event-stream");
        // The stream itself has no end; only its beginning is waited for.
        let response = tokio::time::timeout(self.request_time, request.send()).await;
        let response = response.map_err(|_| fault(Problem::Silent(self.request_time)))?;
        let response = response.map_err(|error| fault(self.problem(&error, self.request_time)))?;
        if response.status() == StatusCode::OK {
            return Ok(EventStream::new(response));
        }
        Err(fault(self.refusal(response, self.request_time).await))
    }

    async fn get<A: DeserializeOwned>(&self, peer: &Peer, route: &str) -> Result<A, ClientError> {
        let request = self.http.request(Method::GET, url(peer, route));
        self.send(peer, request, self.request_time).await
    }

    async fn post<A: DeserializeOwned>(
        &self,
        peer: &Peer,
        route: &str,
        body: &impl Serialize,
        patience: Duration,
    ) -> Result<A, ClientError> {
        let request = self.http.request(Method::POST, url(peer, route)).json(body);
        self.send(peer, request, patience).await
    }

    async fn send<A: DeserializeOwned>(
        &self,
        peer: &Peer,
        request: reqwest::RequestBuilder,
        patience: Duration,
    ) -> Result<A, ClientError> {
        answer(peer, self.exchange(request.timeout(patience), patience).await)
    }

    async fn exchange(
        &self,
        request: reqwest::RequestBuilder,
        patience: Duration,
    ) -> Result<Vec<u8>, Problem> {
        let response = request.send().await.map_err(|error| self.problem(&error, patience))?;
        if response.status().is_success() {
            return self.body(response, patience).await;
        }
        Err(self.refusal(response, patience).await)
    }

    async fn body(&self, mut response: Response, patience: Duration) -> Result<Vec<u8>, Problem> {
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| self.problem(&error, patience))? {
            if body.len() + piece.len() > MAX_ANSWER {
                return Err(Problem::TooLong(MAX_ANSWER));
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }

    /// An answer that is not a success, as the device explains it.
    async fn refusal(&self, response: Response, patience: Duration) -> Problem {
        let status = response.status().as_u16();
        let body = match self.body(response, patience).await {
            Ok(body) => body,
            Err(problem) => return problem,
        };
        match serde_json::from_slice::<ErrorBody>(&body) {
            Ok(explained) => Problem::Refused { code: explained.error, detail: printable(&explained.detail) },
            Err(_) => Problem::Status(status),
        }
    }

    fn problem(&self, error: &reqwest::Error, patience: Duration) -> Problem {
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
}

fn answer<A: DeserializeOwned>(peer: &Peer, body: Result<Vec<u8>, Problem>) -> Result<A, ClientError> {
    let answer = body.and_then(|body| {
        serde_json::from_slice(&body).map_err(|error| Problem::NotUnderstood(error.to_string()))
    });
    answer.map_err(|problem| ClientError { peer: peer.clone(), problem })
}

fn url(peer: &Peer, route: &str) -> String {
    format!("http://{}{route}", peer.address)
}

/// The cause at the bottom: what is above it repeats the URL.
fn innermost<'e>(error: &'e (dyn std::error::Error + 'static)) -> &'e (dyn std::error::Error + 'static) {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost
}
