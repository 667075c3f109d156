//! What the owner said once, said again by somebody else: at once, later, to another device, after a restart.

use std::sync::{Arc, Mutex};

use embassy_time::Duration;
use skylift::engine::UpdateOptions;
use skylift_protocol::{Pairing, Trust};
use skylift_simulator::Happening;
use skylift_simulator::demo_image::Behaviour;
use skylift_tests::devices::image;
use skylift_tests::host::{Host, short_times, words};
use skylift_tests::middle::Middle;
use skylift_tests::paired::{Paired, Ring, with_pairing};
use skylift_tests::stranger::{Reply, Stranger};
use skylift_tests::wait::until;

#[test]
fn a_request_counts_once_however_long_one_waits() {
    let paired = Paired::start();
    let owner = Stranger::at_home(paired.address());
    // At the same address: nothing but the signature is judged.
    let thief = owner;
    let identify = owner.draft(&paired.key, "POST", "/identify", "{}").sign();
    assert_eq!(owner.owned(&identify, &paired.key).status, 200);
    thief.say(identify.bytes()).is_denied("replayed", "at once");
    // More than a device remembers one by one.
    for _ in 0..70 {
        assert_eq!(owner.own(&paired.key, "GET", "/status", "").status, 200);
    }
    thief.say(identify.bytes()).is_denied("replayed", "after many others");
    let again = owner.draft(&paired.key, "POST", "/identify", "{}").sign();
    assert_eq!(owner.owned(&again, &paired.key).status, 200, "with a nonce of its own it counts");
    let blinks = paired.happened().into_iter().filter(|what| *what == Happening::Identifies).count();
    assert_eq!(blinks, 2);
}

/// An order of the app's own, read on its way: it is said again while it is carried out, and when all is over.
#[test]
fn a_captured_order_is_the_owners_only() {
    let paired = Paired::start();
    let device = paired.address();
    let captured = Arc::new(Mutex::new(Vec::new()));
    let (kept, replies) = (Arc::clone(&captured), Arc::new(Mutex::new(Vec::new())));
    let at_once = Arc::clone(&replies);
    let middle = Middle::before(device, move |asked| {
        let answer = asked.forward();
        if asked.is("POST /update ") && asked.is_signed() {
            at_once.lock().unwrap().extend(Reply::of(&asked.forward()));
            kept.lock().unwrap().push(asked.bytes.to_vec());
        }
        answer
    });
    let host = Host::holding(Ring::of([(paired.id(), paired.key.clone())]), short_times());
    let job = host.begin_at(middle.address(), &image("1.1.0", Behaviour::Healthy), UpdateOptions::default());
    assert_eq!(words(&host.verdict(job).verdict.unwrap()).0, "validated");
    for reply in replies.lock().unwrap().iter() {
        reply.is_denied("replayed", "at once");
    }
    assert!(!replies.lock().unwrap().is_empty());

    // Back to the image before, so that the order would have something to do.
    let owner = Stranger::at_home(device);
    assert_eq!(owner.own(&paired.key, "POST", "/rollback", "{}").status, 200);
    let is_back = |status: &serde_json::Value| status["running"]["version"] == "1.0.0";
    owner.await_status(&paired.key, "it goes back", is_back);
    for order in captured.lock().unwrap().iter() {
        owner.say(order).is_denied("nonce_foreign", "after the restart");
    }
    let status = owner.await_status(&paired.key, "it answers", |_| true);
    assert!(is_back(&status) && status["phase"] == "idle", "{status}");
}

#[test]
fn a_nonce_grows_old() {
    let paired = Paired::with(Trust::Anybody, |config| config.node.nonce_life = Duration::from_millis(1));
    let owner = Stranger::at_home(paired.address());
    let reply = until("a nonce is more than a millisecond old", || {
        let request = owner.draft(&paired.key, "GET", "/status", "").sign();
        // Its time goes by while others speak.
        let _ = owner.nonce();
        Some(owner.say(request.bytes())).filter(|reply| reply.status != 200)
    });
    reply.is_denied("nonce_expired", "old");
    let paired = Paired::start();
    let owner = Stranger::at_home(paired.address());
    let request = owner.draft(&paired.key, "GET", "/status", "").sign();
    let _ = owner.nonce();
    assert_eq!(owner.owned(&request, &paired.key).status, 200, "within a chip's 60 s");
}

/// Both have the same key: not even then.
#[test]
fn a_nonce_is_of_one_device() {
    let paired = Paired::start();
    let twin = Paired::with(Trust::Anybody, |config| {
        config.flash = with_pairing(Pairing::Paired(paired.key.clone()), Trust::Anybody).flash;
    });
    let (one, other) = (Stranger::at_home(paired.address()), Stranger::at_home(twin.address()));
    let identify = one.draft(&paired.key, "POST", "/identify", "{}").sign();
    other.say(identify.bytes()).is_denied("nonce_foreign", "the other device's");
    assert_eq!(one.owned(&identify, &paired.key).status, 200);
    assert_eq!(other.own(&paired.key, "POST", "/identify", "{}").status, 200);
}

#[test]
fn a_nonce_is_of_one_boot() {
    let paired = Paired::start();
    let owner = Stranger::at_home(paired.address());
    let identify = owner.draft(&paired.key, "POST", "/identify", "{}").sign();
    let spent = owner.draft(&paired.key, "POST", "/identify", "{}").sign();
    assert_eq!(owner.owned(&spent, &paired.key).status, 200);
    paired.device.press_reset();
    paired.await_boot();
    owner.say(identify.bytes()).is_denied("nonce_foreign", "of the boot before");
    owner.say(spent.bytes()).is_denied("nonce_foreign", "spent in the boot before");
    assert_eq!(owner.own(&paired.key, "POST", "/identify", "{}").status, 200);
}
