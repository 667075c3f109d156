//! A computer with the program, a data folder of its own, and a port of its own on which Jaguar devices are heard.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::jaguar::{Identity, Jaguar, Setup, image_for};
use crate::toit::body::Chip;

/// A computer.
pub struct Laptop {
    folder: TempDir,
    port: u16,
}

impl Laptop {
    pub fn new() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        Self { folder: tempfile::tempdir().unwrap(), port: socket.local_addr().unwrap().port() }
    }

    /// A device that this computer hears.
    pub fn device(&self, name: &str) -> Jaguar {
        let everybody = Ipv4Addr::new(127, 255, 255, 255);
        Jaguar::start(Setup { announces_to: Some((everybody, self.port).into()), ..Setup::new(name) })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, also into a folder that is not there yet; gives its path.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    /// An image that makes an ESP32 this device.
    pub fn image_for(&self, identity: &Identity) -> String {
        self.write("ota.bin", image_for(Chip::Esp32, identity, b"Z"))
    }

    /// Runs the program. Whom its user has installed does not count.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skylift"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("SKYLIFT_HOME", self.path("home")).env("XDG_CACHE_HOME", self.path("cache"));
        command.env("SKYLIFT_JAGUAR_PORT", self.port.to_string()).env_remove("SKYLIFT_NO_HISTORY");
        // Nobody is found by mDNS on it.
        command.env("SKYLIFT_MDNS_PORT", self.port.to_string());
        command.output().unwrap()
    }

    /// Runs the program, which has to end so; what it prints.
    #[track_caller]
    pub fn prints(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The same, of which each line is JSON.
    #[track_caller]
    pub fn json(&self, arguments: &[&str], code: i32) -> Vec<Value> {
        let text = self.prints(arguments, code);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Whether anything that the program keeps has these bytes in it, its networks excepted.
    pub fn keeps(&self, bytes: &[u8]) -> bool {
        let files = std::fs::read_dir(self.path("home")).unwrap().map(|file| file.unwrap().path());
        files
            .filter(|path| path.is_file() && !path.ends_with("networks.json"))
            .any(|path| has(&std::fs::read(path).unwrap(), bytes))
    }
}

/// Whether these bytes are in there.
pub fn has(content: &[u8], bytes: &[u8]) -> bool {
    content.windows(bytes.len()).any(|window| window == bytes)
}

/// What a user types for a device that is given by its address.
pub fn at(address: SocketAddr) -> String {
    address.to_string()
}
