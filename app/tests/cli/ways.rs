//! How the image gets to the device is told, and each thing once.

use crate::program::*;
use crate::support::*;

async fn update(script: Script, options: &[&str]) -> std::process::Output {
    let device = FakeDevice::start(script).await;
    let files = Files::new();
    let (image, at) = (files.path("ota.bin"), device.address().to_string());
    run(&[&["update", &image, &at, "--port", "0", "--patience", "2"], options].concat()).await
}

/// In how many lines this stands.
fn times(told: &str, words: &str) -> usize {
    told.lines().filter(|line| line.contains(words)).count()
}

#[tokio::test]
async fn an_update_that_goes_on_says_how_much_was_kept() {
    let script = Script { download: Download::PowerFailsOnce, ..Script::default() };
    let output = update(script.clone(), &[]).await;
    expect_exit(&output, 0);
    let told = text(&output.stdout);
    assert_eq!(times(told, "lamp: lost power during the download"), 1, "{told}");
    assert_eq!(times(told, "lamp: resumed at 32 KiB"), 1, "{told}");
    // It is offered twice, and fetched at the same place.
    assert_eq!((times(told, "lamp: offered"), times(told, "lamp: served at")), (2, 1), "{told}");

    let lines = json_lines(&update(script, &["--json"]).await);
    let resumed: Vec<_> = lines.iter().filter_map(|line| line["resumed_from"].as_u64()).collect();
    assert_eq!(resumed, [32 << 10], "{lines:?}");
}

#[tokio::test]
async fn a_push_is_told_with_its_reason() {
    let device = FakeDevice::start(Script { reaches_host: false, ..Script::default() }).await;
    let files = Files::new();
    let (image, at) = (files.path("ota.bin"), device.address().to_string());
    let update = ["update", &image, &at, "--port", "0"];
    let mut running = Running::start(&update);
    let told = running.line_with("pushed").await;
    let sentence = "lamp: pushed, not fetched: the device cannot reach this computer at ";
    assert!(told.starts_with(sentence) && told.contains("firewall"), "{told}");
    // The rule names the very port that the device tried.
    let port = told.trim_start_matches(sentence).split([':', ';', ',']).nth(1).expect("a port");
    assert!(told.contains(&format!("allow {port}/tcp")) || !cfg!(target_os = "linux"), "{told}");
    running.line_with("lamp: offered").await;
    drop(running);

    let device = FakeDevice::start(Script { reaches_host: false, ..Script::default() }).await;
    let at = device.address().to_string();
    let mut running = Running::start(&["update", &image, &at, "--port", "0", "--json"]);
    let told: serde_json::Value =
        serde_json::from_str(&running.line_with("not_reached").await).expect("JSON");
    assert!(told["why"].as_str().expect("a sentence").contains("firewall"), "{told}");
}
