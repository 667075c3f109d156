//! Speaking to a device: one request, one connection, bounded in time and size. A device whose key is here has to prove
//! with each answer that it is the one.

mod error;
mod events;
mod paired;
mod stranger;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use skylift_protocol::{
    Accepted, Done, Id, Name, Order, OrderId, Prepare, Preparing, Probe, ProbeResults, Rename, Status,
    WifiChange, bounded, routes,
};

pub use error::{ClientError, Peer, Problem};
pub use events::EventLines;
pub(super) use events::EventStream;

use super::config::Timing;
use super::keys::KeyRing;
use super::text::printable_lines;
use paired::{Conversation, Keys};
use stranger::{Said, checked};
use wire::{Call, Heard, Pace, Payload, Wire};

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
#[derive(Clone)]
pub(super) struct DeviceClient {
    wire: Wire,
    keys: Keys,
    request_time: Duration,
}

impl DeviceClient {
    pub(super) fn new(timing: &Timing, keys: Option<Arc<dyn KeyRing>>) -> Result<Self, reqwest::Error> {
        Ok(Self { wire: Wire::new(timing)?, keys: Keys::new(keys), request_time: timing.request })
    }

    /// What the device says of itself.
    pub(super) async fn status(&self, peer: &Peer) -> Result<Status, ClientError> {
        let status = match self.believed_status(peer).await {
            Ok(status) => checked(&status.id).map(|()| status),
            Err(problem) => Err(problem),
        };
        status.map_err(|problem| ClientError { peer: peer.clone(), problem })
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

    /// Tells the device to erase the slot of its next update ahead of time.
    pub(super) async fn prepare(&self, peer: &Peer, prepare: &Prepare) -> Result<Preparing, ClientError> {
        self.post(peer, routes::PREPARE, prepare, self.request_time).await
    }

    /// Sends bytes of an accepted order, from this one on; none at all withdraw it. Tells which the device wants next.
    pub(super) async fn push(
        &self,
        peer: &Peer,
        order_id: &OrderId,
        from: u32,
        bytes: Bytes,
    ) -> Result<Accepted, ClientError> {
        let call = Call {
            method: Method::PUT,
            target: format!("{}?order_id={order_id}&from={from}", routes::IMAGE),
            body: Payload::Image(bytes),
            pace: Pace::Unhurried,
            patience: self.request_time,
        };
        understood(peer, self.answer(peer, &call).await)
    }

    /// The tail of the device's log.
    pub(super) async fn log(&self, peer: &Peer) -> Result<String, ClientError> {
        let answer = self.answer(peer, &Call::get(routes::LOG, self.request_time)).await;
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

    /// The device's stream of events; devices have few, and refuse when all are taken. A stream is not signed: it may
    /// show the way, and proves nothing.
    pub(super) async fn events(&self, peer: &Peer) -> Result<EventStream, ClientError> {
        self.stream(peer).await.map_err(|problem| ClientError { peer: peer.clone(), problem })
    }

    async fn stream(&self, peer: &Peer) -> Result<EventStream, Problem> {
        // The stream itself has no end; only its beginning is waited for.
        let call = Call { pace: Pace::Unhurried, ..Call::get(routes::EVENTS, self.request_time) };
        let opening = async {
            match self.conversation(peer, peer.id.as_deref()).await? {
                Some(paired) => paired.open(&call).await.map(|(_, response)| response),
                None => self.wire.send(peer, &call).await,
            }
        };
        let opened = tokio::time::timeout(self.request_time, opening).await;
        let response = opened.map_err(|_| Problem::Silent(self.request_time))??;
        if response.status() == StatusCode::OK {
            return Ok(EventStream::new(response));
        }
        Err(Heard::read(response, self.request_time).await?.refusal())
    }

    async fn post<A: DeserializeOwned>(
        &self,
        peer: &Peer,
        route: &str,
        body: &impl Serialize,
        patience: Duration,
    ) -> Result<A, ClientError> {
        let answer = match serde_json::to_vec(body) {
            Ok(body) => {
                let body = Payload::Json(body.into());
                let call = Call { method: Method::POST, body, ..Call::get(route, patience) };
                self.answer(peer, &call).await
            }
            Err(error) => Err(Problem::NotReached(format!("the request cannot be written: {error}"))),
        };
        understood(peer, answer)
    }

    /// The body of a successful answer. A device whose key is here is believed only what it has signed.
    async fn answer(&self, peer: &Peer, call: &Call) -> Result<Vec<u8>, Problem> {
        match self.conversation(peer, peer.id.as_deref()).await? {
            Some(paired) => paired.ask(call).await?.success(),
            None => self.heard(peer, call).await?.success(),
        }
    }

    async fn heard(&self, peer: &Peer, call: &Call) -> Result<Heard, Problem> {
        Heard::read(self.wire.send(peer, call).await?, call.patience).await
    }

    /// A conversation with a device whose key is here; `None` if it is not, or if nobody knows yet who it is.
    async fn conversation<'c>(
        &'c self,
        peer: &'c Peer,
        id: Option<&Id>,
    ) -> Result<Option<Conversation<'c>>, Problem> {
        let Some(id) = id else { return Ok(None) };
        let held = self.keys.of(id).await?;
        Ok(held.map(|held| Conversation { wire: &self.wire, keys: &self.keys, peer, held }))
    }

    async fn believed_status(&self, peer: &Peer) -> Result<Status, Problem> {
        let call = Call::get(routes::STATUS, self.request_time);
        if let Some(paired) = self.conversation(peer, peer.id.as_deref()).await? {
            return parsed(&paired.ask(&call).await?.success()?);
        }
        let said = Said::read(&self.heard(peer, &call).await?.success()?)?;
        // Whoever says that it is a device whose key is here has to prove it.
        if let Some(paired) = self.conversation(peer, Some(said.id())).await? {
            return parsed(&paired.ask(&call).await?.success()?);
        }
        match said {
            Said::Open(status) => Ok(*status),
            Said::Closed(public) => Err(Problem::Closed(public)),
        }
    }
}

fn understood<A: DeserializeOwned>(peer: &Peer, body: Result<Vec<u8>, Problem>) -> Result<A, ClientError> {
    body.and_then(|body| parsed(&body)).map_err(|problem| ClientError { peer: peer.clone(), problem })
}

fn parsed<A: DeserializeOwned>(body: &[u8]) -> Result<A, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::NotUnderstood(error.to_string()))
}
