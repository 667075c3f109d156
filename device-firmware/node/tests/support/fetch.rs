//! A download of the test's file into memory.

// Each test file uses its part of this.
#![allow(dead_code)]

use std::net::SocketAddr;

use critical_section as _;
use edge_nal_std::Stack;
use embassy_time::{Duration as Ticks, Timer};
use skylift_node::DownloadConfig;
use skylift_node::download::{DownloadError, Failure, File, PIECE, Sink, Summary, Url, download};
use skylift_protocol::Digest;

use crate::host::{Host, Peer, Script};
use crate::random::Random;

/// A sink in memory, which may refuse bytes.
pub struct Memory {
    pub bytes: Vec<u8>,
    pub largest: usize,
    pub refuses_at: usize,
    /// Once it has so many bytes, it turns out to have these as well.
    pub jump: Option<(usize, usize)>,
    pub delay: Ticks,
}

impl Memory {
    pub fn with(bytes: Vec<u8>) -> Self {
        Self { bytes, largest: 0, refuses_at: SIZE, jump: None, delay: Ticks::MIN }
    }
}

#[derive(Debug, PartialEq)]
pub struct Full;

impl Sink for Memory {
    type Error = Full;

    fn position(&self) -> u32 {
        self.bytes.len() as u32
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Full> {
        assert!(!bytes.is_empty());
        if self.bytes.len() + bytes.len() > self.refuses_at {
            return Err(Full);
        }
        Timer::after(self.delay).await;
        self.largest = self.largest.max(bytes.len());
        self.bytes.extend_from_slice(bytes);
        if let Some((_, to)) = self.jump.take_if(|(from, _)| self.bytes.len() >= *from) {
            self.bytes.truncate(to);
            self.bytes.extend_from_slice(&image()[self.bytes.len()..to]);
        }
        Ok(())
    }
}

/// Times that make a test short, and all the same longer than loopback needs.
pub fn config() -> DownloadConfig {
    DownloadConfig {
        connect_time: Ticks::from_secs(5),
        stall_time: Ticks::from_millis(600),
        first_pause: Ticks::from_millis(1),
        longest_pause: Ticks::from_millis(4),
        fruitless_attempts: 3,
        ..DownloadConfig::default()
    }
}

pub const SIZE: usize = 100_000;

pub fn image() -> Vec<u8> {
    (0..SIZE).map(|at| (at * 7 + at / 256) as u8).collect()
}

/// Serves as a good host does, the file or the rest of it, but ends the connection before byte `end` of it.
pub fn serve_up_to(peer: &mut Peer, end: usize) {
    let range = peer.request.lines().find_map(|line| line.strip_prefix("Range: bytes="));
    let first = range.map_or(0, |range| range.strip_suffix('-').unwrap().parse().unwrap());
    let length = SIZE - first;
    if range.is_some() {
        let range = format!("Content-Range: bytes {first}-{}/{SIZE}", SIZE - 1);
        peer.head("206 Partial Content", &format!("Content-Length: {length}\r\n{range}\r\n"));
    } else {
        peer.head("200 OK", &format!("Content-Length: {length}\r\n"));
    }
    peer.send(&image()[first..end.max(first)]);
}

pub type Ended = Result<Summary, DownloadError<Full>>;

pub fn fetch_into(sink: &mut Memory, address: SocketAddr, config: &DownloadConfig) -> Ended {
    let url = format!("http://{address}/token/ota.bin");
    let file =
        File { url: Url::parse(&url).unwrap(), size: SIZE as u32, sha256: Digest([0xab; 32]), unpacked: 0 };
    let (mut piece, mut rng) = ([0; PIECE], Random(1));
    async_io::block_on(download(&Stack::new(), &file, sink, &mut piece, config, &mut rng))
}

/// Fetches from a host that runs these scripts, with some bytes there already.
pub fn fetch_from(position: usize, scripts: Vec<Script>) -> (Ended, Vec<u8>, Vec<String>) {
    let host = Host::start(scripts);
    let mut sink = Memory::with(image()[..position].to_vec());
    let ended = fetch_into(&mut sink, host.address, &config());
    assert!(sink.largest <= PIECE);
    (ended, sink.bytes, host.requests())
}

pub fn script(run: impl FnOnce(&mut Peer) + Send + 'static) -> Script {
    Box::new(run)
}

pub fn good() -> Script {
    script(|peer| serve_up_to(peer, SIZE))
}

/// Answers so, without a body.
pub fn answer(status: &'static str, fields: &'static str) -> Script {
    script(move |peer| peer.head(status, fields))
}

#[track_caller]
pub fn failure(ended: Ended) -> Failure {
    match ended {
        Err(DownloadError::Network(failure)) => failure,
        other => panic!("{other:?}"),
    }
}
