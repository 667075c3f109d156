//! What esptool does with a board.

use skylift_protocol::Chip;
use skylift_simulator::serial::{BoardConfig, Security};
use tempfile::TempDir;

use crate::boards::{blank, blank_with, plug_in, rubbish, text};
use crate::esptool::{Esptool, file};

#[test]
fn it_finds_chip_revision_mac_and_flash() {
    let chips = [
        (Chip::Esp32, "ESP32", "v3.1"),
        (Chip::Esp32S3, "ESP32-S3", "v0.2"),
        (Chip::Esp32C3, "ESP32-C3", "v0.4"),
        (Chip::Esp32C6, "ESP32-C6", "v0.1"),
    ];
    for (chip, name, revision) in chips {
        let board = blank_with(chip);
        let Some(esptool) = Esptool::at(&board) else { return };
        for stub in [&[][..], &["--no-stub"]] {
            let said = esptool.run(&[stub, &["flash-id"]].concat());
            let model = said.lines().find(|line| line.starts_with("Chip type:")).unwrap_or_default();
            assert!(model.contains(name) && model.contains(revision), "{said}");
            assert!(said.contains("40MHz") && said.contains("Detected flash size: 4MB"), "{said}");
            let mac = ["BASE MAC:", "MAC:"].iter().find_map(|name| {
                said.lines().find_map(|line| line.strip_prefix(name)).map(|mac| mac.trim().replace(':', ""))
            });
            assert_eq!(mac.map(|mac| format!("esp-{mac}")).as_deref(), Some(board.id()), "{said}");
        }
    }
}

#[test]
fn what_it_writes_it_verifies_and_reads_back() {
    let ways: [&[&str]; 4] = [&[], &["-u"], &["--no-stub"], &["--no-stub", "-u"]];
    let folder = TempDir::new().unwrap();
    for bytes in [rubbish(70_001), text(70_001)] {
        let source = file(&folder, "source.bin", &bytes);
        for way in ways {
            let board = blank();
            let Some(esptool) = Esptool::at(&board) else { return };
            let stub: &[&str] = if way.contains(&"--no-stub") { &["--no-stub"] } else { &[] };
            let packed = if way.contains(&"-u") { "-u" } else { "-z" };
            let said = esptool.run(&[stub, &["write-flash", packed, "0x10000", &source]].concat());
            assert!(said.contains("Hash of data verified"), "{way:?}: {said}");
            assert!(board.flash()[0x1_0000..0x1_0000 + 70_001] == bytes, "{way:?}");
            esptool.run(&[stub, &["verify-flash", "0x10000", &source]].concat());
            let copy = folder.path().join("copy.bin");
            // The ROM reads 64 bytes at a time.
            let len = if stub.is_empty() { 70_001 } else { 3001 };
            let read = ["read-flash", "0x10000", &len.to_string(), copy.to_str().unwrap()];
            esptool.run(&[stub, &read].concat());
            assert!(std::fs::read(copy).unwrap() == bytes[..len], "{way:?}");
        }
    }
}

#[test]
fn it_erases_regions_and_all() {
    let folder = TempDir::new().unwrap();
    let board = blank();
    let Some(esptool) = Esptool::at(&board) else { return };
    let source = file(&folder, "source.bin", &rubbish(0x6000));
    esptool.run(&["write-flash", "0x1000", &source]);
    esptool.run(&["erase-region", "0x2000", "0x3000"]);
    let flash = board.flash();
    assert!(flash[0x2000..0x5000].iter().all(|&byte| byte == 0xFF));
    assert!(flash[0x1000..0x2000].iter().any(|&byte| byte != 0xFF));
    assert!(flash[0x5000..0x7000].iter().any(|&byte| byte != 0xFF));
    esptool.run(&["erase-flash"]);
    assert!(board.flash().iter().all(|&byte| byte == 0xFF));
}

#[test]
fn it_reads_what_is_burnt_in() {
    let secured = Security { secure_boot: true, flash_encryption: true, ..Security::default() };
    for (security, word) in [(Security::default(), "Disabled"), (secured, "Enabled")] {
        let board = plug_in(BoardConfig { security, ..BoardConfig::blank() });
        let Some(esptool) = Esptool::at(&board) else { return };
        let said = esptool.run(&["--no-stub", "get-security-info"]);
        assert!(said.contains(&format!("Secure Boot: {word}")), "{said}");
        assert!(said.contains(&format!("Flash Encryption: {word}")), "{said}");
    }
}

#[test]
fn it_sees_that_downloads_are_secured() {
    let security = Security { secure_download: true, ..Security::default() };
    let board = plug_in(BoardConfig { security, ..BoardConfig::blank() });
    let Some(esptool) = Esptool::at(&board) else { return };
    let said = esptool.fail(&["--no-stub", "read-flash", "0", "16", "/dev/null"]);
    assert!(said.contains("Secure Download Mode"), "{said}");
}

#[test]
fn it_goes_on_with_a_stub_that_was_left_running() {
    let board = blank();
    let Some(esptool) = Esptool::at(&board) else { return };
    esptool.run_and_leave("no-reset-stub", &["read-mac"]);
    let said = esptool.run(&["read-mac"]);
    assert!(said.contains("Stub flasher is already running"), "{said}");
    let said = esptool.run(&["read-mac"]);
    assert!(said.contains("Uploading stub flasher"), "after no-reset the ROM answers: {said}");
}

#[test]
fn it_works_at_a_higher_rate() {
    let folder = TempDir::new().unwrap();
    let board = blank();
    let Some(esptool) = Esptool::at(&board) else { return };
    let bytes = rubbish(20_000);
    let source = file(&folder, "source.bin", &bytes);
    let said = esptool.run(&["--baud", "921600", "write-flash", "0", &source]);
    assert!(said.contains("Changing baud rate to 921600"), "{said}");
    assert!(board.flash()[..20_000] == bytes);
}
