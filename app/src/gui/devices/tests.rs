//! Rows and reducers of the devices page, without a window.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use skylift_protocol::{Digest, Id, LastEnd, Outcome, Validation, ValidationState, bounded};

use super::sample::{device, snapshot};
use super::sort::Column;
use super::*;
use crate::engine::{CameBack, Device, Presence, Stock};
use crate::gui::dialog::{self, Dialog};
use crate::gui::effect::Effect;
use crate::gui::event::Event as Told;
use crate::gui::mark::Mark;
use crate::gui::page::Page;
use crate::gui::state::{Action as Done, State};
use crate::image::library::Entry;
use crate::image::newest::Shelf;

fn state(devices: Vec<Device>) -> State {
    let mut state = State::new(crate::gui::settings::View::default());
    state.hear(Told::Snapshot(snapshot(devices)));
    state
}

fn shown(state: &State) -> String {
    let labels = state.devices.rows.shown().iter().map(|row| row.device.label().to_owned());
    labels.collect::<Vec<_>>().join(" ")
}

fn told(device: &mut Device, change: impl FnOnce(&mut skylift_protocol::Status)) {
    change(Arc::make_mut(device.status.as_mut().unwrap()));
}

fn id(name: &str) -> Id {
    bounded(name)
}

fn entry(version: &str, byte: u8) -> Entry {
    Entry {
        project: "lamp".to_owned(),
        version: version.to_owned(),
        chip: skylift_protocol::Chip::Esp32C3,
        size: 1 << 20,
        file_sha256: Digest([byte; 32]),
        image_sha256: Digest([byte + 100; 32]),
        elf_sha256: Digest::default(),
        added: u64::from(byte),
        source: String::new(),
    }
}

fn with_stock(devices: Vec<Device>, entries: Vec<Entry>) -> Arc<crate::engine::Snapshot> {
    let mut snapshot = (*snapshot(devices)).clone();
    snapshot.stock = Arc::new(Stock { shelf: Shelf::new(entries, &[]), ..Stock::default() });
    Arc::new(snapshot)
}

#[test]
fn what_needs_somebody_stands_first() {
    let mut gone = device("aa-gone");
    gone.presence = Presence::Offline;
    let mut rolled_back = device("zz-back");
    told(&mut rolled_back, |status| {
        status.last_end = Some(last_end(7));
    });
    let state = state(vec![device("lamp"), gone, rolled_back]);
    assert_eq!(shown(&state), "zz-back aa-gone lamp");
    assert_eq!(state.devices.rows.count(Filter::Attention), 1);
    assert_eq!(state.devices.rows.count(Filter::Offline), 1);
}

#[test]
fn who_is_only_known_from_before_stands_last_and_can_be_forgotten_or_updated_later() {
    let known = Device { presence: Presence::Offline, status: None, ..device("aa-known") };
    let gone = Device { presence: Presence::Offline, ..device("bb-gone") };
    let mut state = state(vec![known, gone, device("lamp")]);
    assert_eq!(shown(&state), "bb-gone lamp aa-known");
    assert_eq!(state.devices.rows.count(Filter::Offline), 2);
    state.act(Done::Devices(Action::Forget(id("aa-known"))));
    assert!(
        matches!(&state.dialog, Some(Dialog::Question(question)) if question.title == "Forget aa-known?")
    );
    state.act(Done::Dialog(dialog::Action::Stay));
    state.act(Done::Devices(Action::Update(vec![id("aa-known")])));
    let crate::gui::updates::Shown::Plan(plan) = &state.updates.shown else {
        panic!("{:?}", state.updates.shown)
    };
    assert!(plan.care.when_back);
    state.act(Done::Devices(Action::Update(vec![id("aa-known"), id("lamp")])));
    let crate::gui::updates::Shown::Plan(plan) = &state.updates.shown else {
        panic!("{:?}", state.updates.shown)
    };
    assert!(!plan.care.when_back);
}

#[test]
fn searching_again_is_done_elsewhere_and_said_here() {
    let mut state = state(vec![]);
    let effects = state.act(Done::Devices(Action::SearchAgain));
    assert!(matches!(effects[..], [Effect::SearchAgain]));
    assert_eq!(state.messages.all().next().unwrap().message.title, "Searching the network again");
}

