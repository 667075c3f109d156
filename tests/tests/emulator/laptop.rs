//! The laptop beside the board: a data folder of its own, and the program as a user starts it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use skylift::store::{DataDir, KeyStore};
use skylift_protocol::auth::PairingKey;
use skylift_protocol::bounded;
use tempfile::TempDir;

use crate::board::Board;
use crate::process::Process;
use crate::qemu::COMPUTER;

/// An update to its verdict: 600 KiB, two minutes of probation, and a machine that has other things to do.
const LONGEST_UPDATE: Duration = Duration::from_mins(12);

/// The program of this build, or the one that `SKYLIFT` names; `home` is its data folder.
pub fn skylift(home: &Path) -> Command {
    let program = std::env::var_os("SKYLIFT").map_or_else(beside_this_test, PathBuf::from);
    assert!(program.exists(), "{} is not there: cargo build -p skylift", program.display());
    let mut command = Command::new(program);
    command.env("SKYLIFT_HOME", home).env("SKYLIFT_NO_HISTORY", "true").env_remove("SKYLIFT_MDNS_PORT");
    command.stdin(Stdio::null());
    command
}

/// Tests are in `deps` beside the program.
fn beside_this_test() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().with_file_name(format!("skylift{}", std::env::consts::EXE_SUFFIX))
}

/// How the image gets to the board.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    /// The board fetches it.
    Pull,
    /// The board reaches no address of the laptop, and is pushed to.
    Push,
}

/// A laptop.
pub struct Laptop {
    folder: TempDir,
}

impl Laptop {
    /// One that knows nothing yet.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// One of its commands.
    pub fn command(&self, name: &str) -> Command {
        let mut command = skylift(self.folder.path());
        command.arg(name);
        command
    }

    /// Keeps the key of a board.
    pub fn keep(&self, id: &str, key: &PairingKey) {
        let keys = KeyStore::new(&DataDir::new(Some(self.folder.path().to_owned())));
        keys.put(&bounded(id), key, false).unwrap();
    }

    /// Begins to update the board, with whatever the plan chooses.
    pub fn begin(&self, board: &Board, image: &[u8], way: Way) -> Update<'_> {
        self.begin_as(board, image, way, "auto")
    }

    fn begin_as(&self, board: &Board, image: &[u8], way: Way, encoding: &str) -> Update<'_> {
        let file = self.folder.path().join("ota.bin");
        std::fs::write(&file, image).unwrap();
        let lines = self.folder.path().join("lines");
        // Port 9 discards, and nobody serves images there.
        let reached_at = match way {
            Way::Pull => COMPUTER.to_owned(),
            Way::Push => format!("{COMPUTER}:9"),
        };
        let mut command = skylift(self.folder.path());
        command.arg("update").arg(file).arg(board.address().to_string());
        command.args(["--host-address", &reached_at, "--port", "0", "--encoding", encoding, "--json"]);
        command.stdout(File::create(&lines).unwrap()).stderr(Stdio::inherit());
        Update { process: Process::start(&mut command, LONGEST_UPDATE), lines, _laptop: self }
    }

    /// Updates the board, to the verdict.
    pub fn update(&self, board: &Board, image: &[u8], way: Way) -> Verdict {
        self.begin(board, image, way).verdict()
    }

    /// The same in this encoding.
    pub fn update_as(&self, board: &Board, image: &[u8], way: Way, encoding: &str) -> Verdict {
        self.begin_as(board, image, way, encoding).verdict()
    }
}

/// An update in its own process; with this it is killed.
pub struct Update<'l> {
    process: Process,
    lines: PathBuf,
    /// Its folder has to be there as long.
    _laptop: &'l Laptop,
}

/// What the program said in the end.
#[derive(Debug)]
pub struct Verdict {
    /// Its exit code.
    pub exit: Option<i32>,
    /// Its last line.
    pub last: Value,
}

impl Update<'_> {
    /// Whether the program has ended.
    pub fn is_over(&self) -> bool {
        self.process.end().is_some()
    }

    /// Waits for the verdict.
    pub fn verdict(self) -> Verdict {
        let exit = self.process.wait().code();
        let lines = std::fs::read_to_string(&self.lines).unwrap();
        let last = lines.lines().last().unwrap_or_else(|| panic!("it ended without a word: {exit:?}"));
        Verdict { exit, last: serde_json::from_str(last).unwrap() }
    }
}

impl Verdict {
    /// Fails unless it is this one.
    #[track_caller]
    pub fn expect(&self, exit: i32, verdict: &str, reason: Option<&str>) {
        let reason = reason.map_or(Value::Null, Value::from);
        let said = (self.exit, &self.last["verdict"], &self.last["reason"]);
        assert_eq!(said, (Some(exit), &verdict.into(), &reason), "{}", self.last);
    }
}
