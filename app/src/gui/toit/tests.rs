//! What becomes of the form when it is filled in, and when the worker answers.

use std::sync::Arc;

use super::form::{Field, Form, Place};
use super::*;
use crate::gui::dialog::Secret;
use crate::gui::effect::Effect;
use crate::gui::page::Page;
use crate::gui::state::State;
use crate::gui::{settings, usb};
use crate::image::envelope::Envelope;

fn state() -> State {
    let mut state = State::new(settings::View::default());
    act(&mut state, Action::Open);
    state
}

/// An envelope without anything in it.
fn envelope() -> Opened {
    let mut bytes = b"!<arch>\n".to_vec();
    let metadata = br#"{"sdk-version":"v2.0.0-alpha.190","kind":"esp32","word-size":4}"#;
    for (name, data) in [("$envelope", b"\x70\xca\xbe\x0a\x08\0\0\0".as_slice()), ("$metadata", metadata)] {
        let header = format!("{name:<16}0           0     0     644     {:<10}`\n", data.len());
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(data);
        bytes.extend(std::iter::repeat_n(b'\n', data.len() % 2));
    }
    let envelope = Envelope::parse(&bytes).unwrap();
    let facts = Facts::of(&envelope, "firmware.envelope".to_owned(), "here".to_owned()).unwrap();
    Opened { facts: Arc::new(facts), envelope: Arc::new(envelope) }
}

fn order(effects: &[Effect]) -> Option<&Order> {
    effects.iter().find_map(|effect| match effect {
        Effect::Toit(order) => Some(order.as_ref()),
        _ => None,
    })
}

/// The envelope that was asked for last has been read.
fn loaded(state: &mut State) {
    change(state, |form| form.file = "firmware.envelope".to_owned());
    let effects = act(state, Action::Load);
    let Some(Order::Load(number, EnvelopeSource::File(_))) = order(&effects) else { panic!("{effects:?}") };
    let effects = hear(state, Event::Loaded(*number, Loading::Opened(envelope())));
    assert!(matches!(order(&effects), Some(Order::Foretell(..))));
}

fn change(state: &mut State, change: impl FnOnce(&mut Form)) -> Vec<Effect> {
    let mut form = state.toit.form.clone();
    change(&mut form);
    act(state, Action::Change(Box::new(form)))
}

#[test]
fn nothing_is_made_before_there_is_an_envelope_and_a_sound_form() {
    let mut state = state();
    assert!(state.toit.why_not().is_some_and(|why| why.contains("envelope")));
    assert!(act(&mut state, Action::Make).is_empty());
    loaded(&mut state);
    assert_eq!(state.toit.why_not(), None);
    act(&mut state, Action::Drop("system.toit".into()));
    assert!(act(&mut state, Action::Make).is_empty(), "a program cannot be called system");
    change(&mut state, |form| form.programs[0].name = "validate".to_owned());
    let effects = act(&mut state, Action::Make);
    let Some(Order::Make(_, form)) = order(&effects) else { panic!("{effects:?}") };
    assert_eq!(form.programs[0].name, "validate");
    assert!(act(&mut state, Action::Make).is_empty(), "one is being made");
}

#[test]
fn only_the_envelope_that_was_asked_for_last_is_shown() {
    let mut state = state();
    loaded(&mut state);
    act(&mut state, Action::Load);
    assert!(matches!(state.toit.envelope, Loading::Under { .. }));
    hear(&mut state, Event::Loaded(1, Loading::Opened(envelope())));
    assert!(matches!(state.toit.envelope, Loading::Under { .. }), "that was the one before");
    let failure = Failure { what: "It is damaged.".to_owned(), advice: Vec::new() };
    hear(&mut state, Event::Loaded(2, Loading::Failed(failure)));
    assert!(state.toit.why_not().is_some());
}

#[test]
fn an_envelope_that_nobody_waits_for_any_more_is_not_shown_when_it_comes() {
    let mut state = state();
    loaded(&mut state);
    act(&mut state, Action::StopLoading);
    assert!(state.toit.opened().is_some(), "it is here already");
    act(&mut state, Action::Load);
    act(&mut state, Action::StopLoading);
    hear(&mut state, Event::Loaded(2, Loading::Opened(envelope())));
    assert!(matches!(state.toit.envelope, Loading::Nothing));
}

#[test]
fn what_would_come_of_it_is_asked_when_that_changes_and_not_with_every_letter() {
    let mut state = state();
    loaded(&mut state);
    assert!(change(&mut state, |form| form.place = Place::Url).is_empty());
    assert!(change(&mut state, |form| form.joins = usb::form::Joins::Typed).is_empty());
    assert!(change(&mut state, |form| form.ssid = "attic".to_owned()).len() == 1, "an open network now");
    assert!(change(&mut state, |form| form.ssid = "attics".to_owned()).is_empty());
    let effects = act(&mut state, Action::Drop("lamp.snapshot".into()));
    let number = effects.iter().find_map(|effect| match effect {
        Effect::Toit(order) => match order.as_ref() {
            Order::Foretell(number, ..) => Some(*number),
            _ => None,
        },
        _ => None,
    });
    let notice = || vec![Notice { weight: Weightiness::Mild, text: "No WiFi.".to_owned() }];
    hear(&mut state, Event::Foretold(0, notice()));
    assert!(state.toit.notices.is_empty(), "that was asked before");
    hear(&mut state, Event::Foretold(number.unwrap(), notice()));
    assert_eq!(state.toit.notices, notice());
}

