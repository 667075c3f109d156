//! `skylift update`: exit codes, lines, Ctrl-C.

use std::process::Output;

use serde_json::Value;
use skylift_protocol::{ErrorCode, Phase, Reason};

use crate::program::*;
use crate::support::*;

/// Updates a device that follows a script; gives the program's output.
async fn update(script: Script, options: &[&str]) -> Output {
    let device = FakeDevice::start(script).await;
    let files = Files::new();
    let (image, address) = (files.path("ota.bin"), device.address().to_string());
    run(&[&["update", &image, &address, "--port", "0"], options].concat()).await
}

#[tokio::test]
async fn each_end_has_its_exit_code() {
    let ending = |ending| Script { ending, ..Script::default() };
    let download = |download| Script { download, ..Script::default() };
    let panic = Ending::RollsBack(Reason::Panic, "out of cheese (main.rs:9)");
    for (script, code, verdict, reason) in [
        (Script::default(), 0, "validated", Value::Null),
        (download(Download::Fails(Reason::Stalled)), 1, "failed", "stalled".into()),
        (ending(panic), 3, "rolled_back", "panic".into()),
        (Script { refuses: Some(ErrorCode::Busy), ..Script::default() }, 4, "refused", "busy".into()),
        (download(Download::VanishesAtHalf), 5, "lost", "no_answer".into()),
    ] {
        let output = update(script, &["--json", "--patience", "2"]).await;
        expect_exit(&output, code);
        let last = json_lines(&output).pop().expect("a last line");
        assert_eq!(
            (&last["device"], &last["verdict"], &last["reason"]),
            (&"sky-01".into(), &verdict.into(), &reason)
        );
    }
}

#[tokio::test]
async fn a_pipe_gets_plain_lines() {
    let output = update(Script::default(), &[]).await;
    expect_exit(&output, 0);
    let stdout = text(&output.stdout);
    let mut rest = stdout;
    let expected = [
        "lamp: 1.0.0 -> 2.0.0, 64 KiB",
        "lamp: preparing",
        "lamp: served at 127.0.0.1:",
        "lamp: offered",
        "lamp: downloading",
        "% (",
        "lamp: verifying",
        "lamp: rebooting",
        "lamp: validated: it runs 2.0.0",
    ];
    for line in expected {
        let at = rest.find(line).unwrap_or_else(|| panic!("no {line:?} in {stdout}"));
        rest = &rest[at..];
    }
    assert!(!stdout.contains('\x1b'));
}

#[tokio::test]
async fn a_rollback_names_its_reason_and_a_refusal_what_to_do() {
    let ending = Ending::RollsBack(Reason::Panic, "out of cheese (main.rs:9)");
    let output = update(Script { ending, ..Script::default() }, &[]).await;
    expect_exit(&output, 3);
    assert!(
        text(&output.stdout).ends_with("lamp: rolled back (panic): out of cheese (main.rs:9)\n"),
        "{output:?}"
    );

    let device = FakeDevice::start(Script::default()).await;
    device.change(|status| status.phase = Phase::PendingValidation);
    let files = Files::new();
    let output = run(&["update", &files.path("ota.bin"), &device.address().to_string(), "--port", "0"]).await;
    expect_exit(&output, 4);
    assert!(text(&output.stderr).contains("try: skylift validate sky-01"), "{output:?}");
}

#[tokio::test]
async fn of_several_devices_the_worst_end_counts() {
    let good = FakeDevice::start_as("sky-01", "good", Script::default()).await;
    let refuses = Script { refuses: Some(ErrorCode::Busy), ..Script::default() };
    let busy = FakeDevice::start_as("sky-02", "busy", refuses).await;
    let files = Files::new();
    let (image, good, busy) = (files.path("ota.bin"), good.address().to_string(), busy.address().to_string());
    // The same device twice is one device.
    let output = run(&["update", &image, &good, &busy, &good, "--port", "0", "--json"]).await;
    expect_exit(&output, 4);
    let verdicts: Vec<_> =
        json_lines(&output).into_iter().filter(|line| line.get("verdict").is_some()).collect();
    assert_eq!(verdicts.len(), 2);
    // One that is not there does not keep the other from its update.
    let other = FakeDevice::start(Script::default()).await.address().to_string();
    let output = run(&["update", &image, &other, "127.0.0.1:1", "--port", "0", "--json"]).await;
    expect_exit(&output, 1);
    let lines = json_lines(&output);
    assert_eq!((&lines[0]["device"], &lines[0]["reason"]), (&"127.0.0.1:1".into(), &"not_found".into()));
    let verdict = lines.iter().rev().find_map(|line| line.get("verdict"));
    assert_eq!(verdict, Some(&"validated".into()));
    // A summary closes what several devices are asked for.
    let summary = &lines.last().unwrap()["summary"];
    assert_eq!((&summary["validated"], &summary["not_found"]), (&1.into(), &1.into()), "{summary}");
}

/// An update that was interrupted in mid-download, and has said so.
#[cfg(unix)]
async fn interrupted() -> (Running, FakeDevice) {
    let device = FakeDevice::start(Script { download: Download::HeldAtHalf, ..Script::default() }).await;
    let (files, address) = (Files::new(), device.address().to_string());
    let mut running = Running::start(&["update", &files.path("ota.bin"), &address, "--port", "0", "--json"]);
    running.line_with("\"written\"").await;
    running.interrupt().await;
    running.line_with("withdrawn").await;
    (running, device)
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_cancels_an_update() {
    let (mut running, device) = interrupted().await;
    device.go_on();
    let last: Value = serde_json::from_str(&running.line_with("verdict").await).unwrap();
    assert_eq!((&last["verdict"], &last["reason"]), (&"failed".into(), &"cancelled".into()));
    assert_eq!(running.exit().await, Some(1));
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_twice_quits_at_once() {
    let (running, _device) = interrupted().await;
    running.interrupt().await;
    assert_eq!(running.exit().await, Some(1));
}
