//! The page's state: what stays in sight, what is found, and what it wants done, without a window and without a port.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::act::begin;
use super::*;
use crate::gui::settings;
use crate::gui::state::State;
use crate::usb::monitor::{Batch, Command, Decoded, Reader};

/// A page that has read this, and has room for ten rows.
fn reading(text: &str) -> State {
    let mut state = State::new(settings::View::default());
    hear(&mut state, Event::Opening { path: "/dev/ttyACM1".to_owned(), baud: 115_200 });
    hear(&mut state, Event::Connected { path: "/dev/ttyACM1".to_owned(), baud: 115_200 });
    act(&mut state, Action::Page(10.0));
    say(&mut state, text);
    state
}

/// The board says more.
fn say(state: &mut State, text: &str) {
    let mut batch = Batch::default();
    let mut reader = Reader::new(state.monitor.log.next());
    reader.read(text.as_bytes(), SystemTime::UNIX_EPOCH + Duration::from_millis(7), &mut batch);
    reader.quiet(&mut batch);
    hear(state, Event::Read(batch));
}

fn lines(count: usize) -> String {
    (0..count).map(|number| format!("I ({number}) tag: line {number}\n")).collect()
}

/// The text in the row at the top of what is in sight.
fn top(state: &State) -> String {
    let view = &state.monitor;
    let layout = view.layout();
    let row = match view.sight {
        Sight::End => layout.rows().saturating_sub(view.page as usize),
        Sight::At(spot, below) => layout.row_of(spot) + below as usize,
    };
    match layout.at(row).map(|placed| placed.spot) {
        Some(Spot::Line(number)) => view.log.line(number).unwrap().message().to_owned(),
        Some(Spot::Card(number)) => format!("card {}", view.cards.card(number).unwrap().panic.message),
        None => String::new(),
    }
}

const PANIC: &str = "panic: no sensor\nat src/main.rs:7\n0x42000000\n0x42000010\nrestarting\n";

#[test]
fn the_end_is_followed_until_somebody_scrolls() {
    let mut state = reading(&lines(100));
    assert_eq!(top(&state), "line 90");
    say(&mut state, "more\n");
    assert_eq!(top(&state), "line 91");
    act(&mut state, Action::Scroll(-5.0));
    assert_eq!(top(&state), "line 86");
    say(&mut state, &lines(50));
    assert_eq!(top(&state), "line 86", "what is looked at stays");
    act(&mut state, Action::Scroll(1e9));
    assert_eq!(state.monitor.sight, Sight::End);
    act(&mut state, Action::Scroll(f32::MIN));
    assert_eq!(top(&state), "line 0");
    act(&mut state, Action::Follow);
    assert_eq!(state.monitor.sight, Sight::End);
}

#[test]
fn what_is_looked_at_stays_while_old_lines_go() {
    let mut state = reading("");
    state.monitor.log.set_limits(crate::usb::monitor::Limits { lines: 100, bytes: 1 << 20 });
    say(&mut state, &lines(100));
    act(&mut state, Action::Scroll(-50.0));
    assert_eq!(top(&state), "line 40");
    say(&mut state, &lines(30));
    assert_eq!(top(&state), "line 40");
    // What has gone itself makes room for the oldest.
    say(&mut state, &lines(30));
    assert_eq!(top(&state), "line 60");
}

#[test]
fn while_paused_the_view_stands_and_the_buffer_goes_on() {
    let mut state = reading(&lines(20));
    act(&mut state, Action::Pause);
    say(&mut state, &format!("{}{PANIC}", lines(7)));
    assert_eq!((state.monitor.layout().rows(), top(&state)), (20, "line 10".to_owned()));
    assert_eq!(state.monitor.log.arrived_since(), 12);
    act(&mut state, Action::Pause);
    let card = state.monitor.cards.card(27).unwrap().height();
    assert_eq!(state.monitor.layout().rows(), 27 + card);
}

