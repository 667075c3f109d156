//! What request authentication costs: time and stack of signing and checking, on this computer.
//!
//! `cargo bench -p skylift-protocol --bench authentication`. The time is the best of some rounds. The stack is measured
//! without looking at memory: the program starts itself with less and less of it left, until it does not survive.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use skylift_protocol::auth::{
    Answer, Body, BodyDigest, Challenge, Gate, Nonce, Owner, PairingKey, Request, SignedRequest,
};

const ROUNDS: u32 = 20;
const TIMES: u32 = 1_000;
/// An order has some 300 bytes, a whole status some 2,000.
const ORDER: [u8; 300] = [b'x'; 300];
const STATUS: [u8; 2_000] = [b'x'; 2_000];

/// The stack of the thread that is measured: more than everything here takes.
const STACK: usize = 256 << 10;
/// How fine the stack is measured, in bytes.
const STEP: usize = 64;
type Work = fn(&mut Bench);

/// What is measured, by name.
const WORKS: [(&str, Work); 5] = [
    ("nothing", |_| ()),
    ("sign an order of 300 bytes (host)", |bench| drop(black_box(bench.sign()))),
    ("check it, with its body (device)", |bench| drop(black_box(bench.check()))),
    ("sign an answer of 2,000 bytes (device)", |bench| bench.answer()),
    ("issue a nonce (device)", |bench| drop(black_box(bench.gate.challenge(1)))),
];

struct Bench {
    key: PairingKey,
    gate: Gate,
    nonce: Nonce,
    order: SignedRequest,
    owner: Option<Owner>,
}

impl Bench {
    fn new() -> Self {
        let key = || PairingKey::try_from(&[1; 32][..]).unwrap();
        let mut gate = Gate::new(key(), [2; 32], 60_000);
        let nonce = gate.challenge(0).nonce;
        let order = SignedRequest::new(&key(), &nonce, "POST", "/update", Body::Whole(&ORDER)).unwrap();
        let mut bench = Self { key: key(), gate, nonce, order, owner: None };
        bench.owner = Some(bench.check());
        bench.renew();
        bench
    }

    /// A new order, because none is taken twice.
    fn renew(&mut self) {
        self.nonce = Challenge::parse(self.gate.challenge(0).to_string().as_bytes()).unwrap().nonce;
        self.order = self.sign();
    }

    fn sign(&self) -> SignedRequest {
        SignedRequest::new(&self.key, &self.nonce, "POST", "/update", Body::Whole(&ORDER)).unwrap()
    }

    fn check(&mut self) -> Owner {
        let fields = || self.order.fields().map(|(name, value)| (name, value.as_bytes()));
        let request = Request { method: "POST", path: "/update", query: None, fields };
        self.gate.check(&request, 1).unwrap().with_body(&ORDER).unwrap()
    }

    fn answer(&mut self) {
        let owner = self.owner.as_ref().unwrap();
        black_box(self.gate.answer(owner, 200, BodyDigest::of(&STATUS)));
    }

    /// The host's check of the answer to the order, in time only.
    fn check_answer(&mut self) -> Duration {
        let owner = self.check();
        let signed = self.gate.answer(&owner, 200, BodyDigest::of(&STATUS));
        let fields = || signed.fields().map(|(name, value)| (name, value.as_bytes())).into_iter();
        let answer = Answer { status: 200, fields, body: &STATUS };
        let best = best(|| self.order.check_answer(&self.key, &answer).unwrap());
        self.renew();
        best
    }
}

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    if let [_, role, work, left] = &arguments[..]
        && role == "with-stack"
    {
        return run_with(left.parse().unwrap(), WORKS[work.parse::<usize>().unwrap()].1);
    }
    let mut bench = Bench::new();
    let nothing = stack_of(0);
    println!("{:44} {:>9} {:>9}", "", "time", "stack");
    for (at, (name, work)) in WORKS.iter().enumerate().skip(1) {
        let time = time_of(&mut bench, *work);
        println!("{name:44} {:>6.2} µs {:>7} B", micros(time), stack_of(at) - nothing);
    }
    println!("{:44} {:>6.2} µs", "check an answer of 2,000 bytes (host)", micros(bench.check_answer()));
    println!("{:44} {:>19} B", "a gate, with 64 used nonces (device)", size_of::<Gate>());
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// One run each, with what it needs made new outside of the time.
fn time_of(bench: &mut Bench, work: Work) -> Duration {
    let round = |bench: &mut Bench| {
        let mut took = Duration::ZERO;
        for _ in 0..TIMES {
            bench.renew();
            let start = Instant::now();
            work(bench);
            took += start.elapsed();
        }
        took / TIMES
    };
    (0..ROUNDS).map(|_| round(bench)).min().unwrap()
}

fn best(mut work: impl FnMut()) -> Duration {
    let mut round = || {
        let start = Instant::now();
        (0..TIMES).for_each(|_| work());
        start.elapsed() / TIMES
    };
    (0..ROUNDS).map(|_| round()).min().unwrap()
}

/// The least stack with which a work survives.
fn stack_of(work: usize) -> usize {
    let survives = |left: usize| {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["with-stack", &work.to_string(), &left.to_string()]).stderr(Stdio::null());
        child.status().unwrap().success()
    };
    let (mut too_little, mut enough) = (0, STACK / 2);
    assert!(survives(enough), "half of the stack must be enough");
    while enough - too_little > STEP {
        let middle = (too_little + enough) / 2;
        *if survives(middle) { &mut enough } else { &mut too_little } = middle;
    }
    enough
}

/// Works on a stack of which all but some bytes are taken.
fn run_with(left: usize, work: Work) {
    let mut bench = Bench::new();
    let run = move || {
        let top = 0u8;
        take(&raw const top as usize, STACK - left, &mut || work(&mut bench));
    };
    std::thread::Builder::new().stack_size(STACK).spawn(run).unwrap().join().unwrap();
}

/// Takes stack by calling itself until `bytes` lie between here and `top`.
#[inline(never)]
fn take(top: usize, bytes: usize, work: &mut dyn FnMut()) {
    let here = black_box([0u8; STEP]);
    if top.saturating_sub(here.as_ptr() as usize) < bytes {
        take(top, bytes, work);
    } else {
        work();
    }
    black_box(&here);
}
