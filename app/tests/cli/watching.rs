//! `skylift update --watch`: saves and Ctrl-C while an update runs.
#![cfg(unix)]

use serde_json::Value;

use crate::program::{Files, Running};
use crate::support::*;

async fn round(running: &mut Running) -> Value {
    let line: Value = serde_json::from_str(&running.line_with("\"round\"").await).unwrap();
    line["round"].clone()
}

fn start(files: &Files, device: &FakeDevice) -> Running {
    let (image, home, at) = (files.path("ota.bin"), files.path("home"), device.address().to_string());
    Running::start(&["update", &image, &at, "--watch", "--json", "--port", "0", "--data-dir", &home])
}

#[tokio::test]
async fn a_save_during_an_update_waits_for_its_end() {
    let device = FakeDevice::start(Script { download: Download::HeldAtHalf, ..Script::default() }).await;
    let files = Files::new();
    let mut running = start(&files, &device);
    running.line_with("\"written\"").await;
    let next = demo("3.0.0").build().expect("an image");
    files.write("ota.bin", &next);
    device.go_on();
    let first = round(&mut running).await;
    assert_eq!((&first["number"], &first["summary"]["validated"]), (&1.into(), &1.into()), "{first}");
    let opening: Value = serde_json::from_str(&running.line_with("from_version").await).unwrap();
    assert_eq!((&opening["from_version"], &opening["version"]), (&"2.0.0".into(), &"3.0.0".into()));
    device.go_on();
    let second = round(&mut running).await;
    assert_eq!((&second["number"], &second["summary"]["validated"]), (&2.into(), &1.into()), "{second}");
    assert_eq!(device.orders().len(), 2);
    running.interrupt().await;
    assert_eq!(running.exit().await, Some(0));
}

#[tokio::test]
async fn ctrl_c_cancels_the_update_and_ends_the_watching() {
    let device = FakeDevice::start(Script { download: Download::HeldAtHalf, ..Script::default() }).await;
    let files = Files::new();
    let mut running = start(&files, &device);
    running.line_with("\"written\"").await;
    running.interrupt().await;
    running.line_with("withdrawn").await;
    device.go_on();
    let cancelled = round(&mut running).await;
    assert_eq!((&cancelled["number"], &cancelled["summary"]["failed"]), (&1.into(), &1.into()));
    assert_eq!(running.exit().await, Some(1));
}

#[tokio::test]
async fn several_devices_are_a_rollout_with_its_rules() {
    let good = FakeDevice::start_as("sky-01", "good", Script::default()).await;
    let ending = Ending::RollsBack(skylift_protocol::Reason::Panic, "out of bounds");
    let bad = FakeDevice::start_as("sky-02", "bad", Script { ending, ..Script::default() }).await;
    let files = Files::new();
    let (image, home) = (files.path("ota.bin"), files.path("home"));
    let (one, two) = (good.address().to_string(), bad.address().to_string());
    let arguments =
        ["update", &image, &one, &two, "--watch", "--canary", &two, "--port", "0", "--data-dir", &home];
    let mut running = Running::start(&arguments);
    let line = running.line_with("built in").await;
    assert!(line.contains("2 devices: 1 rolled back, 1 not started"), "{line}");
    running.line_with("waiting for the next save").await;
    assert!(good.orders().is_empty());
    running.interrupt().await;
    assert_eq!(running.exit().await, Some(0));
}
