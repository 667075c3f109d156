//! Backups that cannot be taken, read or given back.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use skylift::usb::Work;
use skylift::usb::backup::{Backup, BackupError, Backups, Part, Restore};
use skylift::usb::board::Table;
use skylift_protocol::Chip;
use skylift_simulator::FlashSource;
use skylift_simulator::layout::DEFAULT_CAPACITY;
use skylift_simulator::serial::{Board, BoardConfig, Security};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{MAC, PORT, at, blank, link, plugged, port, put, with_fuses, with_table};
use crate::files::Place;
use crate::table::Line;

pub fn lines() -> Vec<Line> {
    let (place, board) = (Place::new(), with_table(&Table::for_flash(DEFAULT_CAPACITY).unwrap()));
    let backups = Backups::new(&place.data());
    let taken = backups.take(&mut link(&board), None, &mut Work::unwatched()).unwrap().backup;
    let mut lines = kept(&backups, &board);
    lines.extend(files(&taken, &place));
    lines.extend(taking());
    lines.extend(giving_back(&taken, &board));
    let lines = lines.into_iter().map(|line| line.calling(board.path().to_str().unwrap(), PORT));
    place.settle(lines.collect())
}

/// What is asked for in the folder of the backups.
fn kept(backups: &Backups, board: &Board) -> Vec<Line> {
    let again = backups.take(&mut link(board), None, &mut Work::unwatched()).unwrap().backup;
    let first = backups.list().unwrap().backups.pop().unwrap();
    let lines = vec![
        Line::of("No backup is called so", &backups.find("porch").unwrap_err()),
        Line::of("Two backups are called so", &backups.find("a0:b1:c2:00:00:07").unwrap_err())
            .calling(&again.id, "5e1f0a77")
            .calling(&first.id, "c03d9b21"),
        Line::of(
            "This board was never backed up",
            &backups.newest_of(Some("a0:b1:c2:00:00:09")).unwrap_err(),
        ),
        Line::of("The board keeps its MAC address to itself", &backups.newest_of(None).unwrap_err()),
        Line::of(
            "The backup is gone by now",
            &backups.delete(&backups.folder().join("gone.zip")).unwrap_err(),
        ),
    ];
    backups.delete(&again.path).unwrap();
    lines
}

/// Names, and what is in them.
type Files<'a> = &'a [(&'a str, &'a [u8])];

fn zip(path: &Path, files: Files<'_>) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

/// Files that are no backups, or no more.
fn files(good: &Backup, place: &Place) -> Vec<Line> {
    let about = serde_json::to_value(&good.about).unwrap();
    let mut newer = about.clone();
    newer["format"] = 2.into();
    let (about, newer) = (about.to_string(), newer.to_string());
    let path = place.path("mine.zip");
    let of = |symptom, error: &BackupError| {
        let BackupError::Damaged { flaw, .. } = error else { panic!("{error:?}") };
        Line::within(symptom, error, flaw)
    };
    let mut lines = vec![of("The path of a backup is wrong", &Backup::open(&path).unwrap_err())];
    std::fs::create_dir(&path).unwrap();
    lines.push(of("The path of a backup is a folder's", &Backup::open(&path).unwrap_err()));
    std::fs::remove_dir(&path).unwrap();
    std::fs::write(&path, "buy milk").unwrap();
    lines.push(of("The file is no zip file", &Backup::open(&path).unwrap_err()));
    let long = vec![b' '; 300 << 10];
    let zips: [(_, Files<'_>); 5] = [
        ("The zip file is no backup", &[("notes.txt", b"buy milk")]),
        ("Its description is longer than any", &[("backup.json", &long)]),
        ("Its description is another program's", &[("backup.json", b"{}")]),
        ("A later Skylift wrote it", &[("backup.json", newer.as_bytes())]),
        (
            "Somebody has changed the flash in it",
            &[("backup.json", about.as_bytes()), ("flash.bin", b"milk")],
        ),
    ];
    for (symptom, files) in zips {
        zip(&path, files);
        lines.push(of(symptom, &Backup::open(&path).and_then(|backup| backup.verify()).unwrap_err()));
    }
    let part = Part::Partition("spiffs".to_owned());
    lines
        .push(Line::of("It has no such partition", &good.export(&part, &place.path("out.bin")).unwrap_err()));
    let nowhere = place.path("missing").join("out.bin");
    lines.push(Line::of(
        "The folder to export to is missing",
        &good.export(&Part::Whole, &nowhere).unwrap_err(),
    ));
    lines
}

/// Boards that give no backup.
fn taking() -> [Line; 2] {
    let board = with_fuses(Security { secure_download: true, ..Security::default() });
    let backups = Backups::new(&Place::new().data());
    let hidden = backups.take(&mut link(&board), None, &mut Work::unwatched()).unwrap_err();
    // No simulated board has a flash of that size.
    let large = BackupError::FlashTooLarge { port: port(), size: 64 << 20 };
    [
        at("Secure download mode is burnt in, and a backup is wanted", &board, &hidden),
        Line::of("The flash is larger than a backup can be", &large),
    ]
}

/// Boards that a backup does not fit.
fn giving_back(backup: &Backup, own: &Board) -> Vec<Line> {
    let refused = |symptom, board: &Board, part: &Part| {
        let error = Restore::prepare(backup, part, &mut link(board), &mut Work::unwatched()).err().unwrap();
        at(symptom, board, &error)
    };
    let with = |flash, chip| {
        let mut config = BoardConfig::with_mac(MAC, FlashSource::Blank(flash));
        config.device.chip = chip;
        plugged(config)
    };
    let nvs = Part::Partition("nvs".to_owned());
    let mut lines = vec![
        refused("It is of another chip", &with(DEFAULT_CAPACITY, Chip::Esp32C6), &Part::Whole),
        refused("It is of a larger or smaller flash", &with(8 << 20, Chip::Esp32C3), &Part::Whole),
        refused(
            "Secure boot was burnt in since",
            &with_fuses(Security { secure_boot: true, ..Security::default() }),
            &Part::Whole,
        ),
        refused("One partition is wanted, and the board has none of that name", &blank(), &nvs),
    ];
    let table = backup.flash().unwrap()[0x8000..0x9000].to_vec();
    for (symptom, at, byte) in [
        ("One partition is wanted, and the board has it elsewhere", 9, 0x30),
        ("One partition is wanted, and the board has another kind of that name", 3, 0x06),
    ] {
        let mut table = table.clone();
        table[at] = byte;
        // Without an MD5 the table ends where it did, and what is changed is not seen by it.
        table[7 * 32..].fill(0xFF);
        put(&mut link(own), 0x8000, &table);
        lines.push(refused(symptom, own, &nvs));
    }
    lines
}
