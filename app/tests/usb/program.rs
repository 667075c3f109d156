//! The program in a folder of its own, and a board that it speaks to.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::Value;
use skylift_simulator::serial::Board;
use tempfile::TempDir;

/// A folder with a data folder in it.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The path as an argument.
    pub fn arg(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), bytes).unwrap();
        self.arg(name)
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(Stdio::null(), arguments)
    }

    fn run_with(&self, stdin: impl Into<Stdio>, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skylift"));
        command.arg("--data-dir").arg(self.path("data")).args(arguments).stdin(stdin);
        command.output().expect("the program starts")
    }

    /// Runs a command for a board at a terminal, on which this line is typed.
    pub fn answered(&self, board: &Board, arguments: &[&str], line: &str) -> Output {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
        grantpt(&keyboard).and_then(|()| unlockpt(&keyboard)).expect("it is ours");
        let terminal = ptsname(&keyboard, Vec::new()).expect("it has a path").into_string().expect("text");
        let terminal = File::options().read(true).write(true).open(terminal).expect("it opens");
        writeln!(File::from(keyboard.try_clone().expect("it is open")), "{line}").expect("it takes the line");
        let port = board.path().to_str().unwrap().to_owned();
        self.run_with(terminal, &[arguments, &["--port", &port, "--after", "no-reset"]].concat())
    }

    /// Runs a command for a board, which is in its loader before and stays there.
    pub fn by_cable(&self, board: &Board, arguments: &[&str]) -> Output {
        let port = board.path().to_str().unwrap().to_owned();
        self.run(&[arguments, &["--port", &port, "--after", "no-reset"]].concat())
    }

    /// Runs a command that must succeed; gives what it prints.
    #[track_caller]
    pub fn done(&self, board: &Board, arguments: &[&str]) -> String {
        told(&self.by_cable(board, arguments), 0)
    }

    /// Runs a command that must fail; gives what it says about it.
    #[track_caller]
    pub fn failed(&self, board: &Board, arguments: &[&str]) -> String {
        self.ended(board, arguments, 1)
    }

    /// Runs a command that must refuse to begin; gives what it says about it.
    #[track_caller]
    pub fn refused(&self, board: &Board, arguments: &[&str]) -> String {
        self.ended(board, arguments, 4)
    }

    #[track_caller]
    fn ended(&self, board: &Board, arguments: &[&str], code: i32) -> String {
        let output = self.by_cable(board, arguments);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("error: ") && said.contains("  try: "), "{said}");
        said
    }
}

#[track_caller]
pub fn told(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("a JSON object")
}

/// Fails unless the text has all of these words.
#[track_caller]
pub fn expect_words(text: &str, words: &[&str]) {
    let missing: Vec<_> = words.iter().filter(|word| !text.contains(**word)).collect();
    assert!(missing.is_empty(), "{missing:?} in {text}");
}
