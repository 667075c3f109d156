//! Which emulator there is, and how it is told to be a board: all that differs from one QEMU to the next is here.

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

/// A QEMU with an ESP32-C3, its ROM and a radio.
#[derive(Clone)]
pub struct Qemu {
    program: OsString,
    machine: String,
    network_card: String,
    further: Vec<String>,
    /// The open network in the air of its boards.
    pub ssid: String,
}

/// Where the computer that the emulator runs on is, for a board behind QEMU's user network.
pub const COMPUTER: &str = "10.0.2.2";

impl Qemu {
    /// The one that the environment names; `None`, and says so, if it names none. `SKYLIFT_REQUIRE_ALL` does not ask for
    /// it: no distribution has one.
    pub fn find() -> Option<Self> {
        let Some(program) = env::var_os("SKYLIFT_QEMU") else {
            println!("SKIPPED: SKYLIFT_QEMU does not name a QEMU with an ESP32-C3 (docs/EMULATOR.md)");
            return None;
        };
        let or = |name, otherwise: &str| env::var(name).unwrap_or_else(|_| otherwise.to_owned());
        Some(Self {
            program,
            machine: or("SKYLIFT_QEMU_MACHINE", "esp32c3-picsimlab"),
            network_card: or("SKYLIFT_QEMU_NIC", "user,model=esp32c3_wifi"),
            further: or("SKYLIFT_QEMU_ARGS", "").split_whitespace().map(str::to_owned).collect(),
            ssid: or("SKYLIFT_QEMU_SSID", "PICSimLabWifi"),
        })
    }

    /// A board with this flash. Port 80 of it is `port` on loopback; what it prints is appended to `serial`.
    pub fn command(&self, flash: &Path, port: u16, serial: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["-machine", &self.machine, "-display", "none", "-monitor", "none"]);
        command.arg("-drive").arg(format!("file={},if=mtd,format=raw", flash.display()));
        command.arg("-nic").arg(format!("{},hostfwd=tcp:127.0.0.1:{port}-:80", self.network_card));
        command.arg("-chardev").arg(format!("file,id=serial,path={},append=on", serial.display()));
        command.args(["-serial", "chardev:serial"]).args(&self.further);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
        command
    }

    /// A board with this flash that waits in the loader of its ROM, as if somebody had held its BOOT button. Its serial
    /// line is a pseudo-terminal, whose name it tells in `told`.
    pub fn in_download_mode(&self, flash: &Path, told: File) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["-machine", &self.machine, "-display", "none", "-monitor", "none", "-nic", "none"]);
        command.arg("-drive").arg(format!("file={},if=mtd,format=raw", flash.display()));
        command.args(["-global", "driver=esp32c3.gpio,property=strap_mode,value=0x02"]);
        command.args(["-global", "driver=timer.esp32c3.timg,property=wdt_disable,value=true"]);
        command.args(["-serial", "pty"]).args(&self.further);
        command.stdin(Stdio::null()).stdout(told).stderr(Stdio::inherit());
        command
    }
}
