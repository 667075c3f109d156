//! The firmware under test, built from this source as a user builds it: `skylift build device-firmware/esp`.

use std::collections::HashMap;
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::laptop;
use crate::process::Process;

/// The device's crate.
const CRATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../device-firmware/esp");
/// A cold build takes some ten minutes on two cores, and others may be building.
const LONGEST_BUILD: Duration = Duration::from_mins(40);
/// Which of its ways `examples/misbehaves.rs` takes.
const MISBEHAVIOUR: &str = "SKYLIFT_MISBEHAVIOUR";

/// What is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Build {
    /// The firmware that is flashed first.
    Stock,
    /// The example of this behaviour.
    Misbehaves(&'static str),
}

impl Build {
    fn name(self) -> &'static str {
        match self {
            Self::Stock => "stock",
            Self::Misbehaves(how) => how,
        }
    }
}

/// A build.
pub struct Firmware {
    /// The ELF.
    pub elf: Vec<u8>,
    /// The image made from it.
    pub image: Vec<u8>,
}

static BUILT: Mutex<Option<HashMap<Build, Arc<Firmware>>>> = Mutex::new(None);

/// Builds it, once for all tests of this process.
pub fn built(build: Build) -> Arc<Firmware> {
    // A test that failed in here has said why; the others try for themselves.
    let mut built = BUILT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let built = built.get_or_insert_default();
    Arc::clone(built.entry(build).or_insert_with(|| Arc::new(make(build))))
}

fn make(build: Build) -> Firmware {
    let folder = tempfile::tempdir().unwrap();
    let (image, told) = (folder.path().join("ota.bin"), folder.path().join("told.json"));
    let mut command = laptop::skylift(folder.path());
    command.arg("build").args(["--chip", "esp32c3", "--json", "-o"]).arg(&image);
    match std::env::var_os("SKYLIFT_FIRMWARE") {
        Some(made) => drop(command.arg(Path::new(&made).join(build.name()).with_extension("elf"))),
        None => from_source(&mut command, build),
    }
    command.stdout(File::create(&told).unwrap()).stderr(Stdio::inherit());
    let status = Process::start(&mut command, LONGEST_BUILD).wait();
    assert!(status.success(), "{build:?} cannot be built: {status}");
    let told: Value = serde_json::from_slice(&std::fs::read(told).unwrap()).unwrap();
    assert_eq!(told["kind"], "real", "{build:?} has no boot guard: {told}");
    let elf = Path::new(CRATE).join(told["elf"].as_str().unwrap());
    Firmware { elf: std::fs::read(elf).unwrap(), image: std::fs::read(image).unwrap() }
}

fn from_source(command: &mut Command, build: Build) {
    command.args([CRATE, "--"]);
    match build {
        Build::Stock => command.args(["--bin", "skylift-device"]).env_remove(MISBEHAVIOUR),
        Build::Misbehaves(how) => command.args(["--example", "misbehaves"]).env(MISBEHAVIOUR, how),
    };
    // The crate is a workspace of its own, and by itself would put what it builds beside its source.
    if std::env::var_os("CARGO_TARGET_DIR").is_none() {
        command.env("CARGO_TARGET_DIR", concat!(env!("CARGO_MANIFEST_DIR"), "/../target/esp"));
    }
}

/// Where the version is in an image: behind its header (24 bytes), the head of its first segment (8) and the first four
/// words of the app descriptor (`esp_app_desc_t`).
const VERSION: Range<usize> = 48..80;

/// Where the mark of the boot guard is: behind the app descriptor's 256 bytes.
const GUARD_MARK: Range<usize> = 288..304;

/// The same firmware as another version.
pub fn as_version(image: &[u8], version: &str) -> Vec<u8> {
    let mut text = [0; 32];
    text[..version.len()].copy_from_slice(version.as_bytes());
    with(image, VERSION, &text)
}

/// The same firmware as it would be without Skylift's mark.
pub fn unmarked(image: &[u8]) -> Vec<u8> {
    assert!(image[GUARD_MARK].starts_with(b"SKYGUARD"));
    with(image, GUARD_MARK, &[0; 16])
}

/// An image with other bytes in its first segment. Checksum and digest are made anew: its last bytes are the checksum, the
/// exclusive or of the bytes of all segments, and the SHA-256 of everything before.
fn with(image: &[u8], range: Range<usize>, bytes: &[u8]) -> Vec<u8> {
    let mut image = image.to_vec();
    let checksum = image.len() - 33;
    let change = image[range.clone()].iter().chain(bytes).fold(0, |sum, byte| sum ^ byte);
    image[range].copy_from_slice(bytes);
    image[checksum] ^= change;
    let (hashed, digest) = image.split_at_mut(checksum + 1);
    digest.copy_from_slice(&Sha256::digest(hashed));
    image
}
