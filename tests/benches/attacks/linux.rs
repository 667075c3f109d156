//! The rounds, and the table.

use std::time::{Duration, Instant};

use skylift::engine::UpdateOptions;
use skylift_protocol::Trust;
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_tests::devices::demo;
use skylift_tests::flood::Flood;
use skylift_tests::host::{Host, short_times, words};
use skylift_tests::paired::{Paired, Ring};
use skylift_tests::stranger::Stranger;
use skylift_tests::wait::until;

const ROUNDS: usize = 7;
/// Bytes of the image.
const SIZE: u32 = 1 << 20;
/// Bad requests a second.
const RATE: u32 = 1000;
/// Strangers at a time; twice the device's connections.
const STRANGERS: u32 = 8;
/// Nonces that strangers ask for.
const NONCES: u32 = 100_000;

/// What strangers do meanwhile.
#[derive(Clone, Copy)]
enum Attack {
    Nothing,
    Elsewhere,
    OwnersAddress,
    Slow,
    SlowFromEverywhere,
}

impl Attack {
    const ALL: [Self; 5] =
        [Self::Nothing, Self::Elsewhere, Self::OwnersAddress, Self::Slow, Self::SlowFromEverywhere];

    const fn words(self) -> &'static str {
        match self {
            Self::Nothing => "undisturbed",
            Self::Elsewhere => "1,000 bad orders a second from another address",
            Self::OwnersAddress => "1,000 bad orders a second from the owner's own address",
            Self::Slow => "8 requests that never end, from one address, begun again when cut off",
            Self::SlowFromEverywhere => "the same, each from an address of its own",
        }
    }

    fn begin(self, paired: &Paired) -> Vec<Flood> {
        let elsewhere = Stranger::elsewhere(paired.address(), 2);
        let home = Stranger::at_home(paired.address());
        let slow = |last| Flood::of_slow_requests(Stranger::elsewhere(paired.address(), last), 1);
        let floods = match self {
            Self::Nothing => Vec::new(),
            Self::Elsewhere => vec![Flood::of_orders(elsewhere, STRANGERS, RATE)],
            Self::OwnersAddress => vec![Flood::of_orders(home, STRANGERS, RATE)],
            Self::Slow => vec![Flood::of_slow_requests(elsewhere, STRANGERS)],
            Self::SlowFromEverywhere => (2..10).map(slow).collect(),
        };
        until("they are at work", || (floods.is_empty() || done(&floods) >= 16).then_some(()));
        floods
    }
}

/// How many requests were sent or begun.
fn done(floods: &[Flood]) -> u64 {
    floods.iter().map(Flood::done).sum()
}

/// How long an update took, and how many bad requests came a second.
struct Measured {
    took: Duration,
    rate: f64,
}

pub fn main() {
    let mut all: [Vec<Measured>; 5] = Default::default();
    for round in 0..ROUNDS {
        for (attack, measured) in Attack::ALL.into_iter().zip(&mut all) {
            measured.push(update(attack));
            eprintln!("round {round}: {}: {:?}", attack.words(), measured.last().unwrap().took);
        }
    }
    println!(
        "| an update of 1 MiB to its verdict, p50 of {ROUNDS} | time | times undisturbed | bad requests a second |"
    );
    println!("|---|---|---|---|");
    let undisturbed = median(&all[0], |it| it.took.as_secs_f64());
    for (attack, measured) in Attack::ALL.into_iter().zip(&all) {
        let (took, rate) = (median(measured, |it| it.took.as_secs_f64()), median(measured, |it| it.rate));
        println!("| {} | {took:.2} s | {:.2} | {rate:.0} |", attack.words(), took / undisturbed);
    }
    nonces();
}

fn update(attack: Attack) -> Measured {
    let paired = Paired::start();
    let owner = Stranger::at_home(paired.address());
    assert_eq!(owner.own(&paired.key, "GET", "/status", "").status, 200);
    let host = Host::holding(Ring::of([(paired.id(), paired.key.clone())]), short_times());
    let image = DemoImage { size: SIZE, ..demo("1.1.0", Behaviour::Healthy) }.build().unwrap();
    let floods = attack.begin(&paired);
    let (before, begun) = (done(&floods), Instant::now());
    let job = host.begin_at(paired.address(), &image, UpdateOptions::default());
    let verdict = host.verdict(job).verdict.unwrap();
    let took = begun.elapsed();
    assert_eq!(words(&verdict).0, "validated");
    let bad = floods.into_iter().map(Flood::end).sum::<u64>().saturating_sub(before);
    #[allow(clippy::cast_precision_loss, reason = "thousands")]
    let rate = bad as f64 / took.as_secs_f64();
    Measured { took, rate }
}

/// All that strangers can ask for; then the owner's next order.
fn nonces() {
    let paired = Paired::with(Trust::Anybody, |config| config.node.http.strangers.burst = u32::MAX);
    let owner = Stranger::at_home(paired.address());
    let before = owner.draft(&paired.key, "POST", "/identify", "{}").sign();
    assert_eq!(owner.owned(&before, &paired.key).status, 200);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..NONCES / 4).for_each(|_| drop(owner.nonce())));
        }
    });
    let took = begun.elapsed();
    let next = owner.own(&paired.key, "POST", "/identify", "{}");
    println!(
        "| {NONCES} nonces asked for in {:.0} s; the owner's next order | {} | | |",
        took.as_secs_f64(),
        next.status
    );
}

fn median(measured: &[Measured], of: impl Fn(&Measured) -> f64) -> f64 {
    let mut all: Vec<f64> = measured.iter().map(of).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}
