//! The link to a loader: read, written, erased, left, by the stub and by the ROM alone.

use skylift::usb::wire::{After, Approach, Link, Loader, PIECE};
use skylift::usb::{Cancel, Progress, Step, Told, UsbError, Work};
use skylift_protocol::Chip;
use skylift_updater::SECTOR;

use crate::boards::{Heard, approach, blank, bytes, expect, link};

const LOADERS: [Loader; 2] = [Loader::Stub, Loader::Rom];

fn link_with(board: &skylift_simulator::serial::Board, loader: Loader) -> Link {
    Link::connect(&Approach { loader, ..approach(board) }, &mut Work::unwatched()).unwrap()
}

#[test]
fn what_is_written_is_in_the_flash_and_is_read() {
    for loader in LOADERS {
        let board = blank();
        let mut link = link_with(&board, loader);
        let data = bytes(1, 0x1_2345);
        let heard = Heard::default();
        let written = link.write(Step::App, 0x1F000, &data, &mut heard.work()).unwrap();
        assert_eq!((written.bytes, written.unchanged), (0x1_2345, 0), "{loader:?}");
        assert_eq!(board.flash()[0x1F000..][..data.len()], data, "{loader:?}");
        assert!(board.flash()[..0x1F000].iter().all(|&byte| byte == 0xFF));
        let read = link.read(Step::Read, 0x1F000, data.len() as u32, &mut Work::unwatched()).unwrap();
        assert_eq!(read, data, "{loader:?}");
        let last = heard.all().pop().unwrap();
        let all = Progress { step: Step::App, done: 0x1_2345, total: 0x1_2345, unchanged: 0 };
        assert_eq!(last, Told::Progress(all));
    }
}

#[test]
fn progress_never_goes_back_and_unchanged_pieces_are_not_sent() {
    let board = blank();
    let mut link = link(&board);
    let mut data = bytes(2, 4 * PIECE as usize);
    link.write(Step::App, 0x1_0000, &data, &mut Work::unwatched()).unwrap();
    data[2 * PIECE as usize + 7] ^= 1;
    let (before, heard) = (board.wire(), Heard::default());
    let written = link.write(Step::App, 0x1_0000, &data, &mut heard.work()).unwrap();
    let sent = board.wire().bytes_in - before.bytes_in;
    assert_eq!((written.bytes, written.unchanged), (u64::from(4 * PIECE), u64::from(4 * PIECE - SECTOR)));
    assert!(sent < u64::from(SECTOR) * 3 / 2, "{sent} bytes were sent for one sector");
    assert_eq!(board.flash()[0x1_0000..][..data.len()], data);
    let done = heard.done();
    assert!(done.is_sorted(), "{done:?}");
}

#[test]
fn what_has_changed_here_and_there_is_sent_and_nothing_between() {
    let board = blank();
    let mut link = link(&board);
    let (mut data, piece) = (bytes(2, 7 * PIECE as usize + 6), PIECE as usize);
    link.write(Step::App, 0x1_0000, &data, &mut Work::unwatched()).unwrap();
    // All of the second, the end of the third, the beginning of the fourth, and of the last, which is no whole word, all.
    data[piece..2 * piece].iter_mut().for_each(|byte| *byte ^= 1);
    for at in [3 * piece - 1, 3 * piece, 7 * piece + 5] {
        data[at] ^= 1;
    }
    let (before, heard) = (board.wire(), Heard::default());
    let written = link.write(Step::App, 0x1_0000, &data, &mut heard.work()).unwrap();
    let sent = board.wire().bytes_in - before.bytes_in;
    assert_eq!((written.bytes, written.unchanged), (data.len() as u64, u64::from(6 * PIECE - 2 * SECTOR)));
    assert!(sent < u64::from(PIECE) * 13 / 10, "{sent} bytes were sent for a piece, two sectors and a bit");
    assert_eq!(board.flash()[0x1_0000..][..data.len()], data);
    let done = heard.done();
    assert!(done.is_sorted() && done.last() == Some(&(data.len() as u64)), "{done:?}");
}

