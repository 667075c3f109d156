//! A board that holds something, its link, and a folder for its backups.

use std::path::Path;

use skylift::store::DataDir;
use skylift::usb::Work;
use skylift::usb::backup::{Backup, Backups, Part, Restore, Taken};
use skylift::usb::wire::{After, Approach, Link, Loader};
use skylift_provisioning::Provisioning;
use skylift_simulator::demo_image::DemoImage;
use skylift_simulator::serial::{Board, BoardConfig};
use skylift_simulator::{FactoryFlash, FlashSource};
use tempfile::TempDir;

pub const MAC: [u8; 6] = [0xA0, 0xB1, 0xC2, 0x00, 0x00, 0x07];
pub const MAC_TEXT: &str = "a0:b1:c2:00:00:07";

/// A board of Skylift's, flashed once, in download mode.
pub fn board() -> Board {
    board_with(MAC, "1.0.0")
}

pub fn board_with(mac: [u8; 6], version: &str) -> Board {
    let image = DemoImage { version: version.to_owned(), size: 256 << 10, ..DemoImage::default() };
    let provisioning = Provisioning { name: "porch-lamp".to_owned(), ..Provisioning::default() };
    let factory = FactoryFlash::new(image.build().unwrap(), provisioning);
    plugged(BoardConfig::with_mac(mac, FlashSource::Factory(factory)))
}

pub fn plugged(config: BoardConfig) -> Board {
    let board = Board::plug_in(config).unwrap();
    board.hold_boot_and_reset();
    board
}

/// A link to its ROM's loader, whatever ran before.
pub fn link(board: &Board) -> Link {
    link_by(board, Loader::Stub)
}

pub fn link_by(board: &Board, loader: Loader) -> Link {
    board.hold_boot_and_reset();
    let approach =
        Approach { after: After::NoReset, loader, ..Approach::new(board.path().display().to_string()) };
    Link::connect(&approach, &mut Work::unwatched()).unwrap()
}

pub struct Place {
    pub folder: TempDir,
    pub backups: Backups,
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let backups = Backups::new(&DataDir::new(Some(folder.path().join("data"))));
        Self { folder, backups }
    }

    pub fn take(&self, board: &Board) -> Taken {
        self.backups.take(&mut link(board), None, &mut Work::unwatched()).unwrap()
    }

    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }
}

pub fn prepare(backup: &Backup, part: &Part, link: &mut Link) -> Result<Restore, String> {
    Restore::prepare(backup, part, link, &mut Work::unwatched()).map_err(|error| error.to_string())
}

/// The names in a zip file, by a program that nobody here wrote.
pub fn python(script: &str, file: &Path) -> Option<String> {
    let Ok(output) = std::process::Command::new("python3").args(["-c", script]).arg(file).output() else {
        assert!(std::env::var_os("SKYLIFT_REQUIRE_ALL").is_none(), "nothing may be skipped here: python3");
        eprintln!("SKIPPED: python3 is not on this machine");
        return None;
    };
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}