fn last_end(byte: u8) -> LastEnd {
    LastEnd {
        order_id: None,
        outcome: Outcome::RolledBack,
        reason: None,
        detail: bounded("it broke"),
        image_sha256: Some(Digest([byte; 32])),
        version: None,
        crash: None,
    }
}

#[test]
fn figures_move_no_row_and_states_do() {
    let mut state = state(vec![device("a"), device("b")]);
    state.act(Done::Devices(Action::Sort(SortBy { column: Column::Seen, reversed: false })));
    let mut later = device("b");
    later.last_seen = Some(SystemTime::now() + Duration::from_secs(60));
    let before = shown(&state);
    state.hear(Told::Snapshot(snapshot(vec![device("a"), later.clone()])));
    assert_eq!(shown(&state), before);
    // The new figures are in the rows all the same.
    assert_eq!(state.devices.rows.row(&id("b")).unwrap().device.last_seen, later.last_seen);
    later.presence = Presence::Offline;
    state.hear(Told::Snapshot(snapshot(vec![device("a"), later])));
    assert_eq!(shown(&state), "b a");
    state.act(Done::Devices(Action::Sort(SortBy { column: Column::Name, reversed: false })));
    assert_eq!(shown(&state), "a b");
    state.act(Done::Devices(Action::Sort(SortBy { column: Column::Name, reversed: false })));
    assert_eq!(shown(&state), "b a");
}

#[test]
fn devices_are_found_by_name_tag_address_and_state() {
    let mut state = state(vec![device("porch"), device("attic")]);
    state.hear(Told::Devices(Event::Tags([("attic".to_owned(), vec!["upstairs".to_owned()])].into())));
    for (search, found) in [
        ("POR", "porch"),
        ("stairs", "attic"),
        ("192.168", "attic porch"),
        ("valid", "attic porch"),
        ("cellar", ""),
    ] {
        state.act(Done::Devices(Action::Search(search.to_owned())));
        assert_eq!(shown(&state), found, "{search}");
    }
}

#[test]
fn a_device_is_outdated_when_a_higher_version_is_ready_for_it() {
    let mut state = state(vec![]);
    let devices = || vec![device("a"), device("b")];
    state.hear(Told::Snapshot(with_stock(devices(), vec![entry("1.3.0", 3), entry("1.2.0", 2)])));
    let row = state.devices.rows.row(&id("a")).unwrap();
    assert_eq!(row.ready.as_ref().unwrap().words(), "1.3.0 ready");
    assert_eq!(state.devices.rows.count(Filter::Outdated), 2);
    assert_eq!(state.devices.rows.batch().devices, [id("a"), id("b")]);
    // With nothing ticked, they are what is updated, with that image.
    let effects = state.act(Done::Devices(Action::Update(Vec::new())));
    assert_eq!(state.page, Page::Updates);
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::OpenImage(image) if *image == Digest([3; 32])))
    );
    // Another build of the same version is told, and not called outdated.
    state.hear(Told::Snapshot(with_stock(devices(), vec![entry("1.0.0", 4)])));
    let row = state.devices.rows.row(&id("a")).unwrap();
    assert_eq!(row.ready.as_ref().unwrap().words(), "other build");
    assert_eq!(
        (state.devices.rows.count(Filter::Outdated), state.devices.rows.batch().devices.len()),
        (0, 0)
    );
}

#[test]
fn one_update_takes_the_image_that_most_devices_wait_for() {
    let mut other = device("door");
    told(&mut other, |status| status.running.project = bounded("door"));
    let door = Entry { project: "door".to_owned(), ..entry("2.0.0", 9) };
    let mut state = state(vec![]);
    let mut away = device("c");
    away.presence = Presence::Offline;
    let devices = vec![device("a"), device("b"), away, other];
    state.hear(Told::Snapshot(with_stock(devices, vec![entry("1.3.0", 3), door])));
    let batch = state.devices.rows.batch();
    assert_eq!((batch.name.as_str(), batch.devices.len(), batch.others), ("lamp 1.3.0", 2, 1));
}

