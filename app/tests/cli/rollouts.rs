//! `skylift update` with many devices, and `skylift resume-waiting`.

use std::process::Output;

use serde_json::Value;
use skylift_protocol::{ErrorCode, Reason, bounded};
use skylift_provisioning::Provisioning;
use skylift_simulator::{Device, DeviceConfig, FactoryFlash, FlashSource};

use crate::program::{Files, Running, expect_exit, json_lines, run, skylift, text};
use crate::support::*;

fn rolls_back() -> Script {
    Script { ending: Ending::RollsBack(Reason::Panic, "out of bounds"), ..Script::default() }
}

/// The last line of each device, and the summary.
fn verdicts(output: &Output) -> (Vec<(String, String)>, Value) {
    let lines = json_lines(output);
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let with_verdict = lines.iter().filter(|line| line.get("verdict").is_some());
    let ends = with_verdict.map(|line| (word(&line["device"]), word(&line["verdict"]))).collect();
    (ends, lines.last().unwrap()["summary"].clone())
}

#[tokio::test]
async fn a_canary_goes_first_and_its_failure_stops_the_rest() {
    let good = FakeDevice::start_as("sky-01", "good", Script::default()).await;
    let bad = FakeDevice::start_as("sky-02", "bad", rolls_back()).await;
    let files = Files::new();
    let (image, one, two) = (files.path("ota.bin"), good.address().to_string(), bad.address().to_string());
    let arguments = ["update", &image, &one, &two, "--canary", &two, "--port", "0"];
    let output = run(&[&arguments[..], &["--json"]].concat()).await;
    expect_exit(&output, 3);
    let (mut ends, summary) = verdicts(&output);
    ends.sort();
    let expected = [("sky-01", "not_started"), ("sky-02", "rolled_back")];
    assert_eq!(ends, expected.map(|(device, word)| (device.to_owned(), word.to_owned())));
    let figures =
        (&summary["devices"], &summary["rolled_back"], &summary["not_started"], &summary["stopped"]);
    assert_eq!(figures, (&2.into(), &1.into(), &1.into(), &"canary_failed".into()));
    assert!(good.orders().is_empty());
    // The same in words.
    let output = run(&arguments).await;
    let told = text(&output.stdout);
    for line in [
        "2 devices: 1 rolled back, 1 not started",
        "rolled back: bad",
        "not started: good",
        "the canary failed",
    ] {
        assert!(told.contains(line), "{told}");
    }
}

#[tokio::test]
async fn the_canary_must_be_there_and_makes_sense() {
    let good = FakeDevice::start(Script::default()).await;
    let files = Files::new();
    let (image, at) = (files.path("ota.bin"), good.address().to_string());
    let output = run(&["update", &image, &at, "--canary", "127.0.0.1:1", "--port", "0"]).await;
    expect_exit(&output, 1);
    assert!(text(&output.stderr).contains("the canary was not found, so nothing was begun"), "{output:?}");
    assert!(good.orders().is_empty());
    for wrong in [
        &["update", &image][..],
        &["update", &image, &at, "--canary", "0"],
        &["update", &image, &at, "--parallel", "0"],
        &["update", &image, &at, "--retry-failed"],
    ] {
        expect_exit(&run(wrong).await, 2);
    }
}

#[tokio::test]
async fn only_those_that_failed_are_retried() {
    let good = FakeDevice::start_as("sky-01", "good", Script::default()).await;
    let refuses = Script { refuses: Some(ErrorCode::Busy), ..Script::default() };
    let busy = FakeDevice::start_as("sky-02", "busy", refuses).await;
    let bad = FakeDevice::start_as("sky-03", "bad", rolls_back()).await;
    let files = Files::new();
    let image = files.path("ota.bin");
    let addresses = [&good, &busy, &bad].map(|device| device.address().to_string());
    let home = files.path("home");
    let update = async |arguments: &[&str]| {
        let all = [&["update", &image, "--data-dir", &home, "--port", "0", "--json"], arguments].concat();
        let mut command = skylift(&all);
        soon(command.env_remove("SKYLIFT_NO_HISTORY").output()).await.expect("the program starts")
    };
    let output = update(&["--retry-failed"]).await;
    expect_exit(&output, 1);
    assert!(text(&output.stderr).contains("there is no last rollout"), "{output:?}");

    expect_exit(&update(&[&addresses[0], &addresses[1], &addresses[2], "127.0.0.1:1"]).await, 3);
    let output = update(&["--retry-failed"]).await;
    expect_exit(&output, 3);
    let (mut ends, summary) = verdicts(&output);
    ends.sort();
    let expected = [("127.0.0.1:1", "failed"), ("sky-03", "rolled_back")];
    assert_eq!(ends, expected.map(|(device, word)| (device.to_owned(), word.to_owned())));
    assert_eq!(summary["devices"], 2);
    assert_eq!((good.orders().len(), bad.orders().len()), (1, 2));
    // What runs it already needs nothing.
    let output = update(&[&addresses[0], "--only-outdated"]).await;
    expect_exit(&output, 0);
    let (ends, summary) = verdicts(&output);
    assert_eq!((ends[0].1.as_str(), &summary["already"]), ("skipped", &1.into()));
}

