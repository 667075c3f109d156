//! The file server with clients that exist: curl, wget and Python's urllib get every byte, and resume where they were.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod server_support;

use std::path::{Path, PathBuf};
use std::process::Output;

use server_support::{assert_bytes, image, soon, start};
use skylift::server::{FileServer, Offer, ServedImage, TransferState};
use tempfile::TempDir;
use tokio::process::Command;

const LENGTH: usize = 1_500_001;
const ALREADY_THERE: usize = 700_000;

/// A server with one image, and a folder for what is fetched from it.
struct Bench {
    server: FileServer,
    image: ServedImage,
    offer: Offer,
    folder: TempDir,
}

impl Bench {
    async fn new() -> Self {
        let server = start().await;
        let image = image(LENGTH);
        let offer = server.publish(image.clone()).unwrap();
        Self { server, image, offer, folder: tempfile::tempdir().unwrap() }
    }

    fn url(&self) -> String {
        self.offer.url(self.server.local_addr().ip())
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ota.bin")
    }

    /// As a download leaves it that broke off.
    fn write_first_part(&self) {
        std::fs::write(self.file(), &self.image.bytes()[..ALREADY_THERE]).unwrap();
    }

    fn assert_fetched(&self) {
        assert_bytes(&std::fs::read(self.file()).unwrap(), self.image.bytes());
    }

    /// Where the transfers began, once all have finished.
    async fn starts(&self) -> Vec<u64> {
        let finished = |all: &[skylift::server::Transfer]| {
            all.iter().all(|transfer| transfer.state == TransferState::Finished)
        };
        let log = server_support::until(&mut self.server.transfers(), finished).await;
        log.iter().map(|transfer| transfer.start).collect()
    }
}

/// The program, or `None` with a word about it; with SKYLIFT_REQUIRE_ALL=1 it must be there.
fn program(name: &str) -> Option<Command> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders).any(|folder: PathBuf| is_program(&folder.join(name)));
    if !found {
        let required = std::env::var_os("SKYLIFT_REQUIRE_ALL").is_some_and(|value| value == "1");
        assert!(!required, "{name} is not on this machine, and SKYLIFT_REQUIRE_ALL=1");
        println!("SKIPPED: {name} is not on this machine");
        return None;
    }
    let mut command = Command::new(name);
    // A proxy of this machine must not come between, nor a configuration of its user.
    for variable in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(variable);
    }
    command.kill_on_drop(true);
    Some(command)
}

fn is_program(path: &Path) -> bool {
    path.is_file() || path.with_extension("exe").is_file()
}

async fn run(command: &mut Command) -> Output {
    let output = soon(command.output()).await.expect("the program starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

#[tokio::test]
async fn curl_fetches() {
    let Some(mut curl) = program("curl") else { return };
    let bench = Bench::new().await;
    run(curl.args(["-q", "-sS", "--fail", "-o"]).arg(bench.file()).arg(bench.url())).await;
    bench.assert_fetched();
    assert_eq!(bench.starts().await, [0]);
}

#[tokio::test]
async fn curl_resumes() {
    let Some(mut curl) = program("curl") else { return };
    let bench = Bench::new().await;
    bench.write_first_part();
    run(curl.args(["-q", "-sS", "--fail", "-C", "-", "-o"]).arg(bench.file()).arg(bench.url())).await;
    bench.assert_fetched();
    assert_eq!(bench.starts().await, [ALREADY_THERE as u64]);
}

#[tokio::test]
async fn curl_asks_for_the_head() {
    let Some(mut curl) = program("curl") else { return };
    let bench = Bench::new().await;
    let output = run(curl.args(["-q", "-sS", "--fail", "--head"]).arg(bench.url())).await;
    let head = String::from_utf8(output.stdout).unwrap().to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 200") && head.contains(&format!("content-length: {LENGTH}\r\n")));
    assert!(bench.starts().await.is_empty());
}

#[tokio::test]
async fn curl_compares_the_etag() {
    let Some(mut first) = program("curl") else { return };
    let Some(mut again) = program("curl") else { return };
    let bench = Bench::new().await;
    let etag = bench.folder.path().join("etag");
    run(first.args(["-q", "-sS", "--etag-save"]).arg(&etag).arg("-o").arg(bench.file()).arg(bench.url()))
        .await;
    bench.assert_fetched();
    again.args(["-q", "-sS", "-o", "unused", "-w", "%{http_code}", "--etag-compare"]).arg(&etag);
    let output = run(again.arg(bench.url()).current_dir(bench.folder.path())).await;
    assert_eq!(output.stdout, b"304");
}

#[tokio::test]
async fn wget_fetches() {
    let Some(mut wget) = program("wget") else { return };
    let bench = Bench::new().await;
    run(wget.args(["--no-config", "-nv", "-O"]).arg(bench.file()).arg(bench.url())).await;
    bench.assert_fetched();
}

#[tokio::test]
async fn wget_resumes() {
    let Some(mut wget) = program("wget") else { return };
    let Some(mut again) = program("wget") else { return };
    let bench = Bench::new().await;
    bench.write_first_part();
    for command in [&mut wget, &mut again] {
        // The second time everything is there, which wget learns from a 416.
        run(command.args(["--no-config", "-nv", "-c"]).arg(bench.url()).current_dir(bench.folder.path()))
            .await;
        bench.assert_fetched();
    }
    assert_eq!(bench.starts().await, [ALREADY_THERE as u64]);
}

#[tokio::test]
async fn python_fetches_whole_and_in_parts() {
    const SCRIPT: &str = "
import sys, urllib.request
url, path, length = sys.argv[1], sys.argv[2], int(sys.argv[3])
whole = urllib.request.urlopen(url).read()
parts = b''
while len(parts) < length:
    wanted = {'Range': 'bytes=%d-%d' % (len(parts), len(parts) + 399999)}
    with urllib.request.urlopen(urllib.request.Request(url, headers=wanted)) as answer:
        assert answer.status == 206, answer.status
        parts += answer.read()
assert whole == parts
open(path, 'wb').write(parts)
";
    let Some(mut python) = program("python3") else { return };
    let bench = Bench::new().await;
    run(python.args(["-c", SCRIPT]).arg(bench.url()).arg(bench.file()).arg(LENGTH.to_string())).await;
    bench.assert_fetched();
    assert_eq!(bench.starts().await, [0, 0, 400_000, 800_000, 1_200_000]);
}
