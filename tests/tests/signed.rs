//! Devices that trust certain signers, over real sockets: what they signed validates, everything else is refused or
//! fails by its name, and the old image runs on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::path::Path;

use serde_json::{Value, json};
use skylift::image::Image;
use skylift::image::sign::{SigningKey, add_signature};
use skylift_protocol::{Digest, Floor, NextSigners, Trust, ValidationState};
use skylift_provisioning::Provisioning;
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_simulator::layout::{DEFAULT_CAPACITY, DEFAULT_TABLE, factory_flash};
use skylift_simulator::{Device, DeviceConfig, FactoryFlash, FlashSource};
use skylift_tests::devices::{demo, fresh, image};
use skylift_tests::host::{Host, words};
use skylift_tests::raw::{RawHost, end_of, order, request, status};
use skylift_updater::partition::Layout;

fn key() -> SigningKey {
    SigningKey::random().unwrap()
}

fn digest(key: &SigningKey) -> Digest {
    key.verifying_key().digest()
}

fn signed(image: &[u8], key: &SigningKey) -> Vec<u8> {
    let image = Image::from_bytes(Path::new("ota.bin"), image.to_vec()).unwrap();
    add_signature(&image, key, false).unwrap()
}

fn trust(keys: &[&SigningKey]) -> Trust {
    Trust::in_signers(keys.iter().map(|key| digest(key)).collect())
}

fn start(first: &DemoImage, trust: Trust, secure_floor: u32) -> Device {
    let secure_floor = Floor::At(secure_floor);
    let provisioning = Provisioning { trust, secure_floor, ..Provisioning::default() };
    let factory = FactoryFlash::new(first.build().unwrap(), provisioning);
    Device::start(DeviceConfig { flash: FlashSource::Factory(factory), ..fresh() }).unwrap()
}

fn trusting(keys: &[&SigningKey]) -> Device {
    start(&demo("1.0.0", Behaviour::Healthy), trust(keys), 0)
}

/// An order for a file, whose image has this digest.
fn order_for(id: &str, file: &[u8], image: &[u8], host: &RawHost) -> Value {
    let mut order = order(id, file, &host.url());
    order["image_sha256"] = image_digest(image);
    order
}

/// As an order names it.
fn image_digest(image: &[u8]) -> Value {
    order("any", image, "http://127.0.0.1/")["image_sha256"].clone()
}

fn give(device: &Device, order: &Value) -> (u16, Value) {
    let _ = status(device.address());
    request(device.address(), "POST", "/update", order).unwrap()
}

/// How an order for this file ends, as the device itself tells it.
fn end(device: &Device, file: &[u8], image: &[u8]) -> (String, String) {
    let host = RawHost::serving(file);
    let (code, answer) = give(device, &order_for("raw-1", file, image, &host));
    assert_eq!(code, 202, "{answer}");
    let end = end_of(device.address(), "raw-1");
    let word = |name: &str| end[name].as_str().unwrap_or_default().to_owned();
    assert!(!end["detail"].as_str().unwrap().is_empty(), "{end}");
    (word("outcome"), word("reason"))
}

fn is(outcome: &str, reason: &str) -> (String, String) {
    (outcome.to_owned(), reason.to_owned())
}

#[test]
fn what_a_trusted_signer_signed_validates() {
    let (ours, old) = (key(), key());
    let device = trusting(&[&old, &ours]);
    let host = Host::default();
    let verdict = host.update(&device, &signed(&image("2.0.0", Behaviour::Healthy), &ours));
    assert_eq!(words(&verdict).0, "validated");
    let told = host.status(&device);
    assert_eq!(told.running.version, "2.0.0");
    let signers = told.policy.unwrap().signers.unwrap();
    assert_eq!(signers, [digest(&old), digest(&ours)]);
}

#[test]
fn a_bad_signed_image_is_rolled_back_as_ever() {
    let ours = key();
    let device = trusting(&[&ours]);
    let verdict = Host::default().update(&device, &signed(&image("2.0.0", Behaviour::Crash), &ours));
    assert_eq!(words(&verdict), ("rolled_back", "panic"));
}