#[test]
fn a_panic_is_a_card_in_place_of_its_lines() {
    let mut state = reading(&format!("{}{PANIC}{}", lines(3), lines(4)));
    let card = state.monitor.cards.card(3).unwrap();
    assert_eq!((card.panic.message.as_str(), card.panic.lines.clone()), ("no sensor", 3..8));
    let height = card.height();
    let spots = |state: &State| -> Vec<_> {
        state.monitor.layout().placed_from(0).map(|placed| (placed.row, placed.spot)).collect()
    };
    let behind = |row: usize, number| (3 + height + row, Spot::Line(number));
    let shown = spots(&state);
    assert_eq!(shown[2..5], [(2, Spot::Line(2)), (3, Spot::Card(3)), behind(0, 8)]);
    assert_eq!(state.monitor.layout().rows(), 3 + height + 4);
    for row in 3..3 + height {
        assert_eq!(state.monitor.layout().at(row).unwrap().spot, Spot::Card(3));
    }
    assert_eq!(state.monitor.layout().row_of(Spot::Line(6)), 3, "a line in the card is where the card is");
    // With its lines below it.
    act(&mut state, Action::Raw(3));
    assert_eq!(spots(&state)[3..6], [(3, Spot::Card(3)), behind(0, 3), behind(1, 4)]);
    assert_eq!(state.monitor.layout().rows(), 3 + height + 5 + 4);
    assert_eq!(state.monitor.layout().row_of(Spot::Line(8)), 3 + height + 5);
    // As lines alone, and not at all.
    act(&mut state, Action::ShowPanics);
    assert_eq!(state.monitor.layout().rows(), 12);
    act(&mut state, Action::ShowPanics);
    act(&mut state, Action::Level(Level::Error));
    assert!(spots(&state).iter().all(|(_, spot)| matches!(spot, Spot::Line(_))));
}

#[test]
fn a_decoded_panic_is_as_high_as_its_frames() {
    let mut state = reading(PANIC);
    let before = state.monitor.cards.card(0).unwrap().height();
    let frame =
        |address| crate::image::backtrace::Frame { address, function: Some("f".to_owned()), place: None };
    let decoded = Decoded {
        frames: (0..5).map(frame).collect(),
        certain: 5,
        elf: "climate.elf".into(),
        elf_sha256: skylift_protocol::Digest([7; 32]),
        named_by_board: true,
    };
    hear(&mut state, Event::Decoded { first_line: 0, reading: Ok(decoded) });
    let card = state.monitor.cards.card(0).unwrap();
    assert_eq!(card.height(), before + 4, "five frames instead of a row of addresses");
    assert!(card.text().contains("panic: no sensor\nat src/main.rs:7\n  0x00000000  f\n"), "{}", card.text());
}

#[test]
fn matches_are_gone_through_and_brought_into_sight() {
    let mut state = reading(&lines(200));
    act(&mut state, Action::Search("line 1".to_owned()));
    assert_eq!(state.monitor.log.matches(), 111);
    let goes_to = |state: &mut State, action| {
        act(state, action);
        let at = state.monitor.find.at.unwrap();
        let (layout, page) = (state.monitor.layout(), state.monitor.page as usize);
        let row = layout.row_of(Spot::Line(at));
        let Sight::At(spot, below) = state.monitor.sight else { panic!("it does not follow any more") };
        let top = layout.row_of(spot) + below as usize;
        assert!((top..top + page).contains(&row), "row {row} from {top}");
        (at, state.monitor.log.matches_up_to(at))
    };
    assert_eq!(goes_to(&mut state, Action::FindNext), (199, 111), "the newest first");
    assert_eq!(goes_to(&mut state, Action::FindBefore), (198, 110));
    assert_eq!(goes_to(&mut state, Action::FindNext), (199, 111));
    assert_eq!(goes_to(&mut state, Action::FindNext), (1, 1), "and round");
    act(&mut state, Action::Search("/line 1(7|8)$/".to_owned()));
    assert_eq!(
        goes_to(&mut state, Action::FindNext),
        (17, 1),
        "the first in sight, now that nothing is followed"
    );
    act(&mut state, Action::Search("/(/".to_owned()));
    assert!(state.monitor.find.flaw().unwrap().to_string().contains("unclosed group"));
    assert_eq!(state.monitor.log.matches(), 0);
    // The beginning of an expression is no mistake yet.
    act(&mut state, Action::Search("//".to_owned()));
    assert!(state.monitor.find.flaw().is_none());
}

#[test]
fn a_filter_over_many_lines_is_applied_in_steps() {
    let mut state = reading(&lines(50_000));
    act(&mut state, Action::Search("line 49".to_owned()));
    assert!(state.monitor.looking && state.monitor.log.matches() > 0, "the newest lines first");
    let mut steps = 0;
    while state.monitor.looking {
        act(&mut state, Action::Look);
        steps += 1;
    }
    assert!(steps > 5, "{steps}");
    assert_eq!(state.monitor.log.matches(), 1111);
}

