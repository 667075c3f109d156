//! `skylift wifi`: a simulated device moves, stays or comes back, and its password is told nowhere.

use std::path::Path;
use std::process::{Output, Stdio};

use tokio::io::AsyncWriteExt as _;

use crate::program::*;
use crate::support::*;

const ATTIC: &str = "open sesame attic";

/// A simulated device that is on `den`, and its address.
async fn on_den() -> (Running, String) {
    let attic = format!("attic:{ATTIC}");
    let networks = ["--network", "den:open sesame den", "--network", &attic];
    let mut running = Running::start(&[&["simulate", "--open", "--mdns", "off"], &networks[..]].concat());
    running.line_with("ADDRESS").await;
    let row = running.line_with("sim-").await;
    running.line_with("is on WiFi den").await;
    (running, row.split_whitespace().nth(1).expect("two columns").to_owned())
}

/// Runs the program with a password on its standard input, and with a history in this folder.
async fn with_password(password: &str, home: &Path, arguments: &[&str]) -> Output {
    let mut command = skylift(arguments);
    command.env("SKYLIFT_HOME", home).env_remove("SKYLIFT_NO_HISTORY");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("its input");
    stdin.write_all(password.as_bytes()).await.expect("it reads");
    drop(stdin);
    soon(child.wait_with_output()).await.expect("it ends")
}

/// All that is in a folder.
fn everything_in(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        all.extend(if path.is_dir() { everything_in(&path) } else { std::fs::read(&path).expect("a file") });
    }
    all
}

#[track_caller]
fn tells_no_password(bytes: &[u8]) {
    assert!(!bytes.windows(6).any(|bytes| bytes == b"sesame"), "{}", String::from_utf8_lossy(bytes));
}

#[tokio::test]
async fn a_device_moves_and_nobody_is_told_the_password() {
    let (running, address) = on_den().await;
    let home = tempfile::tempdir().expect("a folder");
    let wifi = ["wifi", &address, "--ssid", "attic", "--password-file", "-", "--yes"];

    let output = with_password("not its sesame", home.path(), &wifi).await;
    expect_exit(&output, 1);
    let told = text(&output.stdout);
    assert!(told.contains("travels unencrypted"), "{told}");
    assert!(told.contains("came back to den: the network did not accept the password"), "{told}");
    tells_no_password(&[output.stdout, output.stderr].concat());

    let output = with_password(ATTIC, home.path(), &[&wifi[..], &["--json"]].concat()).await;
    expect_exit(&output, 0);
    let end = json_lines(&output).pop().expect("an end");
    assert_eq!((&end["from"], &end["to"], &end["end"]), (&"den".into(), &"attic".into(), &"moved".into()));
    tells_no_password(&[output.stdout, output.stderr].concat());

    let status = with_password("", home.path(), &["status", &address]).await;
    assert!(text(&status.stdout).contains("attic, moved there"), "{status:?}");
    for command in [&["status", &address, "--json"][..], &["log", &address], &["history", "--json"]] {
        tells_no_password(&with_password("", home.path(), command).await.stdout);
    }
    let kept = everything_in(home.path());
    assert!(kept.windows(4).any(|bytes| bytes == b"sim-"), "a history is kept");
    tells_no_password(&kept);
    running.interrupt().await;
}

#[tokio::test]
async fn what_stands_in_the_way_is_said() {
    let (running, address) = on_den().await;
    let files = Files::new();
    let long = files.write("long", &[b's'; 2000]).display().to_string();
    let good = files.write("good", format!("{ATTIC}\n").as_bytes()).display().to_string();
    for (more, words) in [
        (&["--yes"][..], "nobody can be asked here for the password of attic"),
        (&["--password-file", &good], "nobody can be asked here whether the device may leave"),
        (&["--password-file", "/nowhere/at/all", "--yes"], "/nowhere/at/all: the password cannot be read"),
        (&["--password-file", &long, "--yes"], "1024 bytes are the most"),
        (&["--password-file", "-", "--yes"], "the password is empty"),
    ] {
        let output = run(&[&["wifi", &address, "--ssid", "attic"], more].concat()).await;
        expect_exit(&output, 1);
        assert!(text(&output.stderr).contains(words), "{output:?}");
    }
    for wrong in [&["--password", ATTIC][..], &["--open", "--password-file", &good], &["--json"]] {
        expect_exit(&run(&[&["wifi", &address, "--ssid", "attic"], wrong].concat()).await, 2);
    }
    running.interrupt().await;
}

#[tokio::test]
async fn a_device_on_a_wire_has_none() {
    let mut running = Running::start(&["simulate", "--open", "--mdns", "off"]);
    let row = running.line_with("sim-").await;
    let address = row.split_whitespace().nth(1).expect("two columns");
    let output = run(&["wifi", address, "--ssid", "attic", "--open", "--yes"]).await;
    expect_exit(&output, 1);
    assert!(text(&output.stderr).contains("tells of no WiFi"), "{output:?}");
    running.interrupt().await;
}
