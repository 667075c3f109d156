//! What a host answers to a download: only bytes of a body that was promised, of the right size and place, are taken.
#![no_main]

use std::convert::Infallible;

use libfuzzer_sys::fuzz_target;
use rand_core::TryRng;
use skylift_fuzz::Input;
use skylift_fuzz::net::{Peer, drive};
use skylift_node::DownloadConfig;
use skylift_node::download::{File, PIECE, Sink, Summary, Url, download};
use skylift_protocol::Digest;

/// Bytes of a file, those before the first one forgotten.
struct Tail {
    first: u32,
    bytes: Vec<u8>,
}

impl Sink for Tail {
    type Error = Infallible;

    fn position(&self) -> u32 {
        self.first + self.bytes.len() as u32
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        assert!((1..=PIECE).contains(&bytes.len()));
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }
}

/// Pauses that are never waited for need no chance.
struct Zero;

impl TryRng for Zero {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(0);
        Ok(())
    }
}

/// The bytes that are taken of a file of which `first` are there, and whether that was all of it.
fn fetch(answer: &[u8], piece: usize, first: u32, size: u32) -> (Vec<u8>, Option<Summary>) {
    let host = Peer::new(answer, piece);
    let url = Url::parse("http://10.0.0.1/x").expect("a URL");
    let file = File { url, size, sha256: Digest([7; 32]), unpacked: 0 };
    // After the only attempt it either gives up, or waits for the next.
    let config = DownloadConfig { fruitless_attempts: 1, ..DownloadConfig::default() };
    let mut sink = Tail { first, bytes: Vec::new() };
    let ended = drive(download(&host, &file, &mut sink, &mut [0; PIECE], &config, &mut Zero));
    (sink.bytes, ended.and_then(Result::ok))
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let [piece, first, more] = input.array();
    let (first, size) = (u32::from(first), u32::from(first) + u32::from(more));
    let answer = input.rest();
    let (bytes, ended) = fetch(answer, usize::MAX, first, size);
    assert_eq!(fetch(answer, usize::from(piece) + 1, first, size), (bytes.clone(), ended));
    assert!(bytes.len() <= (size - first) as usize, "more than there is");
    if bytes.is_empty() {
        return assert!(ended.is_none() || first == size, "nothing came, and all is there");
    }
    assert_eq!(ended.is_some(), bytes.len() == (size - first) as usize);
    // Empty lines before the head are passed over.
    let answer = &answer[answer.iter().take_while(|byte| b"\r\n".contains(byte)).count()..];
    let empty_line = |end: &[u8]| answer.windows(end.len()).position(|at| at == end).map(|at| at + end.len());
    let head_len = empty_line(b"\n\n").into_iter().chain(empty_line(b"\n\r\n")).min().unwrap_or_default();
    let (head, body) = answer.split_at(head_len);
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let line = text.lines().next().unwrap_or_default();
    // A whole file comes from its first byte on; a part, from the one that was asked for.
    let start = match line.split(' ').nth(1) {
        Some("200") => first as usize,
        Some("206") => 0,
        _ => panic!("bytes taken of `{line}`"),
    };
    let promised = if start == 0 && first > 0 { size - first } else { size };
    let lengths: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("content-length:")).collect();
    assert_eq!(lengths.len(), 1, "no length, or two");
    assert_eq!(lengths[0].trim().parse::<u32>(), Ok(promised), "another length");
    assert!(body.get(start..).is_some_and(|body| body.starts_with(&bytes)), "bytes from elsewhere");
});
