//! `skylift plan`: what is told of each way, as a table and as JSON, and that nothing is sent.

use serde_json::json;
use skylift_protocol::Chip;

use crate::program::*;
use crate::support::*;

#[tokio::test]
async fn a_device_that_takes_raw_images_only_has_one_way() {
    let device = FakeDevice::start(Script::default()).await;
    let files = Files::new();
    let (image, at) = (files.path("ota.bin"), device.address().to_string());
    let output = run(&["plan", &image, &at]).await;
    expect_exit(&output, 0);
    let told: Vec<&str> = text(&output.stdout).lines().collect();
    let [first, titles, raw, others, times] = told[..] else { panic!("{told:?}") };
    assert_eq!(first, "lamp: 1.0.0 -> 2.0.0, 64 KiB");
    assert_eq!(titles, "  WAY  OVER THE AIR  OF THE IMAGE  TIME");
    assert!(
        raw.starts_with("  raw  64 KiB        100 %         about ") && raw.ends_with("  taken"),
        "{raw}"
    );
    assert_eq!(others, "  neither compressed nor delta: the device's firmware takes raw images only");
    assert!(times.starts_with("  times: typical"), "{times}");
    assert!(told.iter().all(|line| line.len() <= 80), "{told:?}");

    let output = run(&["plan", &image, &at, "--json"]).await;
    expect_exit(&output, 0);
    let lines = json_lines(&output);
    let [line] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!((&line["device"], &line["name"]), (&json!("sky-01"), &json!("lamp")));
    assert_eq!((&line["chosen"], &line["basis"]), (&json!("raw"), &json!("typical")));
    let size = line["size"].as_u64().unwrap();
    let ways = line["ways"].as_array().unwrap();
    assert_eq!(ways.iter().map(|way| &way["encoding"]).collect::<Vec<_>>(), ["raw", "compressed", "delta"]);
    assert_eq!((&ways[0]["bytes"], &ways[0]["percent"]), (&json!(size), &json!(100.0)));
    assert!(ways[0]["seconds"].as_f64().unwrap() > 0.0 && ways[0].get("unavailable").is_none());
    for way in &ways[1..] {
        assert_eq!(way["unavailable"], "not_understood");
        assert!(way.get("bytes").is_none() && !way["why"].as_str().unwrap().is_empty());
    }
    assert!(device.orders().is_empty(), "a plan sends nothing");
}

#[tokio::test]
async fn who_would_get_nothing_is_told_why_and_several_are_summed_up() {
    let good = FakeDevice::start_as("sky-01", "good", Script::default()).await;
    let other = FakeDevice::start_as("sky-02", "other", Script::default()).await;
    other.change(|status| status.chip = Chip::Esp32S3);
    let files = Files::new();
    let (image, good, other) =
        (files.path("ota.bin"), good.address().to_string(), other.address().to_string());
    let output = run(&["plan", &image, &other, &good]).await;
    expect_exit(&output, 4);
    let told = text(&output.stdout);
    assert!(told.starts_with("other: would be refused (wrong_chip): the image is for"), "{told}");
    assert!(told.contains("\ngood: 1.0.0 -> 2.0.0, 64 KiB\n"), "{told}");
    assert!(told.ends_with("\n2 devices, 1 of them without an update: 64 KiB over the air\n"), "{told}");

    let output = run(&["plan", &image, &other, &good, "127.0.0.1:1", "--json"]).await;
    expect_exit(&output, 1);
    let lines = json_lines(&output);
    let of = |device: &str| lines.iter().find(|line| line["device"] == device).unwrap();
    assert_eq!(
        (&of("sky-02")["verdict"], &of("sky-02")["reason"]),
        (&json!("refused"), &json!("wrong_chip"))
    );
    assert_eq!(of("127.0.0.1:1")["reason"], "not_found");
    assert_eq!(of("sky-01")["chosen"], "raw");
    let summary = &lines.last().unwrap()["summary"];
    assert_eq!((&summary["devices"], &summary["planned"]), (&json!(2), &json!(1)));
    assert_eq!(summary["bytes"], summary["raw_bytes"]);
}

#[tokio::test]
async fn what_cannot_be_planned_is_said_and_ends_as_elsewhere() {
    let files = Files::new();
    let output = run(&["plan", &files.path("ota.bin"), "127.0.0.1:1"]).await;
    expect_exit(&output, 1);
    assert!(output.stdout.is_empty() && text(&output.stderr).starts_with("error: "), "{output:?}");
    expect_exit(&run(&["plan", &files.path("ota.bin")]).await, 2);
    expect_exit(&run(&["plan", &files.path("nothing.bin"), "127.0.0.1:1"]).await, 1);

    let device = FakeDevice::start(Script::default()).await;
    let output = run(&["plan", "newest", &device.address().to_string(), "--json"]).await;
    expect_exit(&output, 0);
    assert_eq!(json_lines(&output)[0]["reason"], "nothing_newer");
}
