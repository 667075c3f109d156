//! `skylift simulate --usb`: boards on cables, and what somebody types to them.

use std::io::Read as _;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};

use crate::program::*;
use crate::support::soon;

/// No board takes longer to print something.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program that is typed to.
struct Bench {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    keyboard: ChildStdin,
}

impl Bench {
    fn start(arguments: &[&str]) -> Self {
        let piped = std::process::Stdio::piped;
        let mut child = skylift(arguments).stdin(piped()).stdout(piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let keyboard = child.stdin.take().unwrap();
        Self { child, lines, keyboard }
    }

    async fn line_with(&mut self, word: &str) -> String {
        loop {
            let line = soon(self.lines.next_line()).await.unwrap().expect("a line");
            if line.contains(word) {
                return line;
            }
        }
    }

    /// Types a line; what is said to it.
    async fn type_in(&mut self, line: &str, word: &str) -> String {
        self.keyboard.write_all(format!("{line}\n").as_bytes()).await.unwrap();
        self.line_with(word).await
    }

    async fn end(mut self) {
        let id = self.child.id().unwrap().to_string();
        let killed = tokio::process::Command::new("kill").args(["-INT", &id]).status().await.unwrap();
        assert!(killed.success());
        assert_eq!(soon(self.child.wait()).await.unwrap().code(), Some(0));
    }
}

/// Id, address and port of the first board.
async fn first_row(bench: &mut Bench) -> [String; 3] {
    bench.line_with("PORT").await;
    let row = bench.line_with("esp-").await;
    let mut columns = row.split_whitespace().map(str::to_owned);
    std::array::from_fn(|_| columns.next().unwrap())
}

/// Reads a port until this has come.
fn until_printed(path: &str, wanted: &str) {
    let mut port = serialport::new(path, 115_200).timeout(Duration::from_millis(20)).open().unwrap();
    let (mut said, end) = (String::new(), Instant::now() + PATIENCE);
    while !said.contains(wanted) {
        assert!(Instant::now() < end, "{path} never says {wanted:?}, but: {said}");
        let mut piece = [0; 512];
        let len = port.read(&mut piece).unwrap_or(0);
        said += &String::from_utf8_lossy(&piece[..len]);
    }
}

#[tokio::test]
async fn a_board_is_reset_unplugged_and_plugged_in_by_typing() {
    let mut bench = Bench::start(&["simulate", "--usb", "--mdns", "off"]);
    let [id, address, port] = first_row(&mut bench).await;
    until_printed(&port, "running skylift-demo 1.0.0");
    let status = run(&["status", &address, "--json"]).await;
    assert!(text(&status.stdout).contains(&id), "{status:?}");
    bench.type_in("boot", "waits for a download").await;
    until_printed(&port, "waiting for download");
    bench.type_in("reset", "has been reset").await;
    until_printed(&port, "running skylift-demo 1.0.0");
    bench.type_in("unplug", "is unplugged").await;
    assert!(serialport::new(&port, 115_200).open().is_err());
    bench.type_in("reset", "is not plugged in").await;
    let said = bench.type_in("plug", " is on ").await;
    let port = said.split_whitespace().find(|word| word.starts_with('/')).unwrap();
    until_printed(port, "running skylift-demo 1.0.0");
    bench.type_in("reset 2", "there is no board 2").await;
    bench.type_in("flash", "what can be done").await;
    bench.end().await;
}

#[tokio::test]
async fn a_blank_board_is_the_same_one_the_next_time() {
    let folder = tempfile::tempdir().unwrap();
    let flash = folder.path().to_str().unwrap();
    let arguments = ["simulate", "--usb", "--blank", "--chip", "esp32c6", "--flash", flash, "--mdns", "off"];
    let mut ids = Vec::new();
    for _ in 0..2 {
        let mut bench = Bench::start(&arguments);
        let [id, _, port] = first_row(&mut bench).await;
        until_printed(&port, "invalid header: 0xffffffff");
        ids.push(id);
        bench.end().await;
    }
    assert_eq!(ids[0], ids[1]);
    // A flash that was made without a cable belongs to no board.
    std::fs::write(folder.path().join("sim-1.flash"), vec![0xFF; 4 << 20]).unwrap();
    let output = run(&["simulate", "--usb", "--count", "2", "--flash", flash, "--mdns", "off"]).await;
    expect_exit(&output, 1);
    assert!(text(&output.stderr).contains("sim-1 was made without a cable"), "{output:?}");
}

#[tokio::test]
async fn blank_boards_need_a_cable() {
    expect_exit(&run(&["simulate", "--blank"]).await, 2);
    let output = run(&["simulate", "--usb", "--blank", "--chip", "esp32p4", "--mdns", "off"]).await;
    expect_exit(&output, 1);
    assert!(text(&output.stderr).contains("a board with esp32p4 cannot be simulated"), "{output:?}");
}
