//! A backup is taken: whole, readable without Skylift, and cheap the second time.

use esp_idf_part::PartitionTable;
use skylift::usb::backup::{BackupError, Flaw, Part};
use skylift::usb::wire::{Loader, PIECE};
use skylift::usb::{Cancel, Step, Told, UsbError, Work};
use skylift_protocol::Chip;
use skylift_simulator::FlashSource;
use skylift_simulator::serial::{BoardConfig, Security};

use super::board::*;

#[test]
fn a_backup_is_the_whole_flash_and_says_what_it_is() {
    let (board, place) = (board(), Place::new());
    let before = board.flash();
    let taken = place.take(&board);
    assert_eq!(taken.backup.flash().unwrap(), before);
    assert_eq!(taken.blank + taken.shared + taken.read, before.len() as u64);
    assert!(taken.read >= 256 << 10 && taken.shared == 0, "{} {}", taken.read, taken.shared);
    let about = &taken.backup.about;
    assert_eq!((about.chip.as_str(), about.mac.as_deref()), ("ESP32-C3", Some(MAC_TEXT)));
    assert_eq!(about.held.flash_size as usize, before.len());
    let names: Vec<_> = about.held.partitions.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["nvs", "otadata", "phy_init", "ota_0", "ota_1", "skylift", "skylift_journal"]);
    let [first, second] = about.held.slots.as_slice() else { panic!("{:?}", about.held.slots) };
    let image = first.image.as_ref().unwrap();
    assert!(first.chosen && image.whole && image.version == "1.0.0", "{first:?}");
    assert!(!second.chosen && second.image.is_none(), "{second:?}");
    assert_eq!(place.backups.list().unwrap().backups, [taken.backup]);
    // The board is as it was.
    assert!(board.flash() == before);
}

#[test]
fn every_chip_is_backed_up_by_both_loaders_and_restored() {
    for chip in [Chip::Esp32, Chip::Esp32S3, Chip::Esp32C3, Chip::Esp32C6] {
        for loader in [Loader::Stub, Loader::Rom] {
            let mut flash = vec![0xFF; 1 << 20];
            flash[0x2_0000..0x2_0400].fill(0x5A);
            let mut config = BoardConfig::new(FlashSource::Bytes(flash.clone()));
            config.device.chip = chip;
            let (board, place) = (plugged(config), Place::new());
            let mut link = link_by(&board, loader);
            let backup = place.backups.take(&mut link, None, &mut Work::unwatched()).unwrap().backup;
            assert!(backup.flash().unwrap() == flash, "{chip} {loader:?}");
            link.write(Step::App, 0, b"another", &mut Work::unwatched()).unwrap();
            let restore = prepare(&backup, &Part::Whole, &mut link).unwrap();
            restore.write(&mut link, &mut Work::unwatched()).unwrap();
            assert!(board.flash() == flash, "{chip} {loader:?}");
        }
    }
}

#[test]
fn other_programs_read_it() {
    let (board, place) = (board(), Place::new());
    let backup = place.take(&board).backup;
    let names = "import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(*z.namelist())";
    if let Some(names) = python(names, &backup.path) {
        assert_eq!(names.trim(), "backup.json partitions.csv flash.bin");
    }
    let mut zip = zip::ZipArchive::new(std::fs::File::open(&backup.path).unwrap()).unwrap();
    let csv = std::io::read_to_string(zip.by_name("partitions.csv").unwrap()).unwrap();
    let table = PartitionTable::try_from_str(&csv).unwrap().to_bin().unwrap();
    let flash = backup.flash().unwrap();
    assert_eq!(table, flash[0x8000..0x8000 + table.len()], "{csv}");
}

#[cfg(unix)]
#[test]
fn it_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (board, place) = (board(), Place::new());
    let backup = place.take(&board).backup;
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&backup.path), mode(place.backups.folder())), (0o600, 0o700));
}

#[test]
fn what_an_earlier_backup_holds_is_not_sent_again() {
    let (board, place) = (board(), Place::new());
    let first = place.take(&board);
    let sent = || board.wire().bytes_out;
    let (mut link, before) = (link(&board), sent());
    let second = place.backups.take(&mut link, None, &mut Work::unwatched()).unwrap();
    assert_eq!((second.read, second.shared, second.shared_with), (0, first.read, 1));
    let again = sent() - before;
    assert!(again * 10 <= first.read, "{again} bytes were sent for {}", first.read);
    assert_eq!(second.backup.flash().unwrap(), board.flash());
    // One piece changes: that piece alone is sent.
    link.write(Step::App, 0x2F_0000, b"another", &mut Work::unwatched()).unwrap();
    let third = place.backups.take(&mut link, None, &mut Work::unwatched()).unwrap();
    assert_eq!((third.read, third.shared), (PIECE.into(), first.read));
    assert_eq!(third.backup.flash().unwrap(), board.flash());
}

#[test]
fn a_damaged_backup_lends_nothing() {
    let (board, place) = (board(), Place::new());
    let first = place.take(&board).backup;
    let mut bytes = std::fs::read(&first.path).unwrap();
    // In the middle of the packed flash; the description, which names the pieces, stays whole.
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xFF;
    std::fs::write(&first.path, bytes).unwrap();
    let second = place.take(&board);
    assert_eq!(second.shared, 0);
    assert_eq!(second.backup.flash().unwrap(), board.flash());
    assert!(matches!(
        first.verify(),
        Err(BackupError::Damaged { flaw: Flaw::Unreadable(_) | Flaw::OtherBytes, .. })
    ));
    second.backup.verify().unwrap();
}

#[test]
fn one_that_is_called_off_leaves_nothing() {
    let (board, place) = (board(), Place::new());
    let mut link = link(&board);
    let cancel = Cancel::default();
    let calls_off = cancel.clone();
    let mut work = Work::new(cancel, |told| {
        if matches!(told, Told::Progress(progress) if progress.done > 0) {
            calls_off.cancel();
        }
    });
    let ended = place.backups.take(&mut link, None, &mut work);
    assert!(matches!(ended, Err(UsbError::Cancelled)), "{ended:?}");
    assert_eq!(place.backups.folder().read_dir().unwrap().count(), 0);
}

#[test]
fn a_folder_that_takes_no_backup_is_told_before_the_board_is_read() {
    let (board, place) = (board(), Place::new());
    std::fs::create_dir_all(place.path("data")).unwrap();
    std::fs::write(place.path("data/backups"), b"no folder").unwrap();
    let mut link = link(&board);
    let before = board.wire().bytes_out;
    let error = place.backups.take(&mut link, None, &mut Work::unwatched()).unwrap_err();
    assert!(error.to_string().contains("the backup cannot be written"), "{error}");
    assert_eq!(board.wire().bytes_out, before);
}

#[test]
fn a_chip_that_shows_nothing_says_so() {
    let security = Security { secure_download: true, ..Security::default() };
    let board = plugged(BoardConfig { security, ..BoardConfig::blank() });
    let place = Place::new();
    let mut link = link(&board);
    let error = place.backups.take(&mut link, None, &mut Work::unwatched()).unwrap_err();
    assert!(error.to_string().contains("secure download mode is on"), "{error}");
}
