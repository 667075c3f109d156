//! Floods of bad requests, and slow ones that hold all four connections, while the owner works and updates. How long
//! that takes is measured by `cargo bench -p skylift-tests --bench attacks`; here it has to succeed.

use skylift::engine::UpdateOptions;
use skylift_simulator::demo_image::Behaviour;
use skylift_tests::devices::image;
use skylift_tests::flood::Flood;
use skylift_tests::host::{Host, short_times, words};
use skylift_tests::paired::{Paired, Ring};
use skylift_tests::stranger::Stranger;
use skylift_tests::wait::until;

/// The rate of a flood, in requests a second.
const RATE: u32 = 1000;
/// Twice as many as the device has connections.
const STRANGERS: u32 = 8;
/// Requests of the owner, one after the other, while the strangers are at work.
const REQUESTS: usize = 10;

/// Each request of the owner is answered, and the owner's update validates.
fn owner_works(paired: &Paired, flood: &Flood) {
    until("they are at work", || (flood.done() >= 16).then_some(()));
    let owner = Stranger::at_home(paired.address());
    let mut answered = 0;
    until("the owner's requests are answered", || {
        // Each has to be answered; what a flood of the owner's own address costs is time.
        assert_eq!(owner.own(&paired.key, "GET", "/status", "").status, 200);
        answered += 1;
        (answered == REQUESTS).then_some(())
    });
    let host = Host::holding(Ring::of([(paired.id(), paired.key.clone())]), short_times());
    let before = flood.done();
    let job = host.begin_at(paired.address(), &image("1.1.0", Behaviour::Healthy), UpdateOptions::default());
    assert_eq!(words(&host.verdict(job).verdict.unwrap()), ("validated", ""));
    assert!(flood.done() > before, "they were at work all the time");
}

#[test]
fn a_flood_from_elsewhere_does_not_stop_the_owner() {
    let paired = Paired::start();
    let flood = Flood::of_orders(Stranger::elsewhere(paired.address(), 2), STRANGERS, RATE);
    owner_works(&paired, &flood);
    let _ = flood.end();
}

#[test]
fn a_flood_from_the_owners_own_address_does_not_stop_the_owner() {
    let paired = Paired::start();
    // Who has shown the key once is known by the address.
    let owner = Stranger::at_home(paired.address());
    assert_eq!(owner.own(&paired.key, "GET", "/status", "").status, 200);
    let flood = Flood::of_orders(owner, STRANGERS, RATE);
    owner_works(&paired, &flood);
    let _ = flood.end();
}

#[test]
fn slow_ones_on_all_connections_do_not_stop_the_owner() {
    let paired = Paired::start();
    let flood = Flood::of_slow_requests(Stranger::elsewhere(paired.address(), 2), STRANGERS);
    owner_works(&paired, &flood);
    let _ = flood.end();
}

/// From as many addresses as there are of them: none is shut out for long.
#[test]
fn slow_ones_from_everywhere_do_not_stop_the_owner() {
    let paired = Paired::start();
    let floods: Vec<_> =
        (2..8).map(|last| Flood::of_slow_requests(Stranger::elsewhere(paired.address(), last), 1)).collect();
    until("each is at work", || floods.iter().all(|flood| flood.done() > 2).then_some(()));
    let mut floods = floods.into_iter();
    let first = floods.next().unwrap();
    owner_works(&paired, &first);
    let _ = first.end();
    for flood in floods {
        let _ = flood.end();
    }
}
