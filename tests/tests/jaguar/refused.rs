//! What is refused before anything is sent, and what the device refuses.

use skylift::engine::UpdateOptions;
use skylift_protocol::Confirm;
use skylift_simulator::demo_image::Behaviour;
use skylift_tests::devices::image as skylift_image;
use skylift_tests::host::words;
use skylift_tests::jaguar::{Identity, Jaguar, Setup, image_for};
use skylift_tests::toit::body::Chip;

use crate::world::{NO_CONFIG, device, host, image, update, update_with};

#[track_caller]
fn nothing_was_sent(device: &Jaguar) {
    let asked_only = device.seen().requests.iter().all(|request| request.method == "GET");
    assert!(asked_only, "{:?}", device.seen().requests);
}

#[test]
fn another_chip() {
    let (host, device) = (host(), device("otter"));
    let verdict = update(&host, &device, &image_for(Chip::Esp32C3, &Identity::fresh("otter"), NO_CONFIG));
    assert_eq!(words(&verdict), ("refused", "wrong_chip"));
    assert!(verdict.detail().contains("esp32c3"), "{}", verdict.detail());
    nothing_was_sent(&device);
}

#[test]
fn an_image_that_is_somebody_already() {
    let (host, device) = (host(), device("otter"));
    let other = Jaguar::start(Setup::new("other"));
    let _ = host.find_at(other.address());
    for taken in [device.identity(), other.identity()] {
        let verdict = update(&host, &device, &image_for(Chip::Esp32, &taken, NO_CONFIG));
        assert_eq!(words(&verdict), ("refused", "id_taken"), "{}", taken.name);
    }
    nothing_was_sent(&device);
}

#[test]
fn what_jaguar_cannot_do() {
    let (host, device) = (host(), device("otter"));
    let by_hand = UpdateOptions { confirm: Confirm::Manual, ..UpdateOptions::default() };
    let verdict = update_with(&host, &device, &image("otter").1, by_hand);
    assert_eq!(words(&verdict), ("refused", "not_with_jaguar"));
    nothing_was_sent(&device);
}

#[test]
fn an_image_of_skylifts_own() {
    let (host, device) = (host(), device("otter"));
    let verdict = update(&host, &device, &skylift_image("1.0.0", Behaviour::Healthy));
    assert_eq!(verdict.as_str(), "refused", "{verdict:?}");
    nothing_was_sent(&device);
}
