//! A device that is not one: the HTTP API of a device over real sockets, with a script in place of flash and boot.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use skylift_protocol::*;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

use super::play::{fetch, old_status, play};
use super::script::Script;

type Body = BoxBody<Bytes, Infallible>;

/// A fake device. It ends with the test's runtime.
pub struct FakeDevice {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// What its connections and its script share.
pub(super) struct Shared {
    pub(super) script: Script,
    pub(super) status: watch::Sender<Status>,
    started: Instant,
    /// Connections are closed as they come.
    pub(super) dark: watch::Sender<bool>,
    pub(super) go_on: Notify,
    orders: Mutex<Vec<Order>>,
    lost_answers: Mutex<u32>,
    requests: Mutex<Vec<String>>,
    probed: AtomicBool,
    raw_status: Mutex<Option<RawStatus>>,
}

/// What is sent in place of a status.
#[derive(Clone)]
enum RawStatus {
    Body(Bytes),
    Never,
}

impl FakeDevice {
    pub async fn start(script: Script) -> Self {
        Self::start_as("sky-01", "lamp", script).await
    }

    pub async fn start_as(id: &str, name: &str, script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            lost_answers: Mutex::new(script.lost_answers),
            script,
            status: watch::Sender::new(old_status(id, name)),
            started: Instant::now(),
            dark: watch::Sender::new(false),
            go_on: Notify::new(),
            orders: Mutex::default(),
            requests: Mutex::default(),
            probed: AtomicBool::new(false),
            raw_status: Mutex::default(),
        });
        tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { address, shared }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets a held device go on.
    pub fn go_on(&self) {
        self.shared.go_on.notify_one();
    }

    /// Closes every connection from now on.
    pub fn vanish(&self) {
        self.shared.dark.send_replace(true);
    }

    /// Changes what it says of itself.
    pub fn change(&self, change: impl FnOnce(&mut Status)) {
        self.shared.status.send_modify(change);
    }

    /// What it answers from now on when it is asked for its status.
    pub fn answer_status_with(&self, body: impl Into<Bytes>) {
        *self.shared.raw_status.lock().unwrap() = Some(RawStatus::Body(body.into()));
    }

    pub fn never_answer_status(&self) {
        *self.shared.raw_status.lock().unwrap() = Some(RawStatus::Never);
    }

    /// The orders that came, repeated ones too.
    pub fn orders(&self) -> Vec<Order> {
        self.shared.orders.lock().unwrap().clone()
    }

    /// Method and path of every request that came.
    pub fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        tokio::spawn(serve(stream, Arc::clone(&shared)));
    }
}

/// One connection; darkness breaks it.
async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let mut dark = shared.dark.subscribe();
    let service = hyper::service::service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { respond(&shared, request).await.ok_or("the connection is lost") }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.keep_alive(false);
    tokio::select! {
        biased;
        _ = dark.wait_for(|dark| *dark) => {}
        _ = http.serve_connection(TokioIo::new(stream), service) => {}
    }
}

/// `None`: the connection is closed without an answer.
async fn respond(shared: &Arc<Shared>, request: Request<Incoming>) -> Option<Response<Body>> {
    let route = format!("{} {}", request.method(), request.uri().path());
    shared.requests.lock().unwrap().push(route.clone());
    let is_json = request.headers().get("content-type").is_some_and(|value| value == "application/json");
    if request.method() == Method::POST && !is_json {
        return Some(refuse(ErrorCode::Forbidden, "a POST must be application/json"));
    }
    let body = Limited::new(request.into_body(), 4096).collect().await.ok()?.to_bytes();
    Some(match route.as_str() {
        "GET /status" => return status(shared).await,
        "GET /events" if shared.script.has_events => events(shared),
        "GET /events" => refuse(ErrorCode::NoStream, "taken"),
        "POST /probe" => probe(shared, &body).await,
        "POST /update" => return update(shared, &body),
        "POST /validate" => {
            shared.status.send_modify(|status| {
                status.validation.state = ValidationState::Valid;
                status.phase = Phase::Idle;
            });
            json(200, &Done { restarts: false })
        }
        "POST /identify" => json(200, &Done { restarts: false }),
        "POST /reboot" => json(200, &Done { restarts: true }),
        "POST /rollback" => refuse(ErrorCode::NoOtherImage, "the other slot is empty"),
        _ => refuse(ErrorCode::NotFound, "no such path"),
    })
}

