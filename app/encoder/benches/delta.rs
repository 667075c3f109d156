//! How few bytes an image needs on the air, how long encoding takes, and how much memory.
//!
//! `cargo bench -p skylift-encoder --bench delta -- [OLD] NEW` encodes NEW as a delta against OLD, or compresses it, and
//! decodes the result; without images, it compresses the firmware that the app brings along. `.ci/delta-figures` runs it,
//! with `--json`, beside other programs on many images.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use skylift_encoder::{ChunkLog, decode, encode, unwatched};
use skylift_updater::image::ImageScan;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let named: Vec<PathBuf> =
        arguments.iter().filter(|it| !it.starts_with("--")).map(PathBuf::from).collect();
    let (old, new) = match named.as_slice() {
        [] => (None, Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/firmware/esp32c3.bin"))),
        [new] => (None, new.as_path()),
        [old, new] => (Some(old.as_path()), new.as_path()),
        _ => return eprintln!("Usage: delta [--json] [OLD] NEW"),
    };
    let old = old.map(|old| base(read(old))).unwrap_or_default();
    let figures = Figures::measure(&old, &read(new));
    println!("{}", if json { figures.json() } else { figures.sentence() });
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| stop(&format!("{}: {error}", path.display())))
}

fn stop(why: &str) -> ! {
    eprintln!("{why}");
    std::process::exit(1)
}

/// An image without what lies behind it, as a device has it in mind. What is no image is taken as it is.
fn base(mut file: Vec<u8>) -> Vec<u8> {
    let mut scan = ImageScan::new();
    if let Ok(info) = scan.push(&file).and_then(|()| scan.finish()) {
        file.truncate(info.len as usize);
    }
    file
}

/// What came of one image.
struct Figures {
    image: usize,
    bytes: usize,
    seconds: f64,
    decoding: f64,
    peak_memory: Option<u64>,
}

impl Figures {
    fn measure(old: &[u8], new: &[u8]) -> Self {
        let chunks = if old.is_empty() { ChunkLog::WHOLE } else { ChunkLog::DELTA };
        let started = Moment::now();
        let stream =
            encode(old, new, chunks, &mut unwatched).unwrap_or_else(|error| stop(&error.to_string()));
        let (seconds, peak_memory) = (started.seconds_since(), peak_memory());
        let started = Moment::now();
        let decoded = decode(old, &stream).unwrap();
        let decoding = started.seconds_since();
        assert!(decoded == new, "the device's decoder gives another image back");
        Self { image: new.len(), bytes: stream.len(), seconds, decoding, peak_memory }
    }

    fn json(&self) -> String {
        let Self { image, bytes, seconds, decoding, peak_memory } = self;
        let peak_memory = peak_memory.map_or_else(|| "null".to_owned(), |peak| peak.to_string());
        format!(
            r#"{{"image":{image},"bytes":{bytes},"seconds":{seconds},"decoding":{decoding},"peak_memory":{peak_memory}}}"#
        )
    }

    fn sentence(&self) -> String {
        let share = 100.0 * self.bytes as f64 / self.image as f64;
        let memory = self.peak_memory.map_or_else(String::new, |peak| format!(", {} MiB", peak >> 20));
        format!(
            "{} bytes for an image of {}: {share:.2} %; encoded in {:.2} s{memory}; decoded in {:.2} s",
            self.bytes, self.image, self.seconds, self.decoding
        )
    }
}

/// A moment, by the time that this thread has computed for where the system tells, else by the clock.
struct Moment(Instant, Option<Duration>);

impl Moment {
    fn now() -> Self {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
        let computed = told.and_then(|told| told.split(' ').next()?.parse().ok()).map(Duration::from_nanos);
        Self(Instant::now(), computed)
    }

    fn seconds_since(&self) -> f64 {
        let now = Self::now();
        let computed = now.1.zip(self.1).map(|(now, then)| now - then);
        computed.unwrap_or(now.0 - self.0).as_secs_f64()
    }
}

/// Most bytes of memory that this process has had, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}
