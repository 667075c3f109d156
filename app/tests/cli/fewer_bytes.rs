//! Deltas, forced ways, and erasing ahead, with real device code: what is said before, on the way and after.

use std::process::Output;

use serde_json::{Value, json};
use skylift_provisioning::Provisioning;
use skylift_simulator::{Device, DeviceConfig, FactoryFlash, FlashSource};

use crate::program::*;
use crate::rollouts::hurried;
use crate::support::*;

/// Runs the program with a folder of its own, in which it keeps a history.
async fn at_home(files: &Files, arguments: &[&str]) -> Output {
    let home = files.path("home");
    let mut command = skylift(&[arguments, &["--data-dir", &home]].concat());
    soon(command.env_remove("SKYLIFT_NO_HISTORY").output()).await.expect("the program starts")
}

/// Every one of these, in this order.
#[track_caller]
fn expect_in_order(told: &str, words: &[&str]) {
    let mut rest = told;
    for word in words {
        let at = rest.find(word).unwrap_or_else(|| panic!("no {word:?} behind the others in {told}"));
        rest = &rest[at + word.len()..];
    }
}

fn verdict(output: &Output) -> Value {
    json_lines(output).into_iter().rfind(|line| line.get("verdict").is_some()).expect("a verdict")
}

#[tokio::test]
async fn a_delta_is_planned_taken_and_kept_in_the_history() {
    let device = hurried("sky-31");
    let at = device.address().to_string();
    let files = Files::new();
    let (new, old) = (files.path("ota.bin"), files.path("old.bin"));
    files.write("old.bin", &demo("1.0.0").build().expect("an image"));

    let output = at_home(&files, &["plan", &new, &at]).await;
    expect_exit(&output, 0);
    expect_in_order(
        text(&output.stdout),
        &["  raw ", "  compressed ", "not delta: the image that the device runs is not on this computer"],
    );
    expect_exit(&at_home(&files, &["images", "add", &old]).await, 0);
    let output = at_home(&files, &["plan", &new, &at]).await;
    expect_in_order(text(&output.stdout), &["  raw ", "  compressed ", "  delta ", "taken, saves 9"]);

    let output = at_home(&files, &["update", &new, &at, "--port", "0"]).await;
    expect_exit(&output, 0);
    let way = [
        ": delta, ",
        " instead of 64 KiB, about ",
        ": validated: it runs 2.0.0, and has kept it; ",
        "saves 9",
    ];
    expect_in_order(text(&output.stdout), &way);
    let kept = json_lines(&at_home(&files, &["history", "--json"]).await).remove(0);
    assert_eq!(kept["encoding"], "delta");
    assert!(kept["air_bytes"].as_u64().is_some_and(|bytes| (1..8192).contains(&bytes)), "{kept}");
    let shown = at_home(&files, &["history", "show", "1"]).await;
    let words = [
        "sent         delta, ",
        " over the air instead of 64 KiB, saves 9",
        "to be sent delta: ",
        "validated",
    ];
    expect_in_order(text(&shown.stdout), &words);
    assert!(text(&at_home(&files, &["history"]).await.stdout).contains(" delta"));

    // What was sent is here now, so the next one can be a delta too; yet it is sent as it is wanted.
    let newest = files.write("three.bin", &demo("3.0.0").build().expect("an image")).display().to_string();
    let output =
        at_home(&files, &["update", &newest, &at, "--port", "0", "--encoding", "raw", "--json"]).await;
    expect_exit(&output, 0);
    let lines = json_lines(&output);
    let planned = lines.iter().find(|line| line.get("raw_bytes").is_some()).expect("what is sent");
    assert_eq!((&planned["encoding"], &planned["bytes"]), (&json!("raw"), &planned["raw_bytes"]));
    let end = verdict(&output);
    assert_eq!((&end["verdict"], &end["encoding"]), (&json!("validated"), &json!("raw")));
    assert!(end.get("saved_percent").is_none() && end["sent_bytes"].as_u64() >= planned["bytes"].as_u64());
}

