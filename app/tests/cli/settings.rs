//! `skylift settings`, and what the other commands make of them.

use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Files, Running, expect_exit, json_lines, skylift, text};
use crate::support::*;

async fn run(home: &TempDir, arguments: &[&str]) -> Output {
    soon(skylift(arguments).env("SKYLIFT_HOME", home.path()).output()).await.expect("the program starts")
}

fn home() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

#[tokio::test]
async fn settings_are_listed_with_their_defaults_and_their_place() {
    let home = home();
    expect_exit(&run(&home, &["settings", "set", "parallel", "9"]).await, 0);
    let output = run(&home, &["settings"]).await;
    expect_exit(&output, 0);
    let told = text(&output.stdout);
    let row = told.lines().find(|line| line.starts_with("updates.parallel")).expect("the row");
    assert!(row.split_whitespace().skip(1).take(2).eq(["9", "4"]), "{row}");
    assert!(told.contains(&format!("{}/settings.toml", home.path().display())), "{told}");

    let rows = json_lines(&run(&home, &["settings", "--json"]).await);
    let of = |key: &str| rows.iter().find(|row| row["key"] == key).expect("the row").clone();
    let parallel = of("updates.parallel");
    assert_eq!(
        (&parallel["value"], &parallel["default"], &parallel["set"]),
        (&9.into(), &4.into(), &true.into())
    );
    let address = of("network.host-address");
    assert_eq!((&address["value"], &address["set"]), (&"auto".into(), &false.into()));
}

#[tokio::test]
async fn a_setting_is_set_got_and_reset() {
    let home = home();
    for (key, value) in [("network.host-address", "10.0.0.7:81"), ("theme", "dark"), ("scale", "1.5")] {
        expect_exit(&run(&home, &["settings", "set", key, value]).await, 0);
        let got = run(&home, &["settings", "get", key]).await;
        assert_eq!(text(&got.stdout).trim(), value);
    }
    expect_exit(&run(&home, &["settings", "reset", "theme"]).await, 0);
    assert_eq!(text(&run(&home, &["settings", "get", "window.theme"]).await.stdout).trim(), "system");
    let port = run(&home, &["settings", "set", "port", "9000"]).await;
    expect_exit(&port, 0);
    assert!(text(&port.stderr).contains("8000"), "{port:?}");
    for (arguments, code) in [
        (&["settings", "set", "port", "0"] as &[&str], 1),
        (&["settings", "set", "colour", "red"], 2),
        (&["settings", "get", "colour"], 2),
    ] {
        expect_exit(&run(&home, arguments).await, code);
    }
    assert_eq!(text(&run(&home, &["settings", "get", "port"]).await.stdout).trim(), "9000");
}

#[tokio::test]
async fn a_broken_file_stops_what_it_concerns_and_says_where() {
    let home = home();
    let file = home.path().join("settings.toml");
    std::fs::write(&file, "[network]\nport = 8000\nhost-address = 192.168.1.5\n").expect("written");
    let device = FakeDevice::start(Script::default()).await;
    for arguments in [&["status", &device.address().to_string()] as &[&str], &["settings"]] {
        let output = run(&home, arguments).await;
        expect_exit(&output, 1);
        let told = text(&output.stderr);
        assert!(told.contains("settings.toml, line 3: ") && told.contains("  try: "), "{told}");
    }
    // What concerns no network goes on.
    expect_exit(&run(&home, &["images"]).await, 0);
    // A line that does nothing is a warning.
    std::fs::write(&file, "[network]\nprot = 9000\n").expect("written");
    let output = run(&home, &["status", &device.address().to_string(), "--json"]).await;
    expect_exit(&output, 0);
    let told = text(&output.stderr);
    assert!(told.starts_with("warning: ") && told.contains("line 2: `network.prot` is no setting"), "{told}");
    assert!(serde_json::from_slice::<Value>(&output.stdout).is_ok());
}

#[tokio::test]
async fn the_host_address_of_the_settings_is_used_and_the_option_goes_before_it() {
    let (home, files) = (home(), Files::new());
    expect_exit(&run(&home, &["settings", "set", "host-address", "127.0.0.1:1"]).await, 0);
    let (image, place) = (files.path("ota.bin"), home.path().to_str().expect("text"));
    for (options, tried) in
        [(&[] as &[&str], "127.0.0.1:1"), (&["--host-address", "127.0.0.1:2"], "127.0.0.1:2")]
    {
        // One each: the first may still be busy with what it was sent.
        let device = FakeDevice::start(Script::default()).await;
        let at = device.address().to_string();
        let update = ["update", &image, &at, "--json", "--port", "0", "--data-dir", place];
        let mut running = Running::start(&[&update[..], options].concat());
        let told: Value = serde_json::from_str(&running.line_with("not_reached").await).expect("JSON");
        assert_eq!(told["not_reached"], serde_json::json!([tried]));
        assert!(told["why"].as_str().expect("a sentence").contains(tried), "{told}");
    }
}
