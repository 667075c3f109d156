//! Erasing ahead: a slot that is erased before its update costs no erase in it, and never a way back that was promised.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use serde_json::{Value, json};
use skylift_simulator::demo_image::Behaviour;
use skylift_simulator::{Device, DeviceConfig};
use skylift_tests::devices::{fresh, image};
use skylift_tests::raw::{RawHost, order, request, status};
use skylift_tests::wait::until;

const BLOCK: u64 = 65_536;

fn post(device: &Device, path: &str, body: &Value) -> (u16, Value) {
    let _ = status(device.address());
    request(device.address(), "POST", path, body).unwrap()
}

fn prepare(device: &Device, size: usize) -> (u16, Value) {
    post(device, "/update/prepare", &json!({"size": size}))
}

/// The status, once it is as asked for; while it restarts there is none.
fn once(device: &Device, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
    until(what, || {
        let (_, status) = request(device.address(), "GET", "/status", &Value::Null)?;
        holds(&status).then_some(status)
    })
}

fn update(device: &Device, id: &str, version: &str, image: &[u8]) {
    let host = RawHost::serving(image);
    assert_eq!(post(device, "/update", &order(id, image, &host.url())).0, 202);
    once(device, "the new image has validated", |status| {
        status["running"]["version"] == version && status["validation"]["state"] == "valid"
    });
}

/// A device that runs 1.1.0, with 1.0.0 to return to in slot 0.
fn with_two_images(config: DeviceConfig) -> Device {
    let device = Device::start(config).unwrap();
    update(&device, "first", "1.1.0", &image("1.1.0", Behaviour::Healthy));
    assert_eq!(status(device.address())["slots"][0]["version"], "1.0.0");
    device
}

fn slow() -> DeviceConfig {
    DeviceConfig { faults: "slow-flash=100".parse().unwrap(), ..fresh() }
}

fn no_way_back(device: &Device) {
    let (code, answer) = post(device, "/rollback", &json!({}));
    assert_eq!((code, &answer["error"]), (409, &json!("no_other_image")));
}

#[test]
fn what_is_erased_before_is_not_erased_again() {
    let new = image("1.2.0", Behaviour::Healthy);
    let [plain, ahead] = [false, true].map(|prepared| {
        let device = with_two_images(fresh());
        if prepared {
            assert_eq!(prepare(&device, new.len()), (202, json!({"slot": 0, "size": new.len()})));
            let status = once(&device, "all is erased", |status| {
                status["phase"] == "idle" && status["prepared"]["bytes"].as_u64() >= Some(new.len() as u64)
            });
            assert_eq!(status["prepared"], json!({"slot": 0, "bytes": 4 * BLOCK}));
        }
        let before = device.flash_operations();
        update(&device, "second", "1.2.0", &new);
        device.flash_operations() - before
    });
    // Four blocks; and the entry of the old image was voided when the slot was prepared.
    assert!(plain - ahead >= 4, "{plain} flash operations, and {ahead} in a slot that was prepared");
}

#[test]
fn the_image_in_the_slot_is_not_offered_any_more() {
    let device = with_two_images(slow());
    assert_eq!(prepare(&device, 100_000).0, 202);
    let told = status(device.address());
    assert_eq!(told["slots"][0], json!({"slot": 0, "offset": 0x1_0000, "size": 0x1E_0000}), "{told}");
    no_way_back(&device);
    once(&device, "all is erased", |status| status["phase"] == "idle");
    no_way_back(&device);
    // A restart forgets what is erased, and the image is gone all the same.
    assert_eq!(post(&device, "/reboot", &json!({})).0, 200);
    let told = once(&device, "it has restarted", |status| {
        status["reset_reason"] == "software" && status["boot_count"] == 3
    });
    assert_eq!((&told["prepared"], &told["running"]["version"]), (&Value::Null, &json!("1.1.0")));
    assert_eq!((&told["slots"][0]["state"], &told["slots"][0]["version"]), (&Value::Null, &Value::Null));
    no_way_back(&device);
    update(&device, "second", "1.2.0", &image("1.2.0", Behaviour::Healthy));
}

#[test]
fn an_order_in_the_middle_takes_over() {
    let device = with_two_images(slow());
    assert_eq!(prepare(&device, 10 * BLOCK as usize).0, 202);
    let told =
        once(&device, "a block is erased", |status| status["prepared"]["bytes"].as_u64() >= Some(BLOCK));
    assert_eq!(told["phase"], "preparing");
    update(&device, "second", "1.2.0", &image("1.2.0", Behaviour::Healthy));
}