#[test]
fn whole_sectors_are_erased_and_nothing_else() {
    for loader in LOADERS {
        let board = blank();
        let mut link = link_with(&board, loader);
        let data = bytes(3, 0x2_4000);
        link.write(Step::App, 0xE000, &data, &mut Work::unwatched()).unwrap();
        link.erase(0xF000, 0x1_2000, &mut Work::unwatched()).unwrap();
        let flash = board.flash();
        assert_eq!(flash[0xE000..0xF000], data[..0x1000], "{loader:?}");
        assert!(flash[0xF000..0x2_1000].iter().all(|&byte| byte == 0xFF), "{loader:?}");
        assert_eq!(flash[0x2_1000..0x3_2000], data[0x1_3000..], "{loader:?}");
    }
}

#[test]
fn what_is_not_in_the_flash_is_refused_before_anything_is_sent() {
    let board = blank();
    let mut link = link(&board);
    let before = board.wire();
    let work = &mut Work::unwatched();
    let end = link.flash_size();
    expect(link.read(Step::Read, end - 4, 8, work), |error| matches!(error, UsbError::OutOfFlash { .. }));
    expect(link.write(Step::App, u32::MAX - 0xFFF, &[0; 8], work), |error| {
        matches!(error, UsbError::OutOfFlash { .. })
    });
    expect(link.write(Step::App, 0x1001, &[0; 8], work), |error| {
        matches!(error, UsbError::NotASector { .. })
    });
    expect(link.erase(0, end + 0x1000, work), |error| matches!(error, UsbError::OutOfFlash { .. }));
    assert_eq!(board.wire(), before);
}

#[test]
fn cancelled_work_ends_soon_and_the_loader_goes_on() {
    let board = blank();
    let mut link = link(&board);
    let data = bytes(4, 6 * PIECE as usize);
    let cancel = Cancel::default();
    let mut work = Work::new(cancel.clone(), move |told| {
        if matches!(told, Told::Progress(Progress { done, .. }) if done >= u64::from(2 * PIECE) + 5) {
            cancel.cancel();
        }
    });
    expect(link.write(Step::App, 0x1_0000, &data, &mut work), |error| matches!(error, UsbError::Cancelled));
    // An answer says that the packet before it is in the flash.
    let read = link.read(Step::Read, 0, PIECE, &mut Work::unwatched()).unwrap();
    assert!(read.iter().all(|&byte| byte == 0xFF));
    let flash = board.flash();
    let (whole, under_way) = (2 * PIECE as usize, 3 * PIECE as usize);
    assert_eq!(flash[0x1_0000..][..whole], data[..whole]);
    assert!(flash[0x1_0000 + under_way..].iter().all(|&byte| byte == 0xFF));
    link.write(Step::App, 0x1_0000, &data, &mut Work::unwatched()).unwrap();
    assert_eq!(board.flash()[0x1_0000..][..data.len()], data);
}

#[test]
fn a_board_is_left_in_its_loader_if_that_is_wanted() {
    for loader in LOADERS {
        let board = blank();
        let approach = Approach { after: After::NoReset, loader, ..approach(&board) };
        let link = Link::connect(&approach, &mut Work::unwatched()).unwrap();
        drop(link.leave(&mut Work::unwatched()).unwrap());
        let again = Link::connect(&approach, &mut Work::unwatched());
        assert_eq!(again.unwrap_or_else(|error| panic!("{loader:?}: {error}")).chip(), Chip::Esp32C3);
    }
}

#[test]
fn another_chip_than_the_one_asked_for_is_refused() {
    let board = blank();
    let approach = Approach { chip: Some(Chip::Esp32C6), ..approach(&board) };
    let error = expect(Link::connect(&approach, &mut Work::unwatched()), |error| {
        matches!(error, UsbError::WrongChip { .. })
    });
    let sentence = error.to_string();
    assert!(sentence.contains("esp32c6") && sentence.contains("esp32c3"), "{sentence}");
}
