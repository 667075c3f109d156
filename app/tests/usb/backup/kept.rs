//! Backups in their folder: listed, found, exported, deleted; and what only looks like one.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use skylift::usb::Work;
use skylift::usb::backup::{Backup, BackupError, Flaw, Part};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::board::*;

#[test]
fn backups_are_found_by_id_address_and_date() {
    let place = Place::new();
    let kitchen = place.take(&board()).backup;
    let porch = place.take(&board_with([0xA0, 0xB1, 0xC2, 0, 0, 9], "2.0.0")).backup;
    let found = |called: &str| place.backups.find(called);
    assert_eq!(found(&kitchen.id[..6]).unwrap(), kitchen);
    assert_eq!(found("A0:B1:C2:00:00:09").unwrap(), porch);
    assert_eq!(found("0:09").unwrap(), porch);
    let today = kitchen.about.taken.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d").to_string();
    assert!(matches!(found(&today), Err(BackupError::Ambiguous { ids, .. }) if ids.len() == 2));
    for unknown in ["", "0", "ffffffffffff", "../secret"] {
        assert!(matches!(found(unknown), Err(BackupError::Unknown(_))), "{unknown}");
    }
    place.backups.delete(&porch.path).unwrap();
    assert_eq!(place.backups.list().unwrap().backups, [kitchen]);
}

#[test]
fn a_flash_or_a_partition_is_exported_as_it_is() {
    let (board, place) = (board(), Place::new());
    let backup = place.take(&board).backup;
    let (flash, table) = (place.path("flash.bin"), place.path("nvs.bin"));
    assert_eq!(backup.export(&Part::Whole, &flash).unwrap(), 4 << 20);
    assert_eq!(backup.export(&Part::Partition("otadata".to_owned()), &table).unwrap(), 0x2000);
    assert!(std::fs::read(&flash).unwrap() == board.flash());
    assert!(std::fs::read(&table).unwrap() == board.flash()[0xD000..0xF000]);
    assert!(matches!(
        backup.export(&Part::Partition("x".to_owned()), &table),
        Err(BackupError::NoPartition { .. })
    ));
}

#[test]
fn a_backup_can_be_written_anywhere_and_read_from_there() {
    let (board, place) = (board(), Place::new());
    let path = place.path("mine.zip");
    let mut link = link(&board);
    let taken = place.backups.take(&mut link, Some(&path), &mut Work::unwatched()).unwrap();
    assert_eq!(Backup::open(&path).unwrap(), taken.backup);
    assert!(place.backups.list().unwrap().backups.is_empty() && !place.backups.folder().exists());
}

#[test]
fn what_a_crash_has_left_is_removed() {
    let (board, place) = (board(), Place::new());
    let backup = place.take(&board).backup;
    let [old, new] = [".skylift-old", ".skylift-new"].map(|name| place.backups.folder().join(name));
    File::create(&new).unwrap();
    let yesterday = std::time::SystemTime::now() - std::time::Duration::from_secs(86_400);
    File::create(&old).unwrap().set_modified(yesterday).unwrap();
    File::open(&backup.path).unwrap().set_modified(yesterday).unwrap();
    place.take(&board);
    assert!(!old.exists() && new.exists() && backup.path.exists());
}

/// Names, and what is in them.
type Files<'a> = &'a [(&'a str, &'a [u8])];

/// A zip file with these in it.
fn zip(path: &Path, files: Files<'_>) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

#[test]
fn what_is_no_backup_is_told_and_left_alone() {
    let (board, place) = (board(), Place::new());
    let good = place.take(&board).backup;
    let folder = place.backups.folder();
    let json = serde_json::to_value(&good.about).unwrap();
    let with = |name: &str, value: serde_json::Value| {
        let mut json = json.clone();
        json[name] = value;
        json.to_string()
    };
    let newer = with("format", 2.into());
    let huge = with("flash_size", u32::MAX.into());
    let pieces = with("pieces_md5", serde_json::json!([]));
    let strange = [
        ("cut", std::fs::read(&good.path).unwrap()[..5000].to_vec()),
        ("empty", Vec::new()),
        ("text", b"a letter".to_vec()),
    ];
    for (name, bytes) in strange {
        std::fs::write(folder.join(name).with_extension("zip"), bytes).unwrap();
    }
    let long = vec![b' '; 300 << 10];
    let contents: [(&str, Files<'_>); 6] = [
        ("nothing", &[]),
        ("newer", &[("backup.json", newer.as_bytes())]),
        ("huge", &[("backup.json", huge.as_bytes())]),
        ("pieces", &[("backup.json", pieces.as_bytes())]),
        ("long", &[("backup.json", &long)]),
        ("names", &[("../../backup.json", newer.as_bytes()), ("/etc/passwd", b"x")]),
    ];
    for (name, files) in contents {
        zip(&folder.join(name).with_extension("zip"), files);
    }
    std::fs::create_dir(folder.join("folder.zip")).unwrap();
    std::fs::write(folder.join("notes.txt"), b"not looked at").unwrap();
    let listing = place.backups.list().unwrap();
    assert_eq!(listing.backups, [good]);
    let flaw = |name: &str| {
        let named = |error: &&BackupError| matches!(error, BackupError::Damaged { path, .. } if path.file_stem().is_some_and(|stem| stem == name));
        listing.damaged.iter().find(named).unwrap_or_else(|| panic!("{name}")).to_string()
    };
    assert_eq!(listing.damaged.len(), 10);
    for (name, words) in [
        ("cut", "no whole zip file"),
        ("empty", "no whole zip file"),
        ("text", "no whole zip file"),
        ("nothing", "it has no backup.json in it"),
        ("newer", "a newer Skylift wrote it, in format 2"),
        ("huge", "describes no backup"),
        ("pieces", "describes no backup"),
        ("long", "its backup.json is larger than it can be"),
        ("names", "it has no backup.json in it"),
        ("folder", "it is no file"),
    ] {
        assert!(flaw(name).contains(words), "{}", flaw(name));
    }
}

#[test]
fn a_zip_bomb_is_not_unpacked() {
    let (board, place) = (board(), Place::new());
    let good = place.take(&board).backup;
    let json = serde_json::to_vec(&good.about).unwrap();
    let bomb = place.path("bomb.zip");
    let (flash, mut zip) = (vec![0; 64 << 20], ZipWriter::new(File::create(&bomb).unwrap()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, bytes) in [("backup.json", &json[..]), ("flash.bin", &flash)] {
        zip.start_file(name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
    let error = Backup::open(&bomb).unwrap().verify().unwrap_err();
    assert!(matches!(error, BackupError::Damaged { flaw: Flaw::TooLarge("flash.bin"), .. }), "{error}");
    // The same, when the file lies about how large it is.
    let mut bytes = std::fs::read(&bomb).unwrap();
    let (told, lie) = ((64u32 << 20).to_le_bytes(), (4u32 << 20).to_le_bytes());
    let places: Vec<_> = (0..bytes.len() - 4).filter(|&at| bytes[at..at + 4] == told).collect();
    assert!(places.len() >= 2, "the local header and the directory");
    places.into_iter().for_each(|at| bytes[at..at + 4].copy_from_slice(&lie));
    std::fs::write(&bomb, bytes).unwrap();
    assert!(Backup::open(&bomb).unwrap().verify().is_err());
}
