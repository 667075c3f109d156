//! A device driven with nothing but curl, and a file server that no one here wrote: the API is what it says it is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use skylift_simulator::Device;
use skylift_simulator::demo_image::Behaviour;
use skylift_tests::devices::{PROJECT, fresh, image};
use skylift_tests::programs::{has, run, stdout};
use skylift_tests::wait::until;

fn get(device: &Device, path: &str) -> Value {
    let url = format!("http://{}{path}", device.address());
    let output = run("curl", &["--silent", "--max-time", "5", &url]);
    serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
}

fn post(device: &Device, path: &str, body: &Value) -> (String, Value) {
    let url = format!("http://{}{path}", device.address());
    let output = run(
        "curl",
        &[
            "--silent",
            "--max-time",
            "5",
            "--header",
            "Content-Type: application/json",
            "--data",
            &body.to_string(),
            "--write-out",
            "\n%{http_code}",
            &url,
        ],
    );
    let text = stdout(&output);
    let (answer, status) = text.rsplit_once('\n').unwrap();
    (status.to_owned(), serde_json::from_str(answer).unwrap_or(Value::Null))
}

/// `python3 -m http.server` in a folder, on a port of its own choice.
struct FileServer {
    python: Child,
    port: u16,
}

impl FileServer {
    fn start(folder: &Path) -> Self {
        let script = "import http.server,functools,sys
handler=functools.partial(http.server.SimpleHTTPRequestHandler,directory=sys.argv[1])
server=http.server.ThreadingHTTPServer(('127.0.0.1',0),handler)
print(server.server_port,flush=True)
server.serve_forever()";
        let mut python = Command::new("python3")
            .args(["-c", script, folder.to_str().unwrap()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(python.stdout.take().unwrap()), &mut line)
            .unwrap();
        Self { python, port: line.trim().parse().unwrap() }
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        self.python.kill().ok();
        self.python.wait().ok();
    }
}

fn order(id: &str, image: &[u8], port: u16) -> Value {
    // The SHA-256 that ESP-IDF appends to an image is its last 32 bytes.
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    json!({
        "order_id": id, "url": format!("http://127.0.0.1:{port}/ota.bin"), "size": image.len(),
        "file_sha256": hex(&Sha256::digest(image)), "image_sha256": hex(&image[image.len() - 32..]),
        "project": PROJECT, "chip": "esp32c3", "encoding": "raw", "confirm": "auto", "a_field_of_tomorrow": [1, 2],
    })
}

#[test]
fn an_update_with_curl() {
    if !has("curl") || !has("python3") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let new = image("1.1.0", Behaviour::Healthy);
    std::fs::write(folder.path().join("ota.bin"), &new).unwrap();
    let server = FileServer::start(folder.path());
    let device = Device::start(fresh()).unwrap();

    let before = until("the device answers", || Some(get(&device, "/status")).filter(Value::is_object));
    assert_eq!(before["running"]["version"], "1.0.0");
    assert_eq!(before["running"]["slot"], 0);
    assert_eq!(before["validation"]["state"], "valid");
    assert_eq!(before["protection"], "guard");

    let (status, answer) = post(&device, "/update", &order("curl-1", &new, server.port));
    assert_eq!((status.as_str(), &answer), ("202", &json!({"order_id": "curl-1", "resume_from": 0})));

    let after = until("the new image has validated", || {
        let status = get(&device, "/status");
        (status["running"]["version"] == "1.1.0" && status["validation"]["state"] == "valid")
            .then_some(status)
    });
    assert_eq!(after["running"]["slot"], 1);
    assert_eq!(after["slots"][0]["version"], "1.0.0");
    assert_eq!(after["slots"][0]["state"], "valid");
    assert_eq!(after["slots"][1]["offset"], 0x1F_0000);
    assert_eq!(after["slots"][1]["image_size"], new.len());
    assert_eq!(after["boots_next"], 1);
    assert_eq!(after["last_end"]["outcome"], "validated");
    assert_eq!(after["last_end"]["order_id"], "curl-1");

    let (status, answer) = post(&device, "/rollback", &json!({}));
    assert_eq!((status.as_str(), &answer), ("200", &json!({"restarts": true})));
    let back = until("the old image runs", || {
        Some(get(&device, "/status")).filter(|status| status["running"]["version"] == "1.0.0")
    });
    assert_eq!(back["last_end"]["reason"], "by_hand");
    assert_eq!(back["validation"]["state"], "valid");

    let (status, answer) = post(&device, "/validate", &json!({}));
    assert_eq!((status.as_str(), &answer["error"]), ("409", &json!("nothing_pending")));
    let log = run("curl", &["--silent", &format!("http://{}/log", device.address())]);
    assert!(stdout(&log).contains("running skylift-demo 1.0.0"), "{}", stdout(&log));
}

#[test]
fn a_bad_image_comes_back_with_its_reason() {
    if !has("curl") || !has("python3") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let bad = image("6.6.6", Behaviour::Crash);
    std::fs::write(folder.path().join("ota.bin"), &bad).unwrap();
    let server = FileServer::start(folder.path());
    let device = Device::start(fresh()).unwrap();
    until("the device answers", || Some(get(&device, "/status")).filter(Value::is_object));
    post(&device, "/update", &order("curl-2", &bad, server.port));
    let after = until("the device is back", || {
        Some(get(&device, "/status")).filter(|status| status["last_end"]["outcome"] == "rolled_back")
    });
    assert_eq!(after["running"]["version"], "1.0.0");
    assert_eq!(after["last_end"]["reason"], "panic");
    assert_eq!(after["last_end"]["version"], "6.6.6");
    let detail = after["last_end"]["detail"].as_str().unwrap();
    assert!(detail.starts_with("sensor bus does not answer ("), "{detail}");
    assert_eq!(after["slots"][1]["state"], "aborted");
}

#[test]
fn no_web_page_drives_a_device() {
    if !has("curl") {
        return;
    }
    let device = Device::start(fresh()).unwrap();
    until("the device answers", || Some(get(&device, "/status")).filter(Value::is_object));
    let url = format!("http://{}/reboot", device.address());
    for header in ["Origin: http://evil.example", "Sec-Fetch-Site: cross-site"] {
        let arguments = [
            "--silent",
            "-X",
            "POST",
            "-H",
            header,
            "-H",
            "Content-Type: application/json",
            "-d",
            "{}",
            &url,
        ];
        let answer: Value = serde_json::from_slice(&run("curl", &arguments).stdout).unwrap();
        assert_eq!(answer["error"], "forbidden");
    }
    let form = run("curl", &["--silent", "--data", "a=b", &url]);
    assert_eq!(serde_json::from_slice::<Value>(&form.stdout).unwrap()["error"], "forbidden");
}
