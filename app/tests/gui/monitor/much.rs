//! Much of it: 100,000 lines, a board that never stops, noise.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use egui::{Key, Modifiers};

use super::board::{Board, read};
use crate::desk::{Desk, WIDE};
use crate::world::World;

#[test]
fn a_hundred_thousand_lines_are_kept_and_then_nothing_is_drawn() {
    const LINES: usize = 100_500;
    let mut board = Board::new();
    let mut desk = Desk::open(World::empty(), WIDE);
    read(&mut desk, &board);
    let says = std::thread::spawn(move || {
        for number in 0..LINES {
            board.says(format!("I ({number}) main: line {number} of many\r\n"));
        }
        board
    });
    let last = format!("line {} of many", LINES - 1);
    desk.until("the last line", |desk| desk.shows(&last).then_some(()));
    let _board = says.join().unwrap();
    assert!(desk.shows("100,000 lines"));
    desk.key(Modifiers::NONE, Key::Home);
    desk.wait_for("line 500 of many");
    desk.type_into("Search, or /regex/", "line 77777 ");
    desk.wait_for("1 match");
    desk.key(Modifiers::NONE, Key::Enter);
    desk.wait_for("line 77777 of many");
    desk.settle();
    desk.until("rest", |desk| (desk.pictures_within(Duration::from_secs(1)) == 0).then_some(()));
    assert_eq!(desk.pictures_within(Duration::from_secs(5)), 0, "an idle monitor is not drawn");
}

#[test]
fn a_board_that_never_stops_draws_it_ten_times_a_second() {
    const TIME: Duration = Duration::from_secs(3);
    let mut board = Board::new();
    let mut desk = Desk::open(World::empty(), WIDE);
    read(&mut desk, &board);
    let end = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&end);
    let says = std::thread::spawn(move || {
        let mut number = 0;
        while !stop.load(Ordering::Relaxed) {
            board.says(format!("I ({number}) main: line {number}\r\n"));
            number += 1;
        }
        board
    });
    let lines = |desk: &Desk| desk.harness.state().state().monitor.log.next();
    desk.settle();
    // More than there is room for: the scroll bar has come, and its coming is no news of the board.
    desk.until("lines", |desk| (lines(desk) > 1000).then_some(()));
    desk.pictures_within(Duration::from_secs(1));
    let before = lines(&desk);
    let pictures = desk.pictures_within(TIME);
    let lines = lines(&desk) - before;
    end.store(true, Ordering::Relaxed);
    says.join().unwrap();
    assert!(lines > 1000 && pictures > 3, "{lines} lines, {pictures} pictures");
    assert!(pictures <= 10 * TIME.as_secs() as usize + 1, "{pictures} pictures in {TIME:?}");
}

#[test]
fn noise_is_shown_and_does_nothing() {
    let seed = u64::from(std::process::id());
    println!("seed {seed}");
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    // No letters beyond Latin come of these: the fonts of a test have no others.
    let bytes: Vec<u8> =
        (0..=0x7F).chain([0xFF, 0xFE, 0xC0, 0xC1, 0xF8, 0x1B, 0x1B, b'[', b'm', b';']).collect();
    let mut noise: Vec<u8> = (0..300_000).map(|_| bytes[next() % bytes.len()]).collect();
    noise.extend(b"\x1b[2J\x1b]0;title\x07\x1b[31m");
    noise.extend([b'x'; 20_000]);
    noise.extend(b"\r\n\x1b[0mI (1) main: after all that\r\n");
    let mut board = Board::new();
    let mut desk = Desk::open(World::empty(), WIDE);
    read(&mut desk, &board);
    let says = std::thread::spawn(move || {
        board.says(noise);
        board
    });
    desk.wait_for("after all that");
    let _board = says.join().unwrap();
    let end = Instant::now() + Duration::from_secs(2);
    for key in [Key::PageUp, Key::PageUp, Key::Home, Key::PageDown, Key::End] {
        desk.key(Modifiers::NONE, key);
        desk.draw();
        for text in desk.texts() {
            assert!(!text.contains(|c: char| c.is_control()), "{text:?}");
        }
    }
    assert!(Instant::now() < end + Duration::from_secs(20), "it is drawn in time");
    desk.type_into("Search, or /regex/", "x");
    desk.wait_for("matches");
}