async fn status(shared: &Shared) -> Option<Response<Body>> {
    let raw = shared.raw_status.lock().unwrap().clone();
    Some(match raw {
        Some(RawStatus::Never) => return std::future::pending().await,
        Some(RawStatus::Body(body)) => answer(200, body),
        None => {
            let mut status = shared.status.borrow().clone();
            // Its clock was set anew at the last restart.
            if status.boot_count == 1 {
                status.uptime_s = u32::try_from(shared.started.elapsed().as_secs()).unwrap();
            }
            json(200, &status)
        }
    })
}

fn events(shared: &Shared) -> Response<Body> {
    let status = shared.status.subscribe();
    let stream = futures_util::stream::unfold((status, true), |(mut status, first)| async move {
        if !first {
            status.changed().await.ok()?;
        }
        let now = status.borrow_and_update().clone();
        let event = Event { phase: now.phase, progress: now.progress };
        let line = format!(":\n\ndata: {}\n\n", serde_json::to_string(&event).unwrap());
        Some((Ok(Frame::data(Bytes::from(line))), (status, false)))
    });
    Response::new(BodyExt::boxed(StreamBody::new(SyncStream(Mutex::new(Box::pin(stream))))))
}

/// Bodies must be `Sync`, and this stream is only ever polled by one.
struct SyncStream<S>(Mutex<std::pin::Pin<Box<S>>>);

impl<S: futures_util::Stream> futures_util::Stream for SyncStream<S> {
    type Item = S::Item;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<S::Item>> {
        self.0.lock().unwrap().as_mut().poll_next(cx)
    }
}

async fn probe(shared: &Shared, body: &[u8]) -> Response<Body> {
    let probe: Probe = serde_json::from_slice(body).expect("a probe");
    shared.probed.store(true, Ordering::Relaxed);
    let mut reached = ProbeResults { reached: Default::default() };
    for url in &probe.urls {
        let nonce = url.rsplit('/').next().unwrap_or_default();
        let fetched =
            shared.script.reaches_host && fetch(url, 0).await.is_some_and(|(_, body)| body == nonce);
        reached.reached.push(fetched).expect("at most 8");
    }
    json(200, &reached)
}

fn update(shared: &Arc<Shared>, body: &[u8]) -> Option<Response<Body>> {
    let order: Order = serde_json::from_slice(body).expect("an order");
    order.check().expect("an order that makes sense");
    if let Some(code) = shared.script.refuses {
        return Some(refuse(code, "that is how it is"));
    }
    let mut orders = shared.orders.lock().unwrap();
    let is_new = orders.last() != Some(&order);
    orders.push(order.clone());
    let attempts = orders.iter().map(|order| &order.order_id).collect::<std::collections::HashSet<_>>().len();
    let resume_from = if attempts > 1 { order.size / 2 } else { 0 };
    if is_new {
        shared.status.send_modify(|status| status.phase = Phase::Checking);
        let shared = Arc::clone(shared);
        tokio::spawn(async move { play(&shared, &order, attempts).await });
    }
    let mut lost = shared.lost_answers.lock().unwrap();
    if *lost > 0 {
        *lost -= 1;
        return None;
    }
    let order_id = orders.last()?.order_id.clone();
    Some(json(202, &Accepted { order_id, resume_from }))
}

fn refuse(code: ErrorCode, detail: &str) -> Response<Body> {
    json(code.status(), &ErrorBody { error: code, detail: bounded(detail) })
}

fn json(status: u16, body: &impl serde::Serialize) -> Response<Body> {
    answer(status, serde_json::to_vec(body).expect("JSON").into())
}

fn answer(status: u16, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Full::new(body).boxed());
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    response
}