#[test]
fn opening_asks_for_the_log_and_another_device_forgets_it() {
    let mut away = device("c");
    away.presence = Presence::Offline;
    let mut state = state(vec![device("a"), device("b"), away]);
    let effects = state.act(Done::Devices(Action::Open(id("a"))));
    assert!(matches!(effects.as_slice(), [Effect::LoadLog(of)] if *of == id("a")));
    state.hear(Told::Devices(Event::Log(id("a"), Ok("started".to_owned()))));
    assert_eq!(state.devices.log.as_ref().unwrap().text, Some(Ok("started".to_owned())));
    // Open details follow the arrows; an answer for the one before is too late.
    state.act(Done::Devices(Action::Sort(SortBy { column: Column::Name, reversed: false })));
    let effects = state.act(Done::Devices(Action::Move(1)));
    assert!(matches!(effects.as_slice(), [Effect::LoadLog(of)] if *of == id("b")));
    state.hear(Told::Devices(Event::Log(id("a"), Ok("late".to_owned()))));
    assert_eq!(state.devices.log.as_ref().unwrap().text, None);
    // One that does not answer is not asked.
    assert!(state.act(Done::Devices(Action::Move(1))).is_empty());
    assert_eq!(state.devices.open, Some(id("c")));
}

#[test]
fn a_deadline_that_only_the_device_tells_counts_down() {
    let mut pending = device("a");
    told(&mut pending, |status| {
        status.validation = Validation { state: ValidationState::Pending, deadline_s: Some(42) };
    });
    let state = state(vec![pending]);
    let Mark::Pending(Some(deadline)) = state.devices.rows.row(&id("a")).unwrap().mark else {
        panic!("it is on probation")
    };
    let left = deadline.saturating_duration_since(Instant::now());
    assert!(left <= Duration::from_secs(42) && left > Duration::from_secs(30), "{left:?}");
}

#[test]
fn a_proven_drill_is_no_rollback_that_needs_somebody() {
    let mut drilled = device("a");
    told(&mut drilled, |status| status.last_end = Some(last_end(7)));
    let mut state = state(vec![drilled]);
    assert_eq!(state.devices.rows.row(&id("a")).unwrap().mark, Mark::RolledBack);
    let kept = Kept {
        at: SystemTime::now(),
        result: "proven".to_owned(),
        recovery: Some(Duration::from_millis(4200)),
        version_before: "1.0.0".to_owned(),
        image: Digest([7; 32]).to_string(),
    };
    let (_, words, _) = kept.words(SystemTime::now());
    assert!(words.starts_with("Rollback proven today") && words.ends_with("4.2 s"), "{words}");
    state.hear(Told::Devices(Event::Drills([("a".to_owned(), kept.clone())].into())));
    assert_eq!(state.devices.rows.row(&id("a")).unwrap().mark, Mark::Valid);
    // The next update that rolls back does.
    let other = Kept { image: Digest([8; 32]).to_string(), at: SystemTime::now(), ..kept };
    state.hear(Told::Devices(Event::Drills([("a".to_owned(), other)].into())));
    assert_eq!(state.devices.rows.row(&id("a")).unwrap().mark, Mark::RolledBack);
}

#[test]
fn a_move_to_another_wifi_is_told_to_its_end() {
    let mut state = state(vec![device("a")]);
    let began = Move { to: "garage".to_owned(), trial_s: 90, reach: true, end: None };
    state.hear(Told::Devices(Event::Left(id("a"), began)));
    assert!(state.devices.moves[&id("a")].words().2.contains("90 s"));
    let why = CameBack::Told(skylift_protocol::WifiOutcome::WrongPassword);
    let end = WifiEnd::CameBack { network: Some(bounded("attic")), why };
    state.hear(Told::Devices(Event::WifiEnded(id("a"), end)));
    let (_, title, text) = state.devices.moves[&id("a")].words();
    assert_eq!(title, "Came back to attic");
    assert!(text.contains("did not accept the password. Check the password"), "{text}");
    for end in [WifiEnd::Moved, WifiEnd::Gone, WifiEnd::NotSeen] {
        state.hear(Told::Devices(Event::WifiEnded(id("a"), end)));
        assert!(state.devices.moves[&id("a")].words().2.ends_with('.'));
    }
    state.act(Done::Devices(Action::CloseMove(id("a"))));
    assert!(state.devices.moves.is_empty());
    // An end of a move that nobody knows of is nothing.
    state.hear(Told::Devices(Event::WifiEnded(id("a"), WifiEnd::Moved)));
}

