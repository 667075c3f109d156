//! A server that plays GitHub's API, the place where its assets lie, and whatever else may answer.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub path: String,
    /// In lower case.
    pub headers: Vec<(String, String)>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What is answered.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// More bytes are promised than come.
    pub cut_short: bool,
    /// No length is said.
    pub without_length: bool,
}

impl Reply {
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, body: body.into(), ..Self::default() }
    }

    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    pub fn to(place: &str) -> Self {
        Self { status: 302, headers: vec![("location", place.to_owned())], ..Self::default() }
    }

    /// With an ETag: whoever has it gets a 304.
    pub fn tagged(self, seen: &Seen, etag: &str) -> Self {
        if seen.header("if-none-match") == Some(etag) {
            return Self::status(304);
        }
        Self { headers: vec![("etag", etag.to_owned())], ..self }
    }
}

type Answers = dyn Fn(&Seen) -> Reply + Send + Sync;

/// The server. It ends with the test's process.
pub struct Hub {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Hub {
    pub fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, answer): (_, Arc<Answers>) = (Arc::clone(&seen), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &log, &*answer));
            }
        });
        Self { url, seen }
    }

    /// What was asked since the last time.
    pub fn take_seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<Seen>>, answer: &Answers) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let header = |line: String| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    let seen = Seen { path, headers: lines.take_while(|line| !line.is_empty()).filter_map(header).collect() };
    log.lock().unwrap().push(seen.clone());
    let reply = answer(&seen);
    let mut head = format!("HTTP/1.1 {} X\r\nconnection: close\r\n", reply.status);
    if !reply.without_length {
        let promised = reply.body.len() + if reply.cut_short { 1000 } else { 0 };
        head.push_str(&format!("content-length: {promised}\r\n"));
    }
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    // The client may have gone, which is what some tests are about.
    let _ = stream.write_all(format!("{head}\r\n").as_bytes());
    let _ = stream.write_all(&reply.body);
}