/// What was promised is erased, though an order came between that wrote nothing.
#[test]
fn after_an_order_that_fails_it_erases_on() {
    let device = with_two_images(slow());
    assert_eq!(prepare(&device, 10 * BLOCK as usize).0, 202);
    once(&device, "a block is erased", |status| status["prepared"]["bytes"].as_u64() >= Some(BLOCK));
    let new = image("1.2.0", Behaviour::Healthy);
    let host = RawHost::serving(&vec![b'x'; new.len()]);
    assert_eq!(post(&device, "/update", &order("second", &new, &host.url())).0, 202);
    let told = once(&device, "the order has ended", |status| status["last_end"]["order_id"] == "second");
    assert_eq!(told["last_end"]["outcome"], "refused");
    assert!(told["prepared"]["bytes"].as_u64() < Some(10 * BLOCK), "there is more to erase: {told}");
    assert_eq!(told["phase"], "preparing");
    let told = once(&device, "it is done", |status| status["phase"] == "idle");
    assert_eq!(told["prepared"], json!({"slot": 0, "bytes": 10 * BLOCK}));
}

/// The old image is gone with the first byte of the new one, whether that comes whole or not.
#[test]
fn what_was_overwritten_in_part_is_not_told_of() {
    let device = with_two_images(slow());
    let new = image("1.2.0", Behaviour::Healthy);
    let host = RawHost::start(
        &format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", new.len()),
        &[&new[..100_000], &vec![b'x'; new.len() - 100_000]].concat(),
    );
    assert_eq!(post(&device, "/update", &order("second", &new, &host.url())).0, 202);
    let told = once(&device, "the order has ended", |status| status["last_end"]["order_id"] == "second");
    assert_eq!(told["last_end"]["outcome"], "failed", "{told}");
    assert_eq!(told["slots"][0], json!({"slot": 0, "offset": 0x1_0000, "size": 0x1E_0000}), "{told}");
    no_way_back(&device);
}

#[test]
fn a_power_cut_in_the_middle_boots_what_ran() {
    let device = with_two_images(slow());
    assert_eq!(prepare(&device, 10 * BLOCK as usize).0, 202);
    once(&device, "a block is erased", |status| status["prepared"]["bytes"].as_u64() >= Some(BLOCK));
    device.cut_power();
    let told = once(&device, "it is back", |status| {
        status["reset_reason"] == "power_on" && status["phase"] == "idle"
    });
    assert_eq!((&told["running"]["version"], &told["boots_next"]), (&json!("1.1.0"), &json!(1)));
    assert_eq!((&told["prepared"], &told["slots"][0]["state"]), (&Value::Null, &Value::Null));
    no_way_back(&device);
}

/// Asked again it goes on, and what it has erased it keeps.
#[test]
fn asked_for_more_it_erases_more() {
    let device = Device::start(fresh()).unwrap();
    for (size, erased) in [(10, BLOCK), (BLOCK, BLOCK), (BLOCK + 1, 2 * BLOCK), (10, 2 * BLOCK)] {
        assert_eq!(prepare(&device, size as usize).0, 202);
        let told =
            once(&device, "it is done", |status| status["phase"] == "idle" && !status["prepared"].is_null());
        assert_eq!(told["prepared"], json!({"slot": 1, "bytes": erased}), "for {size}");
    }
}

#[test]
fn what_is_not_prepared() {
    let device = Device::start(DeviceConfig { faults: "rate=60000".parse().unwrap(), ..fresh() }).unwrap();
    for (code, error, body) in [
        (400, "malformed", json!({})),
        (400, "malformed", json!({"size": 0})),
        (400, "malformed", json!({"size": "all"})),
        (413, "too_large", json!({"size": 0x1E_0001})),
    ] {
        let (status, answer) = post(&device, "/update/prepare", &body);
        assert_eq!((status, answer["error"].as_str().unwrap()), (code, error), "{body}");
    }
    assert_eq!(device.flash_operations(), 0, "nothing was touched");
    let new = image("1.1.0", Behaviour::NeverValidates);
    let host = RawHost::serving(&new);
    assert_eq!(post(&device, "/update", &order("first", &new, &host.url())).0, 202);
    let (code, answer) = prepare(&device, 1000);
    assert_eq!((code, &answer["error"]), (409, &json!("busy")));
    once(&device, "the new image is on probation", |status| status["validation"]["state"] == "pending");
    let (code, answer) = prepare(&device, 1000);
    assert_eq!((code, &answer["error"]), (409, &json!("pending_validation")));
}