#[test]
fn the_wifi_dialog_opens_only_for_devices_with_wifi_and_takes_the_password_with_it() {
    let mut wireless = device("b");
    told(&mut wireless, |status| {
        status.wifi = Some(skylift_protocol::Wifi { ssid: None, trial_s: 90, change: None });
    });
    let mut state = state(vec![device("a"), wireless]);
    state.act(Done::Devices(Action::Wifi(id("a"))));
    assert!(state.dialog.is_none());
    state.act(Done::Devices(Action::Wifi(id("b"))));
    let Some(Dialog::Wifi(form)) = state.dialog.clone() else { panic!("it has WiFi") };
    let mut form = form;
    form.ssid = "garage".to_owned();
    form.password = dialog::Secret::new("hunter2hunter2".to_owned());
    state.act(Done::Dialog(dialog::Action::Wifi(Box::new(form))));
    let effects = state.act(Done::Dialog(dialog::Action::Go));
    assert!(matches!(effects.as_slice(), [Effect::MoveWifi { .. }]) && state.dialog.is_none());
    assert!(!format!("{state:?}{effects:?}").contains("hunter2"));
}

#[test]
fn a_file_dropped_onto_a_device_begins_a_plan_with_it() {
    let mut state = state(vec![device("a"), device("b")]);
    let effects = state.act(Done::Devices(Action::Drop(id("b"), "ota.bin".into())));
    assert!(matches!(effects.as_slice(), [Effect::AddImage { path, .. }] if path.ends_with("ota.bin")));
    let added = || Told::Firmware(crate::gui::firmware::Event::Added(Digest([3; 32])));
    state.hear(added());
    assert_eq!(state.page, Page::Updates);
    let crate::gui::updates::Shown::Plan(plan) = &state.updates.shown else { panic!("it is planned") };
    assert_eq!((plan.chosen(), plan.image), (vec![id("b")], Some(Digest([3; 32]))));
    // The next image is one like any other; and so is one after a file that was none.
    state.page = Page::Firmware;
    state.hear(added());
    assert_eq!(state.page, Page::Firmware);
    state.act(Done::Devices(Action::Drop(id("b"), "notes.txt".into())));
    state.hear(Told::Firmware(crate::gui::firmware::Event::BuildFailed("no image".to_owned())));
    state.hear(added());
    assert_eq!(state.page, Page::Firmware);
}

#[test]
fn everything_that_changes_a_device_asks_first() {
    let mut state = state(vec![device("a")]);
    let asking: [fn(Id) -> Action; 6] = [
        Action::Reboot,
        Action::RollBack,
        Action::Validate,
        Action::Forget,
        Action::Rename,
        Action::StopSimulated,
    ];
    for action in asking {
        assert!(state.act(Done::Devices(action(id("a")))).is_empty());
        assert!(state.dialog.take().is_some());
        // Of a device that is gone there is nothing to ask.
        state.act(Done::Devices(action(id("gone"))));
        assert!(state.dialog.is_none());
    }
}

#[test]
fn tags_are_given_and_taken() {
    let mut state = state(vec![device("a")]);
    state.act(Done::Devices(Action::TypeTag("floor 2".to_owned())));
    assert!(state.act(Done::Devices(Action::AddTag(id("a")))).is_empty());
    state.act(Done::Devices(Action::TypeTag("floor-2".to_owned())));
    let effects = state.act(Done::Devices(Action::AddTag(id("a"))));
    assert!(matches!(effects.as_slice(), [Effect::Tag { tag, on: true, .. }] if tag == "floor-2"));
    assert!(state.devices.new_tag.is_empty());
    let effects = state.act(Done::Devices(Action::TakeTag(id("a"), "floor-2".to_owned())));
    assert!(matches!(effects.as_slice(), [Effect::Tag { on: false, .. }]));
}

#[test]
fn the_end_of_another_session_is_looked_up_in_the_history() {
    let mut rolled_back = device("a");
    told(&mut rolled_back, |status| status.last_end = Some(last_end(7)));
    let mut state = state(vec![rolled_back]);
    let effects = state.act(Done::Devices(Action::ShowEnd(id("a"))));
    assert!(matches!(effects.as_slice(), [Effect::LoadHistory, ..]));
    assert_eq!((state.page, state.history.search.as_str()), (Page::History, "a"));
}