/// A simulated device in a hurry.
pub fn hurried(id: &str) -> Device {
    let image = demo("1.0.0").build().expect("an image");
    let factory = FactoryFlash::new(image, Provisioning::default());
    let mut config = DeviceConfig::new(bounded(id), FlashSource::Factory(factory));
    config.node.trial.well_for = config.node.trial.farewell;
    Device::start(config).expect("the device starts")
}

#[tokio::test]
async fn a_device_that_is_off_is_waited_for_over_a_restart() {
    let (device, there) = (hurried("sky-07"), hurried("sky-08"));
    device.power_off();
    let (at, other) = (device.address().to_string(), there.address().to_string());
    while tokio::net::TcpStream::connect(device.address()).await.is_ok() {}
    let files = Files::new();
    let (image, home) = (files.path("ota.bin"), files.path("home"));
    let here = ["--data-dir", &home, "--port", "0", "--json"];
    let mut running = Running::start(&[&["update", &image, &at, &other, "--when-back"], &here[..]].concat());
    running.line_with("it is updated when it comes back").await;
    running.line_with("\"validated\"").await;
    // It is killed: nothing is left of it but what is on the disk. And the file is built anew.
    drop(running);
    files.write("ota.bin", &demo("3.0.0").build().expect("an image"));

    let mut running = Running::start(&[&["resume-waiting"], &here[..]].concat());
    running.line_with("it is updated when it comes back").await;
    device.power_on();
    // The one that was killed may not have noted any more that the other had ended.
    let end = loop {
        let end: Value = serde_json::from_str(&running.line_with("\"verdict\"").await).unwrap();
        if end["device"] == "sky-07" {
            break end;
        }
    };
    assert_eq!(end["verdict"], "validated");
    // What it was to get, not what is in the file now.
    assert_eq!(end["version"], "2.0.0");
    assert_eq!(running.exit().await, Some(0));
    let output = run(&["resume-waiting", "--data-dir", &home]).await;
    expect_exit(&output, 0);
    assert!(text(&output.stdout).contains("No device is waited for"), "{output:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn waiting_can_be_interrupted_and_given_up() {
    let files = Files::new();
    let (image, home) = (files.path("ota.bin"), files.path("home"));
    let arguments = ["update", &image, "127.0.0.1:1", "--when-back", "--data-dir", &home, "--port", "0"];
    let mut running = Running::start(&arguments);
    running.line_with("when it comes back").await;
    running.interrupt().await;
    running.line_with("not started (cancelled)").await;
    assert_eq!(running.exit().await, Some(1));
    // Without its image it cannot be waited for any more, and stays on the list until it is told otherwise.
    expect_exit(&run(&["images", "forget", "2.0.0", "--data-dir", &home]).await, 0);
    for _ in 0..2 {
        let output = run(&["resume-waiting", "--data-dir", &home, "--port", "0"]).await;
        expect_exit(&output, 1);
        for words in [
            "127.0.0.1:1 waits for skylift-demo 2.0.0",
            "not in the library any more",
            "try: skylift images add FILE",
        ] {
            assert!(text(&output.stderr).contains(words), "{output:?}");
        }
    }
    for forgotten in ["not waited for any more: 127.0.0.1:1", "nobody was"] {
        let output = run(&["resume-waiting", "--forget", "--data-dir", &home]).await;
        expect_exit(&output, 0);
        assert!(text(&output.stdout).contains(forgotten), "{output:?}");
    }
}
