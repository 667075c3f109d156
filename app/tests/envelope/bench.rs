//! A folder with files in it, the program run there, and an envelope that has one of everything.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::toit::body::Chip;
use crate::toit::encoded::assets;
use crate::toit::envelope::{Container, Envelope, SDK, Stored};
use crate::toit::program::Program;
use crate::toit::relocatable::{Word, ready};
use crate::toit::snapshot::Bundle;

/// The password of [`furnished`]: no output may have it.
pub const PASSWORD: &str = "battery staple";

/// A folder to work in.
pub struct Bench(TempDir);

impl Bench {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn with(name: &str, bytes: &[u8]) -> Self {
        let bench = Self::new();
        bench.write(name, bytes);
        bench
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// A program in this folder, with a data folder of its own.
    pub fn program(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.0.path()).stdin(Stdio::null());
        command.env("SKYLIFT_HOME", self.path("home")).env("SKYLIFT_NO_HISTORY", "true");
        command
    }

    pub fn skylift(&self, arguments: &[&str]) -> Output {
        self.program(env!("CARGO_BIN_EXE_skylift")).args(arguments).output().unwrap()
    }

    /// `skylift envelope`, with the arguments between blanks.
    pub fn envelope(&self, arguments: &str) -> Output {
        self.skylift(&[&["envelope"], arguments.split_whitespace().collect::<Vec<_>>().as_slice()].concat())
    }

    /// The same, where all goes well and nothing is to be warned of; gives what it prints.
    #[track_caller]
    pub fn done(&self, arguments: &str) -> String {
        let output = self.envelope(arguments);
        assert!(output.status.success() && output.stderr.is_empty(), "{arguments}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The same, where it fails and says so, and prints nothing else; gives what it says.
    #[track_caller]
    pub fn refused(&self, arguments: &str) -> String {
        let output = self.envelope(arguments);
        let said = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments}: {output:?}");
        assert!(said.starts_with("error: ") && output.stdout.is_empty(), "{arguments}: {output:?}");
        said
    }

    /// Who may read and write a file, as in `chmod`.
    #[cfg(unix)]
    pub fn mode(&self, name: &str) -> u32 {
        use std::os::unix::fs::PermissionsExt as _;
        self.path(name).metadata().unwrap().permissions().mode() & 0o777
    }
}

/// An envelope with a snapshot that has assets, a ready image, WiFi, and a UUID of its own.
pub fn furnished(chip: Chip) -> Envelope {
    let mut envelope = Envelope::new(chip);
    let mut blink = Container::snapshot("blink", Bundle::new(SDK, Program::saying("blink")));
    blink.assets = Some(assets(&[("pin", b"5")]));
    let id = [0x1d; 16];
    let image = Stored::Image(id, ready(Word::W32, &id, &envelope.system_uuid()));
    let ready = Container { name: "ready".to_owned(), stored: image, flags: 0, assets: None };
    envelope.containers.extend([blink, ready]);
    envelope.wifi = Some(("Attic".to_owned(), PASSWORD.to_owned()));
    envelope.uuid = Some([0xa7; 16]);
    envelope
}

/// Equal, without printing a firmware where it is not.
#[track_caller]
pub fn same(is: &[u8], wanted: &[u8]) {
    let differs = is.iter().zip(wanted).position(|(is, wanted)| is != wanted);
    assert_eq!((differs, is.len()), (None, wanted.len()), "first difference, length");
}
