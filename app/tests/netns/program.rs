//! The program in a namespace, and its lines; waiting on conditions.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::space::Space;

/// Everything a network change brings about is told within this time: mDNS looks at the interfaces every 5 s, silent
/// devices are asked every 9 s, and a question waits for up to 8 s.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A program that runs until this value is dropped.
pub struct Program {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
    _home: TempDir,
}

impl Program {
    pub fn start(space: &Space, arguments: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = space.command(env!("CARGO_BIN_EXE_skylift"));
        command.args(arguments).env("SKYLIFT_HOME", home.path()).env_remove("SKYLIFT_MDNS_PORT");
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Self { child, lines, seen: Vec::new(), _home: home }
    }

    /// The next line that is wanted; those before it are kept in [`seen`](Self::seen).
    pub fn line(&mut self, wanted: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if wanted(&line) {
                        return line;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("no such line in {PATIENCE:?}: {:#?}", self.seen),
                Err(RecvTimeoutError::Disconnected) => panic!("it ended: {:#?}", self.seen),
            }
        }
    }

    /// The next line about this device that says it is so.
    pub fn presence(&mut self, device: &str, presence: &str) -> Value {
        let is_it = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["id"] == device && line["presence"] == presence
        };
        serde_json::from_str(&self.line(is_it)).unwrap()
    }

    /// Every line so far.
    pub fn seen(&mut self) -> &[String] {
        self.seen.extend(self.lines.try_iter());
        &self.seen
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The program, run to its end with this data folder.
pub fn run(space: &Space, home: &TempDir, arguments: &[&str]) -> Output {
    let mut command = space.command(env!("CARGO_BIN_EXE_skylift"));
    command.args(arguments).env("SKYLIFT_HOME", home.path()).env_remove("SKYLIFT_MDNS_PORT");
    command.output().unwrap()
}

/// Asks until there is an answer.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "waited {PATIENCE:?} in vain: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
