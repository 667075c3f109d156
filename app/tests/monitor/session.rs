//! A monitor reads a port: through unplugging, commands and noise.

use std::time::{Duration, Instant};

use skylift::usb::UsbError;
use skylift::usb::monitor::{Command, Ending, Heard, MonitorError, Options};

use crate::pty::{Cable, Monitor};

#[test]
fn lines_arrive_in_order_and_batches_are_few() {
    let mut cable = Cable::plugged_in();
    let begun = Instant::now();
    let mut monitor = Monitor::at(&cable);
    for number in 0..20 {
        cable.say((0..100).map(|line| format!("I ({number}) x: {line}\r\n")).collect::<String>());
    }
    let texts = monitor.read(2000);
    // Ten a second, the first and the last.
    let most = begun.elapsed().as_millis() / 100 + 2;
    assert!(monitor.batches as u128 <= most, "{} batches in {:?}", monitor.batches, begun.elapsed());
    assert_eq!((texts[0].as_str(), texts[1999].as_str()), ("I (0) x: 0", "I (19) x: 99"));
    assert!(monitor.lines.iter().zip(0..).all(|(line, number)| line.number == number));
}

#[test]
fn a_line_without_end_is_shown_after_a_moment_and_becomes_the_line() {
    let mut cable = Cable::plugged_in();
    let mut monitor = Monitor::at(&cable);
    cable.say("hello\nlogin: ");
    let Heard::Partial(partial) = monitor.until(|heard| matches!(heard, Heard::Partial(_))) else {
        unreachable!()
    };
    assert_eq!((&*partial.text, partial.number), ("login: ", 1));
    cable.say("ann\n");
    assert_eq!(monitor.read(2), ["hello", "login: ann"]);
}

#[test]
fn a_board_that_is_unplugged_is_read_on_when_it_comes_back() {
    let mut cable = Cable::plugged_in();
    let mut monitor = Monitor::at(&cable);
    cable.say("before\nin the mid");
    monitor.until(|heard| matches!(heard, Heard::Partial(_)));
    cable.unplug();
    monitor.until(|heard| matches!(heard, Heard::Away));
    // What cannot be done meanwhile is told.
    monitor.session.ask(Command::line("hello", Ending::Lf));
    let not_done = monitor.until(|heard| matches!(heard, Heard::NotDone(_)));
    assert!(matches!(not_done, Heard::NotDone(UsbError::Gone { .. })), "{not_done:?}");
    cable.plug_in();
    monitor.until(|heard| matches!(heard, Heard::Connected { .. }));
    cable.say("after\n");
    assert_eq!(monitor.read(3), ["before", "in the mid", "after"]);
    assert_eq!(monitor.lines[2].number, 2);
}

#[test]
fn a_board_that_does_not_come_back_ends_it() {
    let mut cable = Cable::plugged_in();
    let options = Options { patience: Some(Duration::from_millis(300)), ..Options::new(cable.port()) };
    let mut monitor = Monitor::of(options);
    monitor.until(|heard| matches!(heard, Heard::Connected { .. }));
    cable.unplug();
    let ended = monitor.until(|heard| matches!(heard, Heard::Ended(_)));
    assert!(matches!(ended, Heard::Ended(Some(UsbError::Gone { .. }))), "{ended:?}");
}

#[test]
fn a_port_that_cannot_be_opened_ends_it_at_once() {
    let mut cable = Cable::plugged_in();
    let first = Monitor::at(&cable);
    let ended = Monitor::of(Options::new(cable.port())).until(|heard| matches!(heard, Heard::Ended(_)));
    assert!(matches!(ended, Heard::Ended(Some(UsbError::InUse { .. }))), "{ended:?}");
    first.session.stop();
    // It is free again.
    let again = Monitor::at(&cable);
    again.session.stop();
    cable.unplug();
    let ended = Monitor::of(Options::new(cable.port())).until(|heard| matches!(heard, Heard::Ended(_)));
    assert!(matches!(ended, Heard::Ended(Some(UsbError::NoPort { .. }))), "{ended:?}");
}

