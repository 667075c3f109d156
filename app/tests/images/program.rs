//! The program in a folder of its own, kept apart from whatever the user who runs the tests has.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;
use skylift_simulator::demo_image::DemoImage;
use tempfile::TempDir;

/// A folder with a data folder in it.
pub struct Place {
    folder: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The path as an argument.
    pub fn arg(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self.arg(name)
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    pub fn skylift(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skylift"));
        command.arg("--data-dir").arg(self.path("data")).args(arguments).stdin(Stdio::null());
        for variable in ["http_proxy", "https_proxy", "all_proxy", "GITHUB_TOKEN"] {
            command.env_remove(variable).env_remove(variable.to_uppercase());
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.skylift(arguments).output().expect("the program starts")
    }

    /// Runs a command that must succeed; gives what it prints.
    #[track_caller]
    pub fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        text(&output.stdout).to_owned()
    }

    /// Runs a command that must fail; gives what it says about it.
    #[track_caller]
    pub fn failed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let told = text(&output.stderr).to_owned();
        assert!(told.contains("error: ") && told.contains("  try: "), "{told}");
        told
    }

    /// What the library lists.
    #[track_caller]
    pub fn images(&self) -> Vec<Value> {
        json_lines(&self.done(&["images", "--json"]))
    }
}

pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

pub fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

/// An image of 64 KiB.
pub fn demo(version: &str) -> Vec<u8> {
    DemoImage { version: version.to_owned(), size: 64 << 10, ..DemoImage::default() }.build().unwrap()
}

/// Every one of these words is in the text.
#[track_caller]
pub fn expect_words(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "no {word:?} in {text}");
    }
}

/// Nothing in these tests takes longer.
const PATIENCE: Duration = Duration::from_secs(120);

/// A program that runs, and what it prints. It is killed in the end.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Self { child, lines }
    }

    /// The next line that has a word in it.
    #[track_caller]
    pub fn line_with(&self, word: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no line with {word:?}"));
            if line.contains(word) {
                return line;
            }
        }
    }

    /// What Ctrl-C does; gives the exit code.
    #[track_caller]
    pub fn interrupt(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
