//! A board on the bench: its flash is a file, its power switch a process that is started and killed.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use skylift_tests::raw::request;
use skylift_tests::wait::until;
use tempfile::TempDir;

use crate::process::Process;
use crate::qemu::Qemu;

/// No board is left switched on for longer: it has hung then, and its test with it.
const LONGEST: Duration = Duration::from_mins(20);
/// So much of what it printed is shown if its test fails.
const TAIL: usize = 6000;

/// A board.
pub struct Board {
    qemu: Qemu,
    folder: TempDir,
    port: u16,
    power: Option<Process>,
}

impl Board {
    /// A board with this flash, switched off.
    pub fn with_flash(qemu: &Qemu, flash: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("flash.bin"), flash).unwrap();
        // The emulator cannot be asked which port it took: one that is free now has to do.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        Self { qemu: qemu.clone(), folder, port, power: None }
    }

    /// Where its API is.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    fn serial(&self) -> PathBuf {
        self.folder.path().join("serial.log")
    }

    /// What it has printed since it was made.
    pub fn printed(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.serial()).unwrap_or_default()).into_owned()
    }

    /// Switches it on.
    pub fn switch_on(&mut self) {
        assert!(self.power.is_none(), "it is on already");
        let flash = self.folder.path().join("flash.bin");
        let mut command = self.qemu.command(&flash, self.port, &self.serial());
        self.power = Some(Process::start(&mut command, LONGEST));
    }

    /// Cuts its power, whatever it does: SIGKILL.
    pub fn cut_power(&mut self) {
        self.power = None;
    }

    /// What it says of itself now, if it can.
    pub fn says(&self) -> Option<Value> {
        Some(request(self.address(), "GET", "/status", &Value::Null)?.1)
    }

    /// What it says of itself, once it does; `what` is waited for.
    pub fn await_status(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        until(what, || self.says().filter(|status| wanted(status)))
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.power = None;
        if std::thread::panicking() {
            let printed = self.printed();
            let from = printed.char_indices().rev().nth(TAIL).map_or(0, |(at, _)| at);
            eprintln!("the end of what the board printed:\n{}", &printed[from..]);
        }
    }
}
