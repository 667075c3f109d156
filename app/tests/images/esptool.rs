//! `esptool`, the oracle: a program that nobody here wrote makes and judges images.

use std::process::Command;

/// Whether esptool is there. If not, says so, and fails where nothing may be skipped.
pub fn is_missing() -> bool {
    let version = Command::new("python3").args(["-m", "esptool", "version"]).output();
    if version.is_ok_and(|version| version.status.success()) {
        return false;
    }
    println!("SKIPPED: esptool is not installed (pip install esptool)");
    assert!(std::env::var_os("SKYLIFT_REQUIRE_ALL").is_none(), "nothing may be skipped here: esptool");
    true
}

/// Runs esptool; gives what it prints.
#[track_caller]
pub fn esptool(arguments: &[&str]) -> String {
    let output = Command::new("python3").args(["-m", "esptool"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Makes an image from an ELF as ESP-IDF's build does.
pub fn elf2image(elf: &str, image: &str) {
    let chip = ["--chip", "esp32c3", "elf2image", "--flash-mode", "dio", "--flash-freq", "80m"];
    esptool(
        &[&chip as &[&str], &["--flash-size", "4MB", "--elf-sha256-offset", "0xb0", "-o", image, elf]]
            .concat(),
    );
}
