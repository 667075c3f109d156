//! Panics that a board tells are decoded with the ELF that they name.

use std::path::PathBuf;

use sha2::{Digest as _, Sha256};
use skylift::image::Image;
use skylift::image::library::{Elf, Library};
use skylift::store::DataDir;
use skylift::usb::monitor::{Decoded, Decoder, Heard, Options, Unread};
use skylift_simulator::demo_image::DemoImage;
use tempfile::TempDir;

use crate::debug_info::{self, ENTRY};
use crate::pty::{Cable, Monitor};

/// A folder with an image and its ELF in the library.
pub struct Known {
    folder: TempDir,
    pub digest: String,
}

impl Known {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let elf = debug_info::elf();
        let sha256: [u8; 32] = Sha256::digest(&elf).into();
        std::fs::write(folder.path().join("climate.elf"), &elf).unwrap();
        let image = DemoImage { elf_sha256: Some(sha256), ..DemoImage::default() }.build().unwrap();
        let image = Image::from_bytes("climate.bin".as_ref(), image).unwrap();
        let known = Self { digest: skylift_protocol::Digest(sha256).to_string(), folder };
        let elf = Elf::open(&known.elf()).unwrap();
        known.library().add(&image, Some(&elf), "a test").unwrap();
        known
    }

    pub fn elf(&self) -> PathBuf {
        self.folder.path().join("climate.elf")
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn library(&self) -> Library {
        Library::new(&DataDir::new(Some(self.data_dir())))
    }
}

/// What a monitor with this decoder makes of a log.
fn reading(log: &str, decoder: Decoder) -> Result<Decoded, Unread> {
    let mut cable = Cable::plugged_in();
    let mut monitor = Monitor::of(Options { decoder: Some(decoder), ..Options::new(cable.port()) });
    monitor.until(|heard| matches!(heard, Heard::Connected { .. }));
    cable.say(log);
    let decoded = monitor.until(|heard| matches!(heard, Heard::Decoded { .. }));
    let Heard::Decoded { first_line, reading } = decoded else { unreachable!() };
    assert_eq!(monitor.panics[0].lines.start, first_line);
    reading
}

/// As Skylift's firmware panics in `climate::run`, called by `main`.
fn own(digest: &str) -> String {
    let (first, second) = (ENTRY + 0x28, ENTRY + 0x70);
    format!(
        "\npanic: no sensor\nat src/main.rs:7\n{first:#010x}\n{second:#010x}\nELF file SHA256: {digest}\nrestarting\n"
    )
}

fn functions(decoded: &Decoded) -> Vec<&str> {
    decoded.frames.iter().map(|frame| frame.function.as_deref().unwrap_or("?")).collect()
}

#[test]
fn the_elf_that_a_panic_names_is_found_in_the_library() {
    let known = Known::new();
    let decoded = reading(&own(&known.digest), Decoder::new(known.library(), None)).unwrap();
    assert_eq!(functions(&decoded), ["climate::run", "main"]);
    assert_eq!((decoded.frames[0].address, decoded.certain, decoded.named_by_board), (ENTRY + 0x28, 2, true));
    assert_eq!(decoded.elf_sha256.to_string(), known.digest);
}

#[test]
fn the_first_digits_are_enough_and_instructions_that_ran_are_looked_up_themselves() {
    let known = Known::new();
    // The first instruction of `climate::run`: the one before it is in another function.
    let at = ENTRY + 0x20;
    let log = format!(
        "I (9) app_init: ELF file SHA256:  {}...\nGuru Meditation Error: Core  0 panic'ed (Load access fault). Exception was unhandled.\n\
         Core  0 register dump:\nMEPC    : {at:#010x}  RA      : {:#010x}  SP      : 0x3fc9a350\n\nRebooting...\n",
        &known.digest[..9],
        ENTRY + 0x70
    );
    let decoded = reading(&log, Decoder::new(known.library(), None)).unwrap();
    assert_eq!(functions(&decoded), ["climate::run", "main"]);
    assert_eq!(decoded.frames[0].address, at);
}

#[test]
fn without_the_right_elf_it_is_said_why() {
    let known = Known::new();
    let other = "5e".repeat(32);
    let reading = |log: &str, elf: Option<PathBuf>| {
        reading(log, Decoder::new(known.library(), elf)).map_err(|why| why.to_string())
    };
    assert_eq!(
        reading(&own(&other), None).unwrap_err(),
        "no ELF is here whose SHA-256 begins with 5e5e5e5e5e5e"
    );
    let why = reading(&own(&other), Some(known.elf())).unwrap_err();
    assert!(why.starts_with("the firmware is another build than "), "{why}");
    let unnamed = own("").replace("ELF file SHA256: \n", "");
    assert_eq!(reading(&unnamed, None).unwrap_err(), "the firmware does not say which build it is");
    assert_eq!(reading("panic: oh\nrestarting\n", None).unwrap_err(), "it tells no addresses");
    // The user says which build it is.
    let decoded = reading(&unnamed, Some(known.elf())).unwrap();
    assert_eq!((functions(&decoded), decoded.named_by_board), (vec!["climate::run", "main"], false));
}
