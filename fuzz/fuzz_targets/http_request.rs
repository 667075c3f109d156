//! Requests to a device's HTTP server: one sound answer to each, whatever came and in whatever pieces; and nothing is
//! done for a web page.
#![no_main]

use std::cell::Cell;
use std::pin::pin;

use libfuzzer_sys::fuzz_target;
use skylift_fuzz::Input;
use skylift_fuzz::net::{Peer, drive};
use skylift_node::HttpConfig;
use skylift_node::http::{
    Answer, BodyKind, Caller, Events, Exchange, Handler, Refusal, Request, Seal, Server, Upload,
};
use skylift_protocol::auth::Denied;
use skylift_protocol::{Done, Order, Probe, Rename, WifiChange};

/// The most bytes of a body that is streamed here.
const UPLOAD: u64 = 8192;

/// An API with a path for each kind of body.
#[derive(Default)]
struct Api {
    /// Requests that came as far as to be answered by it.
    done: Cell<u32>,
}

fn read<T: serde::de::DeserializeOwned + serde::Serialize>(exchange: Exchange<'_>) -> Answer {
    match exchange.read_json::<T>() {
        Ok((value, exchange)) => exchange.json(200, &value),
        Err(answer) => answer,
    }
}

impl Handler for Api {
    type Events<'a> = NoEvents;

    fn admit(&self, request: &Request<'_>) -> Result<BodyKind, Refusal> {
        match (request.method(), request.path()) {
            ("GET" | "HEAD", "/s") | ("POST", "/v") => Ok(BodyKind::None),
            ("PUT", "/i") => Ok(BodyKind::Stream { max: UPLOAD }),
            ("POST", "/o" | "/p" | "/r" | "/w") => Ok(BodyKind::Json { max: usize::MAX }),
            (_, "/s" | "/v" | "/i") => Err(Refusal::method("GET")),
            _ => Err(Refusal::not_found()),
        }
    }

    fn is_open(&self) -> bool {
        true
    }

    fn is_named(&self, host: &str) -> bool {
        matches!(host, "lamp" | "lamp.local")
    }

    fn judge(&self, _: &Request<'_>) -> Result<Caller, Denied> {
        Ok(Caller::Anybody)
    }

    fn seal(&self, _: &Caller, _: u16, _: &[u8]) -> Seal {
        Seal::default()
    }

    async fn handle(&self, exchange: Exchange<'_>) -> Answer {
        self.done.set(self.done.get() + 1);
        match exchange.request().path() {
            "/o" => read::<Order>(exchange),
            "/p" => read::<Probe>(exchange),
            "/r" => read::<Rename>(exchange),
            "/w" => read::<WifiChange>(exchange),
            _ => exchange.json(200, &Done { restarts: false }),
        }
    }

    async fn upload(&self, _: &Request<'_>, body: &mut impl Upload) -> Result<(), Refusal> {
        let mut taken = 0;
        while let Ok(piece @ [_, ..]) = body.next().await {
            taken += piece.len() as u64;
        }
        assert!(taken <= UPLOAD);
        Ok(())
    }

    fn events(&self) -> Option<NoEvents> {
        None
    }
}

struct NoEvents;

impl Events for NoEvents {
    async fn next(&mut self, _: &mut [u8]) -> usize {
        0
    }
}

/// What is answered, and how many requests were acted on.
fn serve(request: &[u8], piece: usize) -> (Vec<u8>, u32) {
    let (peer, api, config) = (Peer::new(request, piece), Api::default(), HttpConfig::default());
    let mut server = Server::<1>::new();
    // It serves for ever, so it waits for the next peer in the end.
    assert!(drive(pin!(server.serve(&peer, &api, &config))).is_none());
    let heard = peer.heard();
    let answer = heard.strip_prefix(b"HTTP/1.1 100 Continue\r\n\r\n").map_or(heard.clone(), <[u8]>::to_vec);
    (answer, api.done.get())
}

/// One answer, as long as it says; its status.
fn status(answer: &[u8], head_only: bool) -> u16 {
    let mut fields = [httparse::EMPTY_HEADER; 16];
    let mut response = httparse::Response::new(&mut fields);
    let len = response.parse(answer).expect("an answer in HTTP").unwrap();
    let value = |name: &str| {
        let mut found = response.headers.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
        let value = found.next().map(|field| String::from_utf8_lossy(field.value));
        assert!(found.next().is_none(), "{name} twice");
        value
    };
    let body = value("content-length").expect("a length").parse::<usize>().expect("a number");
    assert!(answer.len() - len == body || (head_only && answer.len() == len), "another length");
    assert_eq!(value("connection").as_deref(), Some("close"));
    response.code.expect("a status")
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let piece = usize::from(input.byte()) + 1;
    let request = input.rest();
    let (answer, done) = serve(request, usize::MAX);
    assert_eq!(serve(request, piece), (answer.clone(), done), "in pieces it is another request");
    assert!(done <= 1);
    if answer.is_empty() {
        assert_eq!(done, 0, "acted on, and not answered");
        return;
    }
    let status = status(&answer, request.trim_ascii_start().starts_with(b"HEAD "));
    assert!((200..600).contains(&status));
    if done == 1 {
        let text = String::from_utf8_lossy(request).to_ascii_lowercase();
        let head = text.trim_start().lines().take_while(|line| !line.is_empty());
        let page = |line: &str| line.starts_with("origin:") || line.starts_with("sec-fetch-site:");
        assert!(!head.clone().any(page), "done for a web page");
        let other = |host: &str| host.contains(|c| ('g'..='z').contains(&c)) && !host.starts_with("lamp");
        let hosts = head.clone().filter_map(|line| line.strip_prefix("host:"));
        assert!(!hosts.map(str::trim).any(other), "done for another host");
        let changes = text.trim_start().starts_with("post") || text.trim_start().starts_with("put");
        assert!(!changes || head.clone().any(|line| line.starts_with("content-type:")), "done for a form");
    }
});
