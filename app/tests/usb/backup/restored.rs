//! A backup is given back: byte by byte, in an order that a cut does not spoil, and not to the wrong board.

use skylift::usb::backup::{Doubt, Part};
use skylift::usb::{Cancel, Step, Told, UsbError, Work};
use skylift_simulator::FlashSource;
use skylift_simulator::serial::{BoardConfig, Security};

use super::board::*;

const OTADATA: std::ops::Range<usize> = 0xD000..0xF000;

#[test]
fn backup_erase_restore_is_byte_identical() {
    let (board, place) = (board(), Place::new());
    let before = board.flash();
    let backup = place.take(&board).backup;
    let mut link = link(&board);
    link.erase(0, link.flash_size(), &mut Work::unwatched()).unwrap();
    assert!(board.flash().iter().all(|&byte| byte == 0xFF));
    let restore = prepare(&backup, &Part::Whole, &mut link).unwrap();
    assert_eq!(restore.doubt(), None);
    let mut told = Vec::new();
    let mut work = Work::new(Cancel::default(), |it| told.push(it));
    let written = restore.write(&mut link, &mut work).unwrap();
    drop(work);
    assert!(board.flash() == before, "the flash is another");
    assert_eq!(written.bytes, before.len() as u64);
    // One step, that only goes forward, to its end.
    let steps: Vec<_> =
        told.iter().filter_map(|it| if let Told::Progress(it) = it { Some(it) } else { None }).collect();
    assert!(steps.iter().all(|it| it.step == Step::Restore && it.total == before.len() as u64));
    assert!(steps.windows(2).all(|two| two[0].done <= two[1].done), "{steps:?}");
    assert_eq!(steps.last().map(|it| it.done), Some(before.len() as u64));
    let read = link.read(Step::Read, 0, link.flash_size(), &mut Work::unwatched()).unwrap();
    assert!(read == before, "what is read is another");
}

#[test]
fn otadata_comes_last() {
    let (board, place) = (board(), Place::new());
    let before = board.flash();
    let backup = place.take(&board).backup;
    let mut link = link(&board);
    link.erase(0, link.flash_size(), &mut Work::unwatched()).unwrap();
    let restore = prepare(&backup, &Part::Whole, &mut link).unwrap();
    let cancel = Cancel::default();
    let calls_off = cancel.clone();
    let all_but = restore.size() - OTADATA.len() as u64;
    let mut work = Work::new(cancel, move |told| {
        if matches!(told, Told::Progress(progress) if progress.done >= all_but) {
            calls_off.cancel();
        }
    });
    let ended = restore.write(&mut link, &mut work);
    assert!(matches!(ended, Err(UsbError::Cancelled)), "{ended:?}");
    let now = board.flash();
    assert!(now[..OTADATA.start] == before[..OTADATA.start] && now[OTADATA.end..] == before[OTADATA.end..]);
    assert!(now[OTADATA].iter().all(|&byte| byte == 0xFF));
    // The same again sends what is missing.
    let written = restore.write(&mut link, &mut Work::unwatched()).unwrap();
    let used = before[OTADATA].chunks(4096).filter(|sector| sector.iter().any(|&byte| byte != 0xFF)).count();
    assert_eq!((written.bytes - written.unchanged) as usize, used * 4096);
    assert!(board.flash() == before);
}

#[test]
fn a_partition_is_given_back_alone() {
    let (board, place) = (board(), Place::new());
    let backup = place.take(&board).backup;
    let before = board.flash();
    let mut link = link(&board);
    for offset in [0x9000, 0x3D_0000] {
        link.write(Step::App, offset, b"overwritten", &mut Work::unwatched()).unwrap();
    }
    let changed = board.flash();
    let restore = prepare(&backup, &Part::Partition("skylift".to_owned()), &mut link).unwrap();
    assert_eq!(restore.size(), 0x1_0000);
    restore.write(&mut link, &mut Work::unwatched()).unwrap();
    let now = board.flash();
    assert!(now[0x3D_0000..0x3E_0000] == before[0x3D_0000..0x3E_0000]);
    assert!(now[..0x3D_0000] == changed[..0x3D_0000], "something else was written");
    let error = prepare(&backup, &Part::Partition("spiffs".to_owned()), &mut link).err().unwrap();
    assert!(error.starts_with("this backup has no partition \"spiffs\"; it has nvs, otadata, "), "{error}");
}