#[tokio::test]
async fn that_streams_cannot_be_kept_is_told_and_stops_nothing() {
    let device = hurried("sky-39");
    let files = Files::new();
    let (image, at) = (files.path("ota.bin"), device.address().to_string());
    std::fs::create_dir(files.path("home")).expect("a folder");
    std::fs::write(format!("{}/streams", files.path("home")), "no folder").expect("a file");
    let output = at_home(&files, &["plan", &image, &at]).await;
    expect_exit(&output, 0);
    expect_in_order(text(&output.stdout), &["  raw ", "  compressed "]);
    let told = ["warning: ", "encoded images cannot be kept", "  try: "];
    expect_in_order(text(&output.stderr), &told);
}

#[tokio::test]
async fn a_way_that_cannot_be_had_is_refused_and_not_replaced() {
    let factory = FactoryFlash::new(demo("1.0.0").build().expect("an image"), Provisioning::default());
    let mut config = DeviceConfig::new(skylift_protocol::bounded("sky-32"), FlashSource::Factory(factory));
    config.node.encodings.clear();
    let device = Device::start(config).expect("the device starts");
    let files = Files::new();
    let (image, at) = (files.path("ota.bin"), device.address().to_string());
    let output =
        at_home(&files, &["update", &image, &at, "--port", "0", "--encoding", "delta", "--json"]).await;
    expect_exit(&output, 4);
    let end = verdict(&output);
    assert_eq!(end["reason"], "encoding_unavailable");
    assert!(end["detail"].as_str().is_some_and(|detail| detail.contains("takes raw images only")), "{end}");
    expect_exit(&run(&["update", &image, &at, "--encoding", "zip"]).await, 2);
}

#[tokio::test]
async fn erasing_ahead_is_asked_for_and_told() {
    let (first, second) = (hurried("sky-33"), hurried("sky-34"));
    let (one, two) = (first.address().to_string(), second.address().to_string());
    let files = Files::new();
    let image = files.path("ota.bin");
    let wanted = ["update", &image, &one, &two, "--port", "0", "--parallel", "1", "--erase-ahead"];
    let output = at_home(&files, &wanted).await;
    expect_exit(&output, 1);
    let why = "whether devices may erase their other slot while they wait: the image in it can then not be returned to";
    expect_in_order(
        text(&output.stderr),
        &["nobody can be asked here ", why, "try: --yes does it without asking"],
    );
    assert!(output.stdout.is_empty(), "nothing was begun");

    let output = at_home(&files, &[&wanted[..], &["--yes", "--json"]].concat()).await;
    expect_exit(&output, 0);
    let lines = json_lines(&output);
    let erases: Vec<_> = lines.iter().filter(|line| line.get("erases_slot").is_some()).collect();
    assert_eq!(erases, [&json!({ "device": "sky-34", "erases_slot": 1 })], "the first one never waited");
    assert_eq!(lines.last().unwrap()["summary"]["validated"], 2);
    // Its order ended the preparation.
    let status = run(&["status", &two, "--json"]).await;
    let status: Value = serde_json::from_slice(&status.stdout).expect("a status");
    assert!(status.get("prepared").is_none(), "{status}");
}

#[tokio::test]
async fn a_device_that_does_not_know_how_to_erase_ahead_is_left_as_it_is() {
    let first = FakeDevice::start_as("sky-35", "first", Script::default()).await;
    let second = FakeDevice::start_as("sky-36", "second", Script::default()).await;
    let files = Files::new();
    let (image, one, two) =
        (files.path("ota.bin"), first.address().to_string(), second.address().to_string());
    let output =
        run(&["update", &image, &one, &two, "--port", "0", "--parallel", "1", "--erase-ahead", "--yes"])
            .await;
    expect_exit(&output, 0);
    let words = ["second: erases nothing ahead: its firmware does not know how", "2 devices: 2 validated"];
    expect_in_order(text(&output.stdout), &words);
}
