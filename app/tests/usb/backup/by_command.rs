//! `skylift backup` and `skylift restore`, as a user calls them.

use std::process::{Command, Output, Stdio};

use serde_json::Value;
use skylift::usb::Work;

use super::board::*;

fn skylift(place: &Place, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skylift"));
    command.args(arguments).stdin(Stdio::null()).env("SKYLIFT_HOME", place.path("data"));
    command.output().unwrap()
}

fn told(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn complaint(output: &Output, code: i32) -> String {
    told(output, code);
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_board_is_backed_up_listed_checked_and_restored() {
    let (board, place) = (board(), Place::new());
    let (before, port) = (board.flash(), board.path().display().to_string());
    let cable = ["--port", &port, "--before", "no-reset", "--after", "no-reset"];
    let with_cable = |words: &[&str]| {
        board.hold_boot_and_reset();
        skylift(&place, &[words, &cable].concat())
    };
    let taken: Value = serde_json::from_str(&told(&with_cable(&["backup", "--json"]), 0)).unwrap();
    assert_eq!((taken["mac"].as_str(), taken["shared"].as_u64()), (Some(MAC_TEXT), Some(0)));
    let id = taken["id"].as_str().unwrap();
    let again = told(&with_cable(&["backup"]), 0);
    assert!(
        again.contains("4 MiB of the ESP32-C3 a0:b1:c2:00:00:07") && again.contains("known from"),
        "{again}"
    );
    let list = told(&skylift(&place, &["backup", "list"]), 0);
    assert!(list.contains(id) && list.contains("1.0.0"), "{list}");
    let rows = told(&skylift(&place, &["backup", "list", "--json"]), 0);
    assert_eq!(rows.lines().count(), 2);
    assert!(told(&skylift(&place, &["backup", "verify"]), 0).lines().count() == 2);
    link(&board).erase(0, 4 << 20, &mut Work::unwatched()).unwrap();
    let asked = complaint(&with_cable(&["restore", id]), 1);
    assert!(asked.contains("nobody can be asked here") && asked.contains("--yes"), "{asked}");
    assert!(board.flash().iter().all(|&byte| byte == 0xFF));
    let restored = told(&with_cable(&["restore", "--yes"]), 0);
    assert!(restored.contains("every byte was read back"), "{restored}");
    assert!(board.flash() == before);
    let deleted = told(&skylift(&place, &["backup", "delete", id, "--yes"]), 0);
    assert!(deleted.contains("is deleted"), "{deleted}");
    assert_eq!(told(&skylift(&place, &["backup", "list", "--json"]), 0).lines().count(), 1);
}

#[test]
fn another_board_gets_a_backup_only_on_demand() {
    let (first, place) = (board(), Place::new());
    let backup = place.take(&first).backup;
    let other = board_with([0xA0, 0xB1, 0xC2, 0, 0, 9], "2.0.0");
    let (before, port) = (other.flash(), other.path().display().to_string());
    let restore = |more: &[&str]| {
        other.hold_boot_and_reset();
        skylift(&place, &[&["restore", &backup.id, "--port", &port, "--yes"], more].concat())
    };
    let asked = complaint(&restore(&["--after", "no-reset"]), 1);
    assert!(asked.contains(MAC_TEXT) && asked.contains("--other-board"), "{asked}");
    assert!(other.flash() == before);
    let row: Value =
        serde_json::from_str(&told(&restore(&["--after", "no-reset", "--other-board", "--json"]), 0))
            .unwrap();
    assert!(row["written"].as_u64().is_some_and(|written| written > 0), "{row}");
    assert!(other.flash() == first.flash());
}

#[test]
fn a_damaged_backup_is_told_and_fails() {
    let (board, place) = (board(), Place::new());
    let backup = place.take(&board).backup;
    std::fs::write(&backup.path, b"PK").unwrap();
    for arguments in
        [&["backup", "list"] as &[&str], &["backup", "verify"], &["backup", "verify", &backup.id]]
    {
        let said = complaint(&skylift(&place, arguments), 1);
        assert!(said.contains("this backup cannot be used") && said.contains("  try: "), "{said}");
    }
    let deleted = told(&skylift(&place, &["backup", "delete", &backup.id, "--yes"]), 0);
    assert_eq!(deleted.trim(), format!("{} (damaged) is deleted", backup.id));
    assert!(!backup.path.exists());
}
