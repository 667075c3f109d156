//! What goes wrong on a cable is told as what it is, and soon; the flash never holds what nobody wrote.

use std::time::{Duration, Instant};

use skylift::usb::wire::{Link, PIECE};
use skylift::usb::{Cancel, Step, UsbError, Work};
use skylift_simulator::faults::FlashFault;
use skylift_simulator::serial::{Board, GoodFor, Noise, SerialFaults};

use crate::boards::{Heard, approach, blank, bytes, expect, link};

/// Nobody waits longer for bad news.
const SOON: Duration = Duration::from_secs(30);

fn write(link: &mut Link, data: &[u8]) -> Result<(), UsbError> {
    link.write(Step::App, 0x1_0000, data, &mut Work::unwatched()).map(drop)
}

/// Each piece is as before, or as written; at most the one under way is anything else.
fn assert_whole_pieces(board: &Board, data: &[u8]) {
    let flash = board.flash();
    let pieces = data.chunks(PIECE as usize).zip(flash[0x1_0000..].chunks(PIECE as usize));
    let odd = pieces.filter(|(new, is)| *new != &is[..new.len()] && is.iter().any(|&byte| byte != 0xFF));
    assert!(odd.count() <= 1);
}

#[test]
fn a_damaged_byte_now_and_then_is_lived_with() {
    let board = blank();
    let mut link = link(&board);
    let now_and_then = GoodFor { baud: 1, every: 150_001 };
    board.set_faults(SerialFaults { good_for: Some(now_and_then), ..SerialFaults::default() });
    let data = bytes(5, 6 * PIECE as usize);
    write(&mut link, &data).unwrap();
    assert_eq!(board.flash()[0x1_0000..][..data.len()], data);
    let read = link.read(Step::Read, 0x1_0000, data.len() as u32, &mut Work::unwatched()).unwrap();
    assert_eq!(read, data);
}

#[test]
fn on_a_line_that_is_all_noise_nothing_is_called_written_that_is_not() {
    let board = blank();
    let mut link = link(&board);
    let noise = Some(Noise { seed: 1, inside: Some(5_000) });
    board.set_faults(SerialFaults { noise, ..SerialFaults::default() });
    let (data, started) = (bytes(5, 3 * PIECE as usize), Instant::now());
    match write(&mut link, &data) {
        Ok(()) => assert_eq!(board.flash()[0x1_0000..][..data.len()], data),
        Err(UsbError::Damaged { .. } | UsbError::Silent { .. } | UsbError::Refused { .. }) => {}
        Err(error) => panic!("{error:?}"),
    }
    assert!(started.elapsed() < 2 * SOON, "{:?}", started.elapsed());
}

#[test]
fn lost_answers_are_asked_for_again() {
    let board = blank();
    let mut link = link(&board);
    board.set_faults(SerialFaults { lose_answer: Some(25), ..SerialFaults::default() });
    let (data, heard) = (bytes(6, 4 * PIECE as usize), Heard::default());
    let before = board.wire().bytes_in;
    link.write(Step::App, 0x1_0000, &data, &mut heard.work()).unwrap();
    assert_eq!(board.flash()[0x1_0000..][..data.len()], data);
    let done = heard.done();
    assert!(done.is_sorted() && done.last() == Some(&(data.len() as u64)), "{done:?}");
    let sent = (board.wire().bytes_in - before) as usize;
    assert!(sent < data.len() * 3 / 2, "{sent} bytes: what has arrived is not sent again");
}

#[test]
fn a_board_that_is_pulled_out_is_gone_at_once() {
    let board = blank();
    let mut link = link(&board);
    board.set_faults(SerialFaults { vanish_at: Some(100_000), ..SerialFaults::default() });
    let (data, started) = (bytes(7, 4 * PIECE as usize), Instant::now());
    expect(write(&mut link, &data), |error| matches!(error, UsbError::Gone { .. }));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_whole_pieces(&board, &data);
}

#[test]
fn a_board_that_falls_silent_is_told_so_soon() {
    let board = blank();
    let mut link = link(&board);
    board.set_faults(SerialFaults { stall_at: Some(100_000), ..SerialFaults::default() });
    let (data, started) = (bytes(8, 4 * PIECE as usize), Instant::now());
    expect(write(&mut link, &data), |error| matches!(error, UsbError::Silent { .. }));
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    assert_whole_pieces(&board, &data);
}

#[test]
fn a_board_that_never_answers_is_told_so_soon() {
    let board = blank();
    board.set_faults(SerialFaults { stall_at: Some(0), ..SerialFaults::default() });
    let started = Instant::now();
    let error = expect(Link::connect(&approach(&board), &mut Work::unwatched()), |error| {
        matches!(error, UsbError::NoAnswer { has_lines: false, .. })
    });
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    assert!(error.to_string().contains(board.path().to_str().unwrap()), "{error}");
}

#[test]
fn a_rate_that_the_cable_is_not_good_for_is_lowered() {
    let board = blank();
    let good = GoodFor { baud: 250_000, every: 300 };
    board.set_faults(SerialFaults { good_for: Some(good), ..SerialFaults::default() });
    let heard = Heard::default();
    let mut link = Link::connect(&approach(&board), &mut heard.work()).unwrap();
    let data = bytes(9, 3 * PIECE as usize);
    link.write(Step::App, 0x1_0000, &data, &mut heard.work()).unwrap();
    assert_eq!(board.flash()[0x1_0000..][..data.len()], data);
    let rates = heard.rates();
    assert!(rates.is_sorted_by(|a, b| a >= b) && rates.last() == Some(&230_400), "{rates:?}");
}

#[test]
fn flash_that_does_not_keep_what_is_written_is_told_with_its_place() {
    let board = blank();
    let mut link = link(&board);
    let worn = FlashFault::Silent { operation: 3, seed: 1 };
    let wear_out = || board.set_faults(SerialFaults { flash: worn, ..SerialFaults::default() });
    let data = bytes(10, PIECE as usize);
    // Worn for ever: whenever something is told, before each attempt.
    let mut work = Work::new(Cancel::default(), |_| wear_out());
    let written = link.write(Step::App, 0x1_0000, &data, &mut work);
    expect(written, |error| matches!(error, UsbError::NotWritten { offset: 0x1_0000, .. }));
    // Once.
    wear_out();
    write(&mut link, &data).unwrap();
    assert_eq!(board.flash()[0x1_0000..][..data.len()], data);
}