#[test]
fn fields_of_programs_move_up_when_one_goes() {
    let mut state = state();
    for file in ["a.toit", "b.toit", "c.toit"] {
        act(&mut state, Action::Drop(file.into()));
    }
    change(&mut state, |form| form.programs[2].name.clear());
    for at in [0, 2] {
        act(&mut state, Action::Leave(Field::Program(at)));
    }
    act(&mut state, Action::Remove(0));
    assert_eq!(state.toit.form.left, [Field::Program(1)]);
    assert!(state.toit.form.told(Field::Program(1)).is_some());
}

#[test]
fn what_is_left_out_is_foretold_and_forgotten_with_the_envelope() {
    let mut state = state();
    loaded(&mut state);
    let effects = change(&mut state, |form| form.leave_out("jaguar", true));
    let Some(Order::Foretell(_, _, form)) = order(&effects) else { panic!("{effects:?}") };
    assert_eq!(form.without, ["jaguar"]);
    change(&mut state, |form| form.leave_out("jaguar", true));
    let effects = act(&mut state, Action::Make);
    let Some(Order::Make(_, form)) = order(&effects) else { panic!("{effects:?}") };
    assert_eq!(form.without, ["jaguar"], "it was left out already");
    change(&mut state, |form| form.leave_out("blink", true));
    change(&mut state, |form| form.leave_out("jaguar", false));
    assert_eq!(state.toit.form.without, ["blink"]);
    loaded(&mut state);
    assert_eq!(state.toit.form.without, [""; 0], "another envelope");
}

#[test]
fn assets_go_to_the_program_that_they_were_chosen_for() {
    let mut state = state();
    loaded(&mut state);
    for file in ["a.toit", "b.toit", "c.toit"] {
        act(&mut state, Action::Drop(file.into()));
    }
    let mut ask = |at| match order(&act(&mut state, Action::PickAssets(at))) {
        Some(Order::Pick(what)) => *what,
        other => panic!("{other:?}"),
    };
    let [first, closed, third] = [ask(0), ask(1), ask(2)];
    act(&mut state, Action::Remove(0));
    let chosen = |what, path: &str| Event::Picked(what, Answered::Chosen(path.into()));
    assert!(hear(&mut state, chosen(first, "gone.assets")).is_empty(), "its program has gone");
    hear(&mut state, Event::Picked(closed, Answered::Closed));
    let effects = hear(&mut state, chosen(third, "c.assets"));
    assert!(matches!(order(&effects), Some(Order::Foretell(..))));
    let assets: Vec<_> = state.toit.form.programs.iter().map(|program| program.assets.clone()).collect();
    assert_eq!(assets, [None, Some("c.assets".into())]);
}

/// A network is typed in, with its password.
fn type_network(state: &mut State) {
    change(state, |form| {
        form.joins = usb::form::Joins::Typed;
        form.ssid = "attic".to_owned();
        form.password = Secret::new("hunter2hunter2".to_owned());
    });
}

#[test]
fn work_is_followed_and_the_password_goes_with_its_end() {
    let mut state = state();
    loaded(&mut state);
    type_network(&mut state);
    let effects = act(&mut state, Action::Make);
    assert!(!format!("{effects:?} {:?}", state.toit).contains("hunter2"));
    hear(&mut state, Event::Step("Compiling lamp".to_owned()));
    hear(&mut state, Event::Line("lamp.toit:1:1: error".to_owned()));
    let failure = Failure { what: "It does not compile.".to_owned(), advice: Vec::new() };
    hear(&mut state, Event::Failed(failure));
    let work = state.toit.work.as_ref().unwrap();
    assert!(!work.runs() && work.lines.len() == 1 && work.steps == ["Compiling lamp"]);
    assert_eq!(state.toit.form.password.reveal(), "hunter2hunter2", "for the next attempt");
    act(&mut state, Action::Make);
    hear(&mut state, Event::Made(skylift_protocol::Digest::default(), Some("attic".to_owned())));
    assert!(state.toit.work.is_none() && state.toit.form.password.reveal().is_empty());
    assert_eq!(state.toit.form.joins, usb::form::Joins::Remembered("attic".to_owned()));
}

#[test]
fn a_network_that_could_not_be_remembered_keeps_its_password() {
    let mut state = state();
    loaded(&mut state);
    type_network(&mut state);
    act(&mut state, Action::Make);
    hear(&mut state, Event::Made(skylift_protocol::Digest::default(), None));
    // Without it, the next image would join an open network of that name.
    assert_eq!(state.toit.form.password.reveal(), "hunter2hunter2");
    change(&mut state, |form| form.joins = usb::form::Joins::Nothing);
    act(&mut state, Action::Make);
    hear(&mut state, Event::Made(skylift_protocol::Digest::default(), None));
    assert!(state.toit.form.password.reveal().is_empty());
}

#[test]
fn an_envelope_among_images_opens_the_form_and_a_program_too() {
    for event in [None, Some(Event::Found("firmware.gz".into(), envelope()))] {
        let mut state = State::new(settings::View::default());
        match event {
            Some(event) => drop(hear(&mut state, event)),
            None => drop(act(&mut state, Action::Drop("lamp.toit".into()))),
        }
        assert!(state.toit.open && state.page == Page::Firmware);
    }
}