/// The device itself, whatever a host thinks of the image.
#[test]
fn the_device_refuses_everything_else_and_runs_on() {
    let ours = key();
    let image = image("2.0.0", Behaviour::Healthy);
    let good = signed(&image, &ours);
    let sector = good.len() - 4096;
    let changed = |at: usize| {
        let mut file = good.clone();
        file[at] ^= 1;
        file
    };
    // Whole sectors without a signature in the last one.
    let blank = [&good[..sector], &[0xFF; 4096]].concat();
    for (reason, file) in [
        ("unsigned", blank),
        ("signer_unknown", signed(&image, &key())),
        ("signature_invalid", changed(sector + 110)),
        ("signature_invalid", changed(sector)),
        ("signature_invalid", [&good[..sector], &[0xFF; 4096], &good[sector..]].concat()),
    ] {
        let device = trusting(&[&ours]);
        assert_eq!(end(&device, &file, &image), is("failed", reason));
        let told = status(device.address());
        assert_eq!(told["running"]["version"], "1.0.0");
        // What lies in the slot now was never judged good: nobody can make it boot.
        let (code, answer) = request(device.address(), "POST", "/rollback", &json!({})).unwrap();
        assert_eq!((code, &answer["error"]), (409, &json!("no_other_image")), "{reason}");
        // The reason outlives a restart.
        device.press_reset();
        let again = end_of(device.address(), "raw-1");
        assert_eq!(again["reason"], *reason, "{again}");
        assert_eq!(words(&Host::default().update(&device, &good)).0, "validated");
    }
}

#[test]
fn what_cannot_be_signed_is_refused_before_anything_is_erased() {
    let ours = key();
    let device = trusting(&[&ours]);
    let plain = image("2.0.0", Behaviour::Healthy);
    // A demo image of another size than whole sectors.
    assert!(!plain[..plain.len() - 16].len().is_multiple_of(4096));
    let cut = &signed(&plain, &ours)[..plain.len() + 4096 - 16];
    for file in [&plain[..plain.len() - 16], cut] {
        let host = RawHost::serving(file);
        let (code, answer) = give(&device, &order_for("raw-1", file, &plain, &host));
        assert_eq!((code, &answer["error"]), (412, &json!("unsigned")), "{answer}");
    }
    assert_eq!(device.flash_operations(), 0);
}

/// The host says it first, in words, and nothing is sent.
#[test]
fn the_host_foresees_what_the_device_would_refuse() {
    let ours = key();
    let device = start(&demo("1.0.0", Behaviour::Healthy), trust(&[&ours]), 2);
    let host = Host::default();
    let floored = |version| DemoImage { secure_version: version, ..demo("2.0.0", Behaviour::Healthy) };
    let good = floored(2).build().unwrap();
    let mut broken = signed(&good, &ours);
    let at = broken.len() - 4096 + 110;
    broken[at] ^= 1;
    for (reason, file) in [
        ("unsigned", good.clone()),
        ("signer_unknown", signed(&good, &key())),
        ("signature_invalid", broken),
        ("downgrade", signed(&floored(1).build().unwrap(), &ours)),
    ] {
        assert_eq!(words(&host.update(&device, &file)), ("refused", reason));
    }
    assert_eq!(device.flash_operations(), 0);
    assert_eq!(words(&host.update(&device, &signed(&good, &ours))).0, "validated");
}

/// The floor rises with what is kept, and neither an order nor a hand gets below it; a bad image is still left.
#[test]
fn there_is_no_way_below_what_was_kept() {
    let version = |version: &str, secure_version, behaviour| {
        DemoImage { secure_version, ..demo(version, behaviour) }.build().unwrap()
    };
    let device = start(&demo("1.0.0", Behaviour::Healthy), Trust::Anybody, 0);
    let host = Host::default();
    // Given up before it was kept: the floor stays.
    let crash = host.update(&device, &version("2.0.0", 9, Behaviour::Crash));
    assert_eq!(words(&crash).0, "rolled_back");
    assert_eq!(host.status(&device).policy.unwrap().secure_floor, 0);
    assert_eq!(words(&host.update(&device, &version("3.0.0", 3, Behaviour::Healthy))).0, "validated");
    assert_eq!(host.status(&device).policy.unwrap().secure_floor, 3);

    let (code, answer) = request(device.address(), "POST", "/rollback", &json!({})).unwrap();
    assert_eq!((code, &answer["error"]), (412, &json!("downgrade")), "{answer}");
    let older = version("4.0.0", 2, Behaviour::Healthy);
    let before = device.flash_operations();
    assert_eq!(end(&device, &older, &older), is("refused", "downgrade"));
    assert_eq!(device.flash_operations(), before);
    // It is in the flash: a restart changes nothing about it.
    device.press_reset();
    let told = host.await_status(&device, "it restarts", |status| status.uptime_s < 60);
    assert_eq!(told.policy.unwrap().secure_floor, 3);
    assert_eq!(words(&host.update(&device, &version("5.0.0", 3, Behaviour::Healthy))).0, "validated");
    // Of the same floor: back by hand.
    let (code, answer) = request(device.address(), "POST", "/rollback", &json!({})).unwrap();
    assert_eq!(code, 200, "{answer}");
}

