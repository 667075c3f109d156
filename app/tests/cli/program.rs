//! Running the program, to its end or for a while.

use std::path::PathBuf;
use std::process::{Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::support::*;

/// The program, kept apart from whatever the user who runs the tests has.
pub fn skylift(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skylift"));
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    // A folder that nobody has: settings and images of the user do not count.
    command.env("SKYLIFT_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/nobodys"));
    command.env_remove("SKYLIFT_MDNS_PORT").env("SKYLIFT_NO_HISTORY", "true");
    command
}

pub async fn run(arguments: &[&str]) -> Output {
    soon(skylift(arguments).output()).await.expect("the program starts")
}

#[track_caller]
pub fn expect_exit(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
}

pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

pub fn json_lines(output: &Output) -> Vec<Value> {
    text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON object a line"))
        .collect()
}

/// A folder with an image in it.
pub struct Files {
    pub folder: TempDir,
}

impl Files {
    pub fn new() -> Self {
        let files = Self { folder: tempfile::tempdir().expect("a folder") };
        files.write("ota.bin", &demo("2.0.0").build().expect("an image"));
        files
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).expect("it is written");
        path
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

/// The lines of a running program.
pub struct Running {
    child: tokio::process::Child,
    lines: tokio::io::Lines<BufReader<tokio::process::ChildStdout>>,
}

impl Running {
    pub fn start(arguments: &[&str]) -> Self {
        let mut child = skylift(arguments).stdout(Stdio::piped()).spawn().expect("the program starts");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        Self { child, lines }
    }

    pub async fn line_with(&mut self, word: &str) -> String {
        loop {
            let line = soon(self.lines.next_line()).await.expect("text").expect("a line");
            if line.contains(word) {
                return line;
            }
        }
    }

    /// What Ctrl-C does.
    pub async fn interrupt(&self) {
        let id = self.child.id().expect("it runs").to_string();
        let killed = Command::new("kill").args(["-INT", &id]).status().await.expect("kill runs");
        assert!(killed.success());
    }

    pub async fn exit(mut self) -> Option<i32> {
        soon(self.child.wait()).await.expect("it ends").code()
    }
}
