//! `skylift demo` and `skylift simulate`: the program with the real device code on a simulated device.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

use std::process::Output;

use serde_json::Value;

use crate::program::*;

/// Every one of these, in this order.
#[track_caller]
fn expect_in_order(output: &Output, words: &[&str]) {
    let text = std::str::from_utf8(&output.stdout).expect("text");
    let mut rest = text;
    for word in words {
        let at = rest.find(word).unwrap_or_else(|| panic!("no {word:?} in {text}"));
        rest = &rest[at..];
    }
}

#[tokio::test]
async fn a_good_demo_is_validated() {
    let output = run(&["demo"]).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    expect_in_order(
        &output,
        &[
            "A simulated device is on",
            "found",
            "1.0.0 -> 2.0.0",
            ": delta, ",
            "served at 127.0.0.1:",
            "downloading",
            "rebooting",
            "validated",
            "slot 0 holds 1.0.0",
            "slot 1 holds 2.0.0, which runs",
        ],
    );
}

#[tokio::test]
async fn a_bad_demo_is_rolled_back_and_says_why() {
    let output = run(&["demo", "--bad"]).await;
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    expect_in_order(&output, &["served at", "rolled back (panic): ", "slot 0 holds 1.0.0, which runs"]);
}

#[cfg(unix)]
#[tokio::test]
async fn what_a_simulated_device_begins_with_is_kept_so_that_its_first_update_is_a_delta() {
    let files = Files::new();
    let (image, home, flash) = (files.path("ota.bin"), files.path("home"), files.path("flash"));
    let options = ["--mdns", "off", "--flash", &flash, "--data-dir"];
    for (home, chosen) in [(home, "delta"), (files.path("another"), "compressed")] {
        let mut running = Running::start(&[&["simulate"], &options[..], &[&home]].concat());
        let row = running.line_with("sim-").await;
        let address = row.split_whitespace().nth(1).expect("two columns");
        let output = run(&["plan", &image, address, "--json", "--data-dir", &home]).await;
        expect_exit(&output, 0);
        // Into a flash that was there already, nothing was put.
        assert_eq!(json_lines(&output)[0]["chosen"], chosen, "{output:?}");
        running.interrupt().await;
        assert_eq!(running.exit().await, Some(0));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn simulated_devices_keep_their_flash() {
    let folder = tempfile::tempdir().expect("a folder");
    let flash = folder.path().to_str().unwrap();
    let mut rounds = Vec::new();
    for _ in 0..2 {
        let mut running = Running::start(&["simulate", "--count", "2", "--flash", flash, "--mdns", "off"]);
        running.line_with("ADDRESS").await;
        let mut ids = Vec::new();
        for _ in 0..2 {
            let row = running.line_with("sim-").await;
            let (id, address) = row.split_once(' ').expect("two columns");
            let status = run(&["status", address.trim(), "--json"]).await;
            let status: Value = serde_json::from_slice(&status.stdout).expect("a status");
            assert_eq!(status["id"], id);
            ids.push(id.to_owned());
        }
        running.interrupt().await;
        assert_eq!(running.exit().await, Some(0));
        ids.sort_unstable();
        rounds.push(ids);
    }
    assert_eq!(rounds[0], rounds[1]);
}
