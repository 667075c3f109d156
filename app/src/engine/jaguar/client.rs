//! Speaking to a Jaguar device: one request, one connection, and never two at a time. The device serves one connection,
//! and one that is kept open shuts everybody else out for three seconds (jaguar, `src/network.toit`; pkg-http).

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::ext::ReasonPhrase;
use hyper::header::{CONNECTION, CONTENT_LENGTH, HOST, USER_AGENT};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::identify::{Identity, JaguarSighting, MAX_BYTES};
use super::sending::{Sending, Sent};
use crate::engine::client::{ClientError, Peer, Problem};
use crate::engine::config::Timing;
use crate::engine::text::printable;
use crate::image::envelope::Uuid;

/// Whom a request is for; the device refuses those for others.
const DEVICE_ID: &str = "X-Jaguar-Device-ID";
/// Addresses that are kept apart without looking whether anybody still speaks to them.
const MANY: usize = 256;

/// Who a device is, is a short answer; somebody else's connection may have to end before it (three seconds).
const ANSWER: Duration = Duration::from_secs(5);

type Ask = Request<Full<Bytes>>;

/// Speaks to Jaguar devices. A clone is the same client.
#[derive(Clone)]
pub(in crate::engine) struct JaguarClient {
    connect: Duration,
    request: Duration,
    lanes: Lanes,
}

/// Whose turn it is at an address.
#[derive(Clone, Default)]
struct Lanes(Arc<Mutex<HashMap<SocketAddr, Weak<tokio::sync::Mutex<()>>>>>);

impl JaguarClient {
    pub(in crate::engine) fn new(timing: &Timing) -> Self {
        Self { connect: timing.connect, request: timing.request.min(ANSWER), lanes: Lanes::default() }
    }

    /// Who is at an address.
    ///
    /// # Errors
    /// Nobody answers there, or not as Jaguar does.
    pub(in crate::engine) async fn identify(&self, peer: &Peer) -> Result<JaguarSighting, ClientError> {
        let asked = timeout(self.request, self.ask_who(peer.address)).await;
        let identity = asked.unwrap_or(Err(Problem::Silent(self.request)));
        let sighting = |identity| JaguarSighting { identity, address: peer.address, at: Instant::now() };
        identity.map(sighting).map_err(|problem| ClientError { peer: peer.clone(), problem })
    }

    /// Sends a whole firmware, and waits until the device has written and checked it. It takes as long as it takes:
    /// who is out of patience drops this, and the device keeps what it has. `sent` tells how far it is.
    ///
    /// # Errors
    /// The device did not take it, or its word on that did not get here.
    pub(in crate::engine) async fn send_firmware(
        &self,
        peer: &Peer,
        uuid: Uuid,
        image: Bytes,
        sent: Arc<Sent>,
    ) -> Result<(), ClientError> {
        let outcome = self.put_firmware(peer.address, uuid, image, sent).await;
        outcome.map_err(|problem| ClientError { peer: peer.clone(), problem })
    }

    /// Whose turn it is to speak to an address; held while somebody does.
    pub(in crate::engine) fn turn(&self, address: SocketAddr) -> Arc<tokio::sync::Mutex<()>> {
        self.lanes.of(address)
    }

    async fn ask_who(&self, address: SocketAddr) -> Result<Identity, Problem> {
        let lane = self.lanes.of(address);
        let _turn = lane.lock().await;
        let stream = self.connected(address).await?;
        let request = request(Method::GET, "/identify", address);
        let request = request.body(Full::default()).map_err(|error| unsendable(&error))?;
        let body = exchange(stream, request, MAX_BYTES).await?;
        Identity::read(&body).map_err(|why| Problem::NotJaguar(why.to_owned()))
    }

    async fn put_firmware(
        &self,
        address: SocketAddr,
        uuid: Uuid,
        image: Bytes,
        sent: Arc<Sent>,
    ) -> Result<(), Problem> {
        let lane = self.lanes.of(address);
        let _turn = lane.lock().await;
        let stream = self.connected(address).await?;
        let stream = Sending::new(stream, sent).map_err(|error| Problem::NotReached(error.to_string()))?;
        let request = request(Method::PUT, "/firmware", address)
            .header(DEVICE_ID, uuid.to_string())
            .header(CONTENT_LENGTH, image.len())
            .body(Full::new(image));
        exchange(stream, request.map_err(|error| unsendable(&error))?, MAX_BYTES).await.map(drop)
    }

    async fn connected(&self, address: SocketAddr) -> Result<TcpStream, Problem> {
        match timeout(self.connect, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(Problem::NotReached(error.to_string())),
            Err(_) => Err(Problem::NotReached("nobody answers there".to_owned())),
        }
    }
}

impl Lanes {
    fn of(&self, address: SocketAddr) -> Arc<tokio::sync::Mutex<()>> {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(&address).and_then(Weak::upgrade) {
            return lane;
        }
        if lanes.len() >= MANY {
            lanes.retain(|_, lane| lane.strong_count() > 0);
        }
        let lane = Arc::default();
        lanes.insert(address, Arc::downgrade(&lane));
        lane
    }
}

fn request(method: Method, path: &str, address: SocketAddr) -> hyper::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, address.to_string())
        .header(USER_AGENT, concat!("skylift/", env!("CARGO_PKG_VERSION")))
        .header(CONNECTION, "close")
}

/// One request and its answer: the body of a success, of at most so many bytes.
async fn exchange<S>(stream: S, request: Ask, most: usize) -> Result<Bytes, Problem>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(|error| broken(&error))?;
        if response.status() != StatusCode::OK {
            return Err(refusal(&response));
        }
        let body = Limited::new(response.into_body(), most).collect().await;
        body.map(|body| body.to_bytes()).map_err(|error| broken(error.as_ref()))
    };
    tokio::pin!(answer, connection);
    // The answer is there before the connection has ended, or else comes of what it has left behind.
    tokio::select! {
        biased;
        answered = &mut answer => answered,
        _ = &mut connection => answer.await,
    }
}

/// What Jaguar has against a request stands in the reason phrase, and nowhere else.
fn refusal(response: &Response<hyper::body::Incoming>) -> Problem {
    let said =
        response.extensions().get::<ReasonPhrase>().map(|reason| String::from_utf8_lossy(reason.as_bytes()));
    let usual = response.status().canonical_reason().unwrap_or("no reason");
    Problem::Jaguar {
        status: response.status().as_u16(),
        reason: printable(said.as_deref().unwrap_or(usual)),
    }
}

fn unsendable(error: &hyper::http::Error) -> Problem {
    Problem::NotReached(format!("the request cannot be sent: {error}"))
}

fn broken(error: &(dyn std::error::Error + 'static)) -> Problem {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    Problem::Broken(printable(&innermost.to_string()))
}

#[cfg(test)]
mod tests;
