//! esptool, from PyPI, at the cable of a board.

use std::process::{Command, Output, Stdio};

use skylift_simulator::serial::Board;
use skylift_tests::programs;
use tempfile::TempDir;

/// esptool, told to leave the reset to the board's buttons.
pub struct Esptool<'b> {
    board: &'b Board,
}

impl<'b> Esptool<'b> {
    /// At this board, if it is here.
    pub fn at(board: &'b Board) -> Option<Self> {
        programs::has("esptool").then_some(Self { board })
    }

    /// Runs a command, after which the board waits for the next one; what it said. It must have been content.
    pub fn run(&self, arguments: &[&str]) -> String {
        self.run_and_leave("no-reset", arguments)
    }

    /// The same, but the board is left another way.
    pub fn run_and_leave(&self, after: &str, arguments: &[&str]) -> String {
        let output = self.start(after, arguments);
        let said = said(&output);
        assert!(output.status.success(), "esptool {arguments:?} failed:\n{said}");
        said
    }

    /// Runs a command that must fail; what it said.
    pub fn fail(&self, arguments: &[&str]) -> String {
        let output = self.start("no-reset", arguments);
        let said = said(&output);
        assert!(!output.status.success(), "esptool {arguments:?} did not fail:\n{said}");
        said
    }

    fn start(&self, after: &str, arguments: &[&str]) -> Output {
        Command::new("esptool")
            .arg("--port")
            .arg(self.board.path())
            .args(["--before", "no-reset", "--after", after])
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", programs::stdout(output), String::from_utf8_lossy(&output.stderr))
}

/// A file for it.
pub fn file(folder: &TempDir, name: &str, bytes: &[u8]) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}
