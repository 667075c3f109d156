//! Backups of boards: what is read from the zip file is what was read from the board, and parts of it are parts of it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sha2::{Digest as _, Sha256};
use skylift::usb::backup::{Backup, Part};
use skylift_fuzz::Input;
use skylift_fuzz::backup::{FLASH, backup};
use skylift_fuzz::folder::folder;
use skylift_updater::partition::TABLE_OFFSET;

/// Partitions that tables have.
const NAMES: [&str; 5] = ["nvs", "otadata", "ota_0", "ota_1", "skylift"];

fn opened(file: &[u8]) -> Option<Backup> {
    let path = folder().join("backup.zip");
    std::fs::write(&path, file).expect("a file");
    Backup::open(&path).ok()
}

/// Any file.
fn any(file: &[u8]) {
    let Some(backup) = opened(file) else { return };
    let held = &backup.about.held;
    assert!(held.flash_size <= 32 << 20 && held.partitions.len() <= 96);
    if let Ok(flash) = backup.flash() {
        assert_eq!(flash.len(), held.flash_size as usize);
        assert_eq!(Sha256::digest(&flash)[..], held.sha256.0);
    }
    // What is not whole cannot be verified either.
    assert!(backup.verify().is_err() || backup.flash().is_ok());
}

/// A whole backup of a flash with this table.
fn with_table(table: &[u8]) {
    let mut flash = [0xFF; FLASH];
    let room = &mut flash[TABLE_OFFSET as usize..];
    let len = table.len().min(room.len());
    room[..len].copy_from_slice(&table[..len]);
    let found = opened(&backup(&flash)).expect("a backup");
    found.verify().expect("a whole one");
    let out = folder().join("part.bin");
    for name in NAMES {
        let Ok(size) = found.export(&Part::Partition(name.to_owned()), &out) else { continue };
        let part = std::fs::read(&out).expect("what was exported");
        assert_eq!(part.len(), size as usize);
        assert!(size == 0 || flash.windows(part.len()).step_by(0x1000).any(|window| window == part));
    }
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let sealed = input.byte() % 2 == 1;
    if sealed { with_table(input.rest()) } else { any(input.rest()) }
});