#[test]
fn what_is_sent_arrives_with_its_ending() {
    let mut cable = Cable::plugged_in();
    let monitor = Monitor::at(&cable);
    for (ending, bytes) in [
        (Ending::Lf, &b"wifi on\n"[..]),
        (Ending::CrLf, b"wifi on\r\n"),
        (Ending::Cr, b"wifi on\r"),
        (Ending::None, b"wifi on"),
    ] {
        monitor.session.ask(Command::line("wifi on", ending));
        assert_eq!(cable.hear(bytes.len()), bytes);
    }
    monitor.session.ask(Command::Send(vec![0, 0xFF, 3]));
    assert_eq!(cable.hear(3), [0, 0xFF, 3]);
}

#[test]
fn a_port_without_lines_cannot_reset_the_board_and_says_so() {
    let mut cable = Cable::plugged_in();
    let mut monitor = Monitor::of(Options { reset: true, ..Options::new(cable.port()) });
    let not_done = monitor.until(|heard| matches!(heard, Heard::NotDone(_)));
    let Heard::NotDone(error @ UsbError::Monitor(MonitorError::NoResetLines { .. })) = not_done else {
        panic!("{not_done:?}")
    };
    assert!(error.to_string().ends_with("ttyBOARD has no lines that could reset the board"), "{error}");
    cable.say("it goes on\n");
    monitor.read(1);
}

#[test]
fn another_rate_ends_the_line_that_has_begun() {
    let mut cable = Cable::plugged_in();
    let mut monitor = Monitor::at(&cable);
    cable.say("\u{1}\u{2}");
    monitor.until(|heard| matches!(heard, Heard::Partial(_)));
    monitor.session.ask(Command::Baud(921_600));
    monitor.until(|heard| matches!(heard, Heard::Connected { baud: 921_600, .. }));
    cable.say("clear\n");
    assert_eq!(monitor.read(2), [r"\x01\x02", "clear"]);
}

#[test]
fn a_log_is_added_to_a_file_as_it_arrives() {
    let mut cable = Cable::plugged_in();
    let file = cable.folder().join("board.log");
    std::fs::write(&file, "kept\n").unwrap();
    let mut monitor = Monitor::at(&cable);
    monitor.session.ask(Command::LogTo(Some(file.clone())));
    monitor.until(|heard| matches!(heard, Heard::LogsTo(Some(path)) if *path == file));
    cable.say("I (1) wifi: \x1b[32mjoined\x1b[0m\n");
    monitor.read(1);
    monitor.session.ask(Command::LogTo(None));
    monitor.until(|heard| matches!(heard, Heard::LogsTo(None)));
    cable.say("not in the file\n");
    monitor.read(2);
    let text = std::fs::read_to_string(&file).unwrap();
    let (kept, line) = text.trim_end().split_once('\n').unwrap();
    assert_eq!(kept, "kept");
    let (time, line) = line.split_once("  ").unwrap();
    assert_eq!((time.len(), line), ("2026-11-23 07:35:25.123".len(), "I (1) wifi: joined"));
    monitor.session.ask(Command::LogTo(Some(cable.folder().join("no/such/folder"))));
    let not_done = monitor.until(|heard| matches!(heard, Heard::NotDone(_)));
    assert!(matches!(not_done, Heard::NotDone(UsbError::Monitor(MonitorError::File { .. }))), "{not_done:?}");
}

#[test]
fn noise_is_read_as_lines_that_can_be_shown() {
    let mut cable = Cable::plugged_in();
    let mut monitor = Monitor::at(&cable);
    let mut state = 0x9E37_79B9_u32;
    let mut noise: Vec<u8> = (0..50_000)
        .map(|_| {
            // Xorshift: the same noise in each run.
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_le_bytes()[1]
        })
        .collect();
    noise.extend(b"\x1b\\\x1b[0m\nthe end\n");
    cable.say(noise);
    monitor.read_until("the end");
    for line in &monitor.lines {
        assert!(!line.text.contains(char::is_control), "{line:?}");
        assert!(line.spans.iter().all(|span| line.text.get(span.bytes.clone()).is_some()), "{line:?}");
    }
}