/// Where nobody can tell the floor any more, it is the running image's, though that one was never kept.
#[test]
fn a_floor_that_cannot_be_read_is_that_of_the_running_image() {
    let first = DemoImage { secure_version: 5, ..demo("1.0.0", Behaviour::Healthy) };
    let older = DemoImage { secure_version: 4, ..demo("2.0.0", Behaviour::Healthy) }.build().unwrap();
    for (secure_floor, told) in [(Floor::At(3), 3), (Floor::Unknown, 5)] {
        let device = untracked(&first, Provisioning { secure_floor, ..Provisioning::default() });
        let status = Host::default().status(&device);
        assert_eq!(status.validation.state, ValidationState::Untracked);
        assert_eq!(status.policy.unwrap().secure_floor, told);
        if secure_floor == Floor::Unknown {
            assert_eq!(end(&device, &older, &older), is("refused", "downgrade"));
        }
    }
}

/// A device whose otadata says of its image only that it boots.
fn untracked(first: &DemoImage, provisioning: Provisioning) -> Device {
    let image = first.build().unwrap();
    let mut nor = factory_flash(DEFAULT_CAPACITY, &DEFAULT_TABLE, &image).unwrap();
    let layout = Layout::read(&mut nor).unwrap();
    provisioning.write(&mut nor, layout.settings.unwrap()).unwrap();
    let mut bytes = nor.into_bytes();
    let state = layout.otadata.offset as usize + 24;
    bytes[state..state + 4].fill(0xFF);
    Device::start(DeviceConfig { flash: FlashSource::Bytes(bytes), ..fresh() }).unwrap()
}

/// Power failed between the validation of an image and the note of what comes with it: the next start makes it good.
#[test]
fn signers_and_floor_that_came_with_a_kept_image_count_from_the_next_start_on() {
    let (old, new) = (key(), key());
    let first = DemoImage { secure_version: 5, ..demo("1.0.0", Behaviour::Healthy) };
    let bytes = first.build().unwrap();
    let next = |image_sha256| NextSigners { image_sha256, signers: [digest(&new)].into_iter().collect() };
    let image_sha256 = Image::from_bytes(Path::new("ota.bin"), bytes).unwrap().image_sha256;
    let device = start(&first, trust(&[&old]).with_next(Some(next(image_sha256))), 0);
    let policy = Host::default().status(&device).policy.unwrap();
    assert_eq!((policy.secure_floor, policy.signers.unwrap().as_slice()), (5, [digest(&new)].as_slice()));
    // Those that came with an image that is not the one that runs do not.
    let device = start(&first, trust(&[&old]).with_next(Some(next(Digest([7; 32])))), 0);
    let policy = Host::default().status(&device).policy.unwrap();
    assert_eq!(policy.signers.unwrap().as_slice(), [digest(&old)]);
    // An update without others lets them go, whatever becomes of it.
    let file =
        signed(&DemoImage { secure_version: 5, ..demo("2.0.0", Behaviour::Healthy) }.build().unwrap(), &old);
    let host = Host::default();
    assert_eq!(words(&host.update(&device, &file)).0, "validated");
    assert_eq!(host.status(&device).policy.unwrap().signers.unwrap().as_slice(), [digest(&old)]);
}

/// Nobody can tell who gives an order to an open device.
#[test]
fn an_open_device_takes_no_signers_from_an_order() {
    let (ours, theirs) = (key(), key());
    let image = image("2.0.0", Behaviour::Healthy);
    for device in [trusting(&[&ours]), start(&demo("1.0.0", Behaviour::Healthy), Trust::Anybody, 0)] {
        let file = signed(&image, &ours);
        let host = RawHost::serving(&file);
        let mut order = order_for("raw-1", &file, &image, &host);
        order["trust"] = json!([digest(&theirs)]);
        let (code, answer) = give(&device, &order);
        assert_eq!((code, &answer["error"]), (401, &json!("unauthorised")), "{answer}");
        assert_eq!(device.flash_operations(), 0);
    }
}

#[test]
fn a_device_without_signers_takes_signed_images_as_they_are() {
    let device = Device::start(fresh()).unwrap();
    let host = Host::default();
    let plain = image("2.0.0", Behaviour::Healthy);
    let told = Image::from_bytes(Path::new("ota.bin"), plain.clone()).unwrap();
    assert_eq!(words(&host.update(&device, &signed(&plain, &key()))).0, "validated");
    let status = host.status(&device);
    assert_eq!(status.running.image_sha256, told.image_sha256);
    assert_eq!(status.policy.unwrap().signers, None);
}
