//! Passwords: nowhere but in the flash. And the API with nothing but curl.

use serde_json::{Value, json};
use skylift_simulator::Device;
use skylift_tests::devices::fresh;
use skylift_tests::programs::{has, run, stdout};
use skylift_tests::wait::until;
use skylift_tests::wifi::*;

fn curl(device: &Device, path: &str, more: &[&str]) -> String {
    let url = format!("http://{}{path}", device.address());
    stdout(&run("curl", &[&["--silent", "--max-time", "5"], more, &[&url]].concat()))
}

#[test]
fn with_curl_alone_and_nothing_is_told() {
    if !has("curl") {
        return;
    }
    let device = Device::start(in_air(fresh(), &air())).unwrap();
    on(&device, "den");
    let mut told = String::new();
    for (ssid, password, outcome) in [("attic", "wrong sesame", "wrong_password"), ("attic", ATTIC, "joined")]
    {
        let body = change(ssid, password).to_string();
        let json = ["--header", "Content-Type: application/json", "--data", body.as_str()];
        let answer = curl(&device, "/wifi", &json);
        assert_eq!(serde_json::from_str::<Value>(&answer).unwrap(), json!({"restarts": false}));
        told += &answer;
        let status = until("the move ends", || {
            let status = curl(&device, "/status", &[]);
            let parsed: Value = serde_json::from_str(&status).ok()?;
            (parsed["wifi"]["change"]["outcome"] == outcome).then_some(status)
        });
        told += &status;
    }
    told += &curl(
        &device,
        "/wifi",
        &["--header", "Content-Type: application/json", "--data", r#"{"ssid":"attic","password":"sesame"}"#],
    );
    told += &curl(&device, "/log", &[]);
    assert!(told.contains("WiFi: joined attic"), "{told}");
    assert!(told.contains("cannot join attic: wrong_password"), "{told}");
    assert!(!told.contains("sesame"), "{told}");
}
