//! Every other command, wrong usage, and readers that go away.

use std::path::Path;
use std::process::Stdio;

use crate::program::*;
use crate::support::*;

#[tokio::test]
async fn wrong_usage_is_told_and_exits_with_2() {
    for arguments in [
        &["update"] as &[&str],
        &["update", "ota.bin"],
        &["frobnicate"],
        &["devices", "--wait", "soon"],
        &["update", "ota.bin", "lamp", "--host-address", "here"],
        &["update", "ota.bin", "lamp:99999"],
        &["demo-image", "--version", "1", "--behaviour", "nice", "-o", "x"],
        &["demo-image", "--version", "1", "--behaviour", "crash", "--chip", "avr", "-o", "x"],
    ] {
        let output = run(arguments).await;
        expect_exit(&output, 2);
        assert!(output.stdout.is_empty() && text(&output.stderr).starts_with("error: "), "{output:?}");
    }
}

#[tokio::test]
async fn help_is_no_error() {
    for arguments in [&["--help"] as &[&str], &["help", "update"], &["--version"]] {
        let output = run(arguments).await;
        expect_exit(&output, 0);
        assert!(!output.stdout.is_empty() && output.stderr.is_empty());
    }
}

#[tokio::test]
async fn a_demo_image_is_written_and_inspected() {
    let files = Files::new();
    let path = files.path("demo.bin");
    let make = [
        "demo-image",
        "--version",
        "3.1.4",
        "--behaviour",
        "crash",
        "--chip",
        "esp32c6",
        "--size",
        "20000",
        "-o",
        &path,
    ];
    expect_exit(&run(&make).await, 0);
    let output = run(&["inspect", &path, "--json"]).await;
    expect_exit(&output, 0);
    let lines = json_lines(&output);
    let [image] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!(
        (&image["version"], &image["chip"], &image["kind"]),
        (&"3.1.4".into(), &"esp32c6".into(), &"simulated".into())
    );
    assert_eq!(image["size"], std::fs::metadata(&path).unwrap().len());
    assert_eq!(image["file_sha256"].as_str().map(str::len), Some(64));
    let output = run(&["inspect", &path]).await;
    expect_exit(&output, 0);
    for word in ["3.1.4", "esp32c6", "simulated devices only", "boot guard", "SEGMENT"] {
        assert!(text(&output.stdout).contains(word), "{word}: {output:?}");
    }
}

#[tokio::test]
async fn what_is_no_image_is_told_with_what_to_do() {
    let files = Files::new();
    let elf = files.write("app.elf", b"\x7fELF rest");
    let missing = files.path("missing.bin");
    for path in [elf.as_path(), Path::new(&missing), files.folder.path()] {
        let output = run(&["inspect", path.to_str().unwrap(), "--json"]).await;
        expect_exit(&output, 1);
        let stderr = text(&output.stderr);
        assert!(
            stderr.starts_with(&format!("error: {}: ", path.display())) && stderr.contains("\n  try: "),
            "{stderr}"
        );
        assert!(output.stdout.is_empty());
    }
}

#[tokio::test]
async fn a_device_shows_what_it_is_and_does_as_it_is_told() {
    let device = FakeDevice::start(Script::default()).await;
    let address = device.address().to_string();
    let output = run(&["status", &address, "--json"]).await;
    expect_exit(&output, 0);
    let status = json_lines(&output).pop().expect("a line");
    assert_eq!((&status["id"], &status["address"]), (&"sky-01".into(), &address.as_str().into()));
    let output = run(&["status", &address]).await;
    expect_exit(&output, 0);
    assert!(text(&output.stdout).contains("lamp (sky-01)"), "{output:?}");
    for (action, said) in
        [("identify", "lamp shows itself\n"), ("reboot", "lamp is asked to restart, and restarts now\n")]
    {
        let output = run(&[action, &address]).await;
        expect_exit(&output, 0);
        assert_eq!(text(&output.stdout), said);
    }
    let output = run(&["rollback", &address]).await;
    expect_exit(&output, 1);
    assert!(text(&output.stderr).contains("the other slot is empty (no_other_image)"), "{output:?}");
    let posts: Vec<_> = device.requests().into_iter().filter(|request| request.starts_with("POST")).collect();
    assert_eq!(posts, ["POST /identify", "POST /reboot", "POST /rollback"]);
}

#[tokio::test]
async fn names_cannot_drive_the_terminal() {
    let device = FakeDevice::start_as("sky-01", "\x1b[2Jlamp", Script::default()).await;
    let address = device.address().to_string();
    for command in ["status", "identify"] {
        let output = run(&[command, &address]).await;
        expect_exit(&output, 0);
        assert!(!output.stdout.contains(&0x1b), "{output:?}");
    }
}

#[tokio::test]
async fn a_device_that_is_not_there_is_an_error() {
    let output = run(&["status", "127.0.0.1:1"]).await;
    expect_exit(&output, 1);
    let stderr = text(&output.stderr);
    assert!(
        stderr.starts_with("error: 127.0.0.1:1 cannot be reached: ") && stderr.contains("\n  try: "),
        "{stderr}"
    );
}

#[tokio::test]
async fn a_reader_that_goes_away_is_no_reason_to_panic() {
    let files = Files::new();
    let image = files.path("ota.bin");
    for arguments in [&["inspect", &image] as &[&str], &["inspect", "--json", &image], &["--help"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = soon(skylift(arguments).stdout(writer).stderr(Stdio::piped()).output()).await.unwrap();
        expect_exit(&output, 0);
        assert!(output.stderr.is_empty(), "{output:?}");
    }
    // An update goes on to its end.
    let device = FakeDevice::start(Script::default()).await;
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = skylift(&["update", &image, &device.address().to_string(), "--port", "0"]);
    let output = soon(command.stdout(writer).stderr(Stdio::piped()).output()).await.unwrap();
    expect_exit(&output, 0);
    assert_eq!(device.orders().len(), 1);
}

#[tokio::test]
async fn a_port_that_is_taken_is_told() {
    let taken = std::net::TcpListener::bind("0.0.0.0:0").expect("a port");
    let port = taken.local_addr().unwrap().port().to_string();
    let files = Files::new();
    let output = run(&["serve", &files.path("ota.bin"), "--port", &port]).await;
    expect_exit(&output, 1);
    assert!(text(&output.stderr).contains("already used by another program"), "{output:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn an_image_is_served_until_ctrl_c() {
    let files = Files::new();
    let mut running = Running::start(&["serve", &files.path("ota.bin"), "--port", "0"]);
    let url = running.line_with("http://127.0.0.1:").await.trim().to_owned();
    running.line_with("Ctrl-C").await;
    let client = skylift::tls::without_tls(reqwest::Client::builder()).build().unwrap();
    let served = client.get(&url).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(served, std::fs::read(files.path("ota.bin")).unwrap());
    running.line_with("was sent all").await;
    running.interrupt().await;
    assert_eq!(running.exit().await, Some(0));
}
