//! What it costs the device core to check a signature: time and stack, on this computer.
//!
//! `cargo bench -p skylift-updater --bench signature`. The stack is measured by what else fits on it: so many bytes of a
//! thread's are used up before the check, or before nothing, until it runs over; each try is a process of its own.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::ecdsa::{Signature, SigningKey};
use skylift_updater::signature::{KeyDigest, SignatureBlock, p256_block, verify};

const ROUNDS: usize = 300;
const SECTOR: usize = 4096;
/// Bytes of the stack that is measured on.
const STACK: usize = 256 << 10;
/// The first argument of a process that tries.
const TRY: &str = "--try-stack";

/// A sector with three blocks, of which the last is by whom is trusted.
struct Sector {
    bytes: Vec<u8>,
    signed: [u8; 32],
    signer: KeyDigest,
}

impl Sector {
    fn new() -> Self {
        let signed = [7; 32];
        let blocks = [1, 2, 3].map(|number| block(&SigningKey::from_slice(&[number; 32]).unwrap(), &signed));
        let signer = SignatureBlock::parse(&blocks[2]).unwrap().signer();
        let mut bytes = blocks.concat();
        bytes.resize(SECTOR, 0xFF);
        Self { bytes, signed, signer }
    }

    fn check(&self) {
        let read = |at: u32, buf: &mut [u8]| {
            buf.copy_from_slice(&self.bytes[at as usize..][..buf.len()]);
            Ok(())
        };
        assert_eq!(black_box(verify(read, &self.signed, &[self.signer])), Ok(()));
    }
}

fn block(key: &SigningKey, signed: &[u8; 32]) -> [u8; 1216] {
    let signature: Signature = key.sign_prehash(signed).unwrap();
    let point = key.verifying_key().to_sec1_point(false);
    p256_block(signed, point.as_bytes()[1..].try_into().unwrap(), &signature.to_bytes().into())
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, flag, frames, work] = arguments.as_slice()
        && flag == TRY
    {
        return try_stack(frames.parse().unwrap(), work == "check");
    }
    let sector = Sector::new();
    let mut times: Vec<Duration> = (0..ROUNDS).map(|_| time(&sector)).collect();
    times.sort_unstable();
    println!("| figure | value |\n|---|---|");
    println!("| P-256, one signature of three checked | {:.0} µs |", times[ROUNDS / 2].as_secs_f64() * 1e6);
    match most_before("nothing").zip(most_before("check")) {
        Some((nothing, check)) => println!("| stack of it | {:.1} KiB |", (nothing - check) as f64 / 1024.0),
        None => println!("| stack of it | not measured here |"),
    }
}

fn time(sector: &Sector) -> Duration {
    let begun = Instant::now();
    sector.check();
    begun.elapsed()
}

/// Uses so many frames up, then works; tells how many bytes the frames took.
fn try_stack(frames: u32, check: bool) {
    let sector = Sector::new();
    let work = move || {
        if check {
            sector.check();
        }
    };
    let thread = std::thread::Builder::new().stack_size(STACK);
    let used = thread.spawn(move || use_up(frames, None, &work)).unwrap().join().unwrap();
    println!("{used}");
}

/// Goes down so many frames from where `top` was; the bytes to there.
fn use_up(frames: u32, top: Option<usize>, work: &dyn Fn()) -> usize {
    let frame = black_box([0_u8; 128]);
    let here = std::ptr::from_ref(&frame).addr();
    let top = top.unwrap_or(here);
    let used = if frames > 0 {
        use_up(frames - 1, Some(top), work)
    } else {
        work();
        top.abs_diff(here)
    };
    // The frame is needed until here: no call takes its place.
    black_box(frame);
    used
}

/// The most bytes that can be used up before this work does not fit on the stack any more.
fn most_before(work: &str) -> Option<usize> {
    let own = std::env::current_exe().ok()?;
    let used = |frames: u32| -> Option<usize> {
        let tried = Command::new(&own).args([TRY, &frames.to_string(), work]).stderr(Stdio::null()).output();
        let tried = tried.ok().filter(|tried| tried.status.success())?;
        String::from_utf8(tried.stdout).ok()?.trim().parse().ok()
    };
    let (mut fits, mut too_many) = (0, STACK as u32 / 128);
    let mut most = used(fits)?;
    while too_many - fits > 1 {
        let middle = fits.midpoint(too_many);
        match used(middle) {
            Some(bytes) => (fits, most) = (middle, bytes),
            None => too_many = middle,
        }
    }
    Some(most)
}