#[test]
fn selected_lines_are_copied_as_they_were() {
    let mut state = reading("I (1) wifi: one\nW (2) wifi: two\nthree\n");
    act(&mut state, Action::Select { number: 2, extend: false });
    act(&mut state, Action::Select { number: 1, extend: true });
    let text = state.monitor.selected_text();
    let copied: Vec<_> = text.lines().map(|line| line.split_once("  ").unwrap()).collect();
    assert_eq!(copied.iter().map(|(_, text)| *text).collect::<Vec<_>>(), ["W (2) wifi: two", "three"]);
    assert!(copied.iter().all(|(time, _)| time.ends_with(":00.007")), "{text}");
    act(&mut state, Action::ShowTime);
    act(&mut state, Action::SelectAll);
    assert_eq!(state.monitor.selected_text(), "I (1) wifi: one\nW (2) wifi: two\nthree\n");
    act(&mut state, Action::Level(Level::Warn));
    act(&mut state, Action::SelectAll);
    assert_eq!(state.monitor.selected_text(), "I (1) wifi: one\nthree\n", "what is hidden is not copied");
}

/// What it wants done.
fn orders(effects: Vec<crate::gui::effect::Effect>) -> Vec<String> {
    let order = |effect| match effect {
        crate::gui::effect::Effect::Monitor(order) => format!("{order:?}"),
        other => panic!("{other:?}"),
    };
    effects.into_iter().map(order).collect()
}

#[test]
fn a_port_that_is_read_is_not_opened_again() {
    let mut state = reading("");
    assert_eq!(orders(begin(&state, "/dev/ttyACM1".to_owned())), [""; 0]);
    assert_eq!(
        orders(open(&mut state, "/dev/ttyUSB0".to_owned())),
        ["Open { path: \"/dev/ttyUSB0\", baud: 115200 }"]
    );
    assert_eq!(state.page, crate::gui::page::Page::Monitor);
    hear(&mut state, Event::Refused { what: "It is gone.".to_owned(), advice: Vec::new() });
    assert_eq!(begin(&state, "/dev/ttyACM1".to_owned()).len(), 1, "what was refused is tried again");
}

#[test]
fn another_port_is_another_log() {
    let mut state = reading(&lines(3));
    hear(&mut state, Event::Lent);
    hear(&mut state, Event::Opening { path: "/dev/ttyACM1".to_owned(), baud: 115_200 });
    assert_eq!(state.monitor.log.len(), 3, "it came back from being flashed");
    hear(&mut state, Event::Opening { path: "/dev/ttyACM2".to_owned(), baud: 115_200 });
    assert_eq!(state.monitor.log.len(), 0);
}

#[test]
fn a_rate_counts_when_the_monitor_says_so() {
    let mut state = reading("");
    assert_eq!(orders(act(&mut state, Action::Baud(9600))), ["Ask(Baud(9600))"]);
    assert_eq!(state.monitor.baud, 115_200);
    hear(&mut state, Event::Connected { path: "/dev/ttyACM1".to_owned(), baud: 9600 });
    assert_eq!(state.monitor.baud, 9600);
    act(&mut state, Action::Close);
    assert_eq!(orders(act(&mut state, Action::Baud(19_200))), [""; 0]);
    assert_eq!(state.monitor.baud, 19_200);
}

#[test]
fn a_file_gets_what_is_there_and_what_comes() {
    let mut state = reading(&lines(2));
    assert_eq!(orders(act(&mut state, Action::Save)), ["PickFile"]);
    let saved = hear(&mut state, Event::SaveTo("board.log".into()));
    assert!(
        matches!(&saved[..], [crate::gui::effect::Effect::Monitor(Order::Save(_, lines))] if lines.len() == 2)
    );
    let batch = Batch { lines: vec![Arc::clone(state.monitor.log.line(0).unwrap())], panics: Vec::new() };
    let more = hear(&mut state, Event::Read(batch));
    assert!(
        matches!(&more[..], [crate::gui::effect::Effect::Monitor(Order::SaveMore(lines))] if lines.len() == 1)
    );
    assert_eq!(orders(act(&mut state, Action::Save)), ["SaveNoMore"]);
    assert_eq!(state.monitor.saved_to, None);
}

#[test]
fn what_is_sent_has_its_ending() {
    let mut state = reading("");
    act(&mut state, Action::Draft("help".to_owned()));
    act(&mut state, Action::Ending(Ending::CrLf));
    let sent = Command::Send(b"help\r\n".to_vec());
    assert_eq!(orders(act(&mut state, Action::Send)), [format!("Ask({sent:?})")]);
    assert_eq!(state.monitor.draft, "");
}
