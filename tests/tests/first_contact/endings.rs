//! How a first contact ends: told by the board's own log, or by who answers on the network.

use std::time::{Duration, Instant};

use skylift::usb::provision::KeyVault as _;
use skylift::usb::provision::{ContactEnd, PairWish, Wishes};
use skylift_protocol::auth::PairingKey;
use skylift_simulator::demo_image::Behaviour;
use skylift_tests::wifi::{ATTIC, DEN};

use crate::bench::{Bench, flashed, on};

#[test]
fn a_wrong_password_is_told_within_seconds_and_corrected_without_the_app() {
    let bench = Bench::with(flashed(Behaviour::Healthy));
    let wishes = on("den", "not its password");
    let prepared = bench.set_up(&wishes).unwrap();
    let begun = Instant::now();
    assert_eq!(bench.contact(&prepared, &wishes), ContactEnd::WrongPassword { ssid: "den".to_owned() });
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());

    let before = bench.board.flash();
    let end = bench.end_of(&on("den", DEN));
    let address = bench.board.device_address();
    assert_eq!(end, ContactEnd::OnTheNetwork { address, paired: true });
    let slots = 0x1_0000..0x3D_0000;
    assert!(bench.board.flash()[slots.clone()] == before[slots], "the app was not written again");
}

#[test]
fn a_network_that_is_not_there_or_gives_no_address_is_told() {
    let bench = Bench::with(flashed(Behaviour::Healthy));
    assert_eq!(bench.end_of(&on("Den", DEN)), ContactEnd::NoSuchNetwork { ssid: "Den".to_owned() });
    assert_eq!(bench.end_of(&on("dry", ATTIC)), ContactEnd::NoAddress { ssid: "dry".to_owned() });
}

#[test]
fn a_program_that_panics_is_told() {
    let bench = Bench::with(flashed(Behaviour::Crash));
    let end = bench.end_of(&on("den", DEN));
    let ContactEnd::Panicked { message } = &end else { panic!("{end:?}") };
    assert!(message.contains("sensor bus does not answer"), "{message}");
}

/// It is on a network where this computer is not.
#[test]
fn who_is_not_seen_says_where_it_is() {
    let bench = Bench::with(flashed(Behaviour::Healthy));
    let wishes = on("far", ATTIC);
    let prepared = bench.set_up(&wishes).unwrap();
    let end = bench.contact_for(&prepared, &wishes, Duration::from_secs(3));
    let ContactEnd::NotSeen { silent: false, joined: Some(joined), .. } = &end else { panic!("{end:?}") };
    assert_eq!(joined, "far");
}

/// Paired is what a signed answer has proven, and nothing else.
#[test]
fn who_does_not_sign_is_not_paired() {
    let bench = Bench::with(flashed(Behaviour::Healthy));
    let open = Wishes { pairing: PairWish::Leave, ..on("den", DEN) };
    let address = bench.board.device_address();
    assert_eq!(bench.end_of(&open), ContactEnd::OnTheNetwork { address, paired: false });

    let wishes = on("den", DEN);
    let prepared = bench.set_up(&wishes).unwrap();
    // Another key is kept here than the one that the board has.
    bench.keys.settle(&prepared.device, &PairingKey::try_from(&[9; 32][..]).unwrap()).unwrap();
    let end = bench.contact_for(&prepared, &wishes, Duration::from_secs(3));
    assert!(matches!(end, ContactEnd::NotProven { .. }), "{end:?}");
}