#[test]
fn a_partition_goes_only_where_the_board_has_the_same() {
    let (board, place) = (board(), Place::new());
    let backup = place.take(&board).backup;
    let mut link = link(&board);
    let mut refused = |table: &[(usize, u8)]| {
        let mut sector = backup.flash().unwrap()[0x8000..0x9000].to_vec();
        for (at, byte) in table {
            sector[*at] = *byte;
        }
        // Without an MD5 the table ends where it did, and what is changed is not seen by it.
        sector[7 * 32..].fill(0xFF);
        link.write(Step::PartitionTable, 0x8000, &sector, &mut Work::unwatched()).unwrap();
        prepare(&backup, &Part::Partition("nvs".to_owned()), &mut link).err()
    };
    assert_eq!(refused(&[]), None);
    let moved = refused(&[(9, 0x30)]).unwrap();
    assert!(moved.contains("was 16384 bytes at 0x9000 when it was backed up"), "{moved}");
    assert!(moved.contains("it is 12288 bytes at 0x9000"), "{moved}");
    let renamed = refused(&[(12, b'm')]).unwrap();
    assert!(renamed.contains("has no partition \"nvs\" now"), "{renamed}");
    let typed = refused(&[(3, 0x06)]).unwrap();
    assert!(typed.contains("is of another type"), "{typed}");
    link.erase(0x8000, 0x1000, &mut Work::unwatched()).unwrap();
    let error = prepare(&backup, &Part::Partition("nvs".to_owned()), &mut link).err().unwrap();
    assert!(error.contains("has no partition \"nvs\" now"), "{error}");
}

#[test]
fn another_board_is_a_doubt_and_a_board_that_it_does_not_fit_is_refused() {
    let (board, place) = (board(), Place::new());
    let backup = place.take(&board).backup;
    let other = board_with([0xA0, 0xB1, 0xC2, 0, 0, 9], "1.0.0");
    let mut to_other = link(&other);
    let restore = prepare(&backup, &Part::Whole, &mut to_other).unwrap();
    let doubt = Doubt::OtherBoard { backup: MAC_TEXT.to_owned(), board: "a0:b1:c2:00:00:09".to_owned() };
    assert_eq!(restore.doubt(), Some(&doubt));
    // Its app is nobody's own.
    let app = prepare(&backup, &Part::Partition("ota_0".to_owned()), &mut to_other).unwrap();
    assert_eq!(app.doubt(), None);
    let larger = plugged(BoardConfig::with_mac(MAC, FlashSource::Blank(8 << 20)));
    let error = prepare(&backup, &Part::Whole, &mut link(&larger)).err().unwrap();
    assert!(error.starts_with("this backup has 4194304 bytes, and the flash of the board on "), "{error}");
    let security = Security { secure_boot: true, ..Security::default() };
    let locked = plugged(BoardConfig { security, ..BoardConfig::with_mac(MAC, FlashSource::Blank(4 << 20)) });
    let error = prepare(&backup, &Part::Whole, &mut link(&locked)).err().unwrap();
    assert!(error.contains("useless on the board"), "{error}");
}

#[test]
fn a_damaged_backup_is_refused_before_anything_is_written() {
    let (board, place) = (board(), Place::new());
    let backup = place.take(&board).backup;
    let before = board.flash();
    let mut bytes = std::fs::read(&backup.path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&backup.path, bytes).unwrap();
    let error = prepare(&backup, &Part::Whole, &mut link(&board)).err().unwrap();
    assert!(error.contains("this backup cannot be used"), "{error}");
    assert!(board.flash() == before);
}
