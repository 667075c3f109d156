//! Tests: what a plan says before anything is sent.

use skylift_protocol::{
    Access, Fields, Phase, Protection, ResetReason, Running, Status, Validation, ValidationState, bounded,
};
use skylift_simulator::demo_image::DemoImage;

use super::super::sample::costs;
use super::super::ways;
use super::*;
use crate::engine::{Plan as Costs, PlanError, Source, Unavailable, WorkingOut};
use crate::gui::page::Page;
use crate::gui::settings;
use crate::gui::state::State;

fn image(version: &str) -> Arc<Image> {
    let bytes =
        DemoImage { version: version.to_owned(), size: 8192, ..DemoImage::default() }.build().unwrap();
    Arc::new(Image::from_bytes(std::path::Path::new("ota.bin"), bytes).unwrap())
}

fn device(id: &str, running: &Image, presence: Presence) -> Device {
    let slots = serde_json::from_str(r#"[{"slot":0,"size":1048576},{"slot":1,"size":1048576}]"#).unwrap();
    let status = Status {
        protocol: skylift_protocol::PROTOCOL,
        id: bounded(id),
        name: bounded(""),
        chip: running.chip,
        chip_revision: None,
        flash_size: None,
        access: Access::Open,
        policy: None,
        encodings: Default::default(),
        running: Running {
            slot: Some(0),
            project: bounded(&running.project),
            version: bounded(&running.version),
            image_sha256: running.image_sha256,
            elf_sha256: Digest::default(),
            kind: running.kind(),
        },
        slots,
        boots_next: Some(0),
        protection: Protection::Guard,
        validation: Validation { state: ValidationState::Valid, deadline_s: None },
        fell_back: false,
        safe_mode: false,
        phase: Phase::Idle,
        progress: None,
        resume: None,
        prepared: None,
        last_end: None,
        boot_count: 1,
        boot_id: None,
        reset_reason: ResetReason::PowerOn,
        uptime_s: 1,
        wifi: None,
        rssi_dbm: None,
        heap_free: None,
        heap_least: None,
        temperature_c: None,
        fields: Fields::default(),
    };
    Device {
        id: bounded(id),
        name: String::new(),
        family: crate::engine::Family::Skylift,
        chip: running.chip,
        version: running.version.clone(),
        address: ([127, 0, 0, 1], 80).into(),
        other_addresses: Vec::new(),
        slot: Some(0),
        validation: Some(ValidationState::Valid),
        access: None,
        source: Source::Mdns,
        presence,
        last_seen: None,
        status: Some(Arc::new(status)),
        problem: None,
    }
}

/// A plan of this image for these devices, all of them ticked.
fn planned(image: &Arc<Image>, devices: Vec<Device>) -> State {
    let mut state = State::new(settings::View::default());
    let ids: Vec<_> = devices.iter().map(|device| device.id.clone()).collect();
    let mut devices: Vec<_> = devices.into_iter().map(Arc::new).collect();
    devices.sort_by(|one, other| one.id.cmp(&other.id));
    state.engine = Arc::new(Snapshot { devices, ..Snapshot::default() });
    state.page = Page::Updates;
    begin(&mut state, ids, Some(image.file_sha256));
    opened(&mut state, Arc::clone(image), JaguarInside::of(image));
    state
}

fn plan(state: &mut State) -> &mut Plan {
    match &mut state.updates.shown {
        Shown::Plan(plan) => plan,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_older_version_is_put_on_only_after_a_word() {
    let [old, new] = ["1.0.0", "2.0.0"].map(image);
    let mut state = planned(&old, vec![device("lamp", &new, Presence::Online)]);
    assert!(ask_or_start(&mut state).is_empty());
    let Some(Dialog::Question(question)) = &state.dialog else { panic!("{:?}", state.dialog) };
    assert_eq!(question.title, "Put the older 1.0.0 on lamp?");
    let effects = state.act(crate::gui::state::Action::Dialog(crate::gui::dialog::Action::Go));
    assert!(matches!(effects[..], [Effect::Update(_), ..]), "{effects:?}");
    // A newer one needs none.
    let mut state = planned(&new, vec![device("lamp", &old, Presence::Online)]);
    assert!(matches!(ask_or_start(&mut state)[..], [Effect::Update(_)]));
}

#[test]
fn who_does_not_answer_is_left_out_unless_it_is_waited_for() {
    let [old, new] = ["1.0.0", "2.0.0"].map(image);
    let devices = vec![device("lamp", &old, Presence::Offline), device("porch", &old, Presence::Online)];
    let mut state = planned(&new, devices);
    let sent = |state: &mut State| match &start(state)[..] {
        [Effect::Update(wish)] => (wish.devices.len(), wish.when_back),
        other => panic!("{other:?}"),
    };
    assert_eq!(sent(&mut state), (1, false));
    plan(&mut state).care.when_back = true;
    assert_eq!(sent(&mut state), (2, true));
    // With nobody away there is nobody to wait for.
    let mut state = planned(&new, vec![device("porch", &old, Presence::Online)]);
    plan(&mut state).care.when_back = true;
    assert_eq!(sent(&mut state), (1, false));
}

#[test]
fn the_same_image_is_not_sent_and_no_time_is_told_for_it() {
    let [old, new] = ["1.0.0", "2.0.0"].map(image);
    let devices = vec![device("lamp", &new, Presence::Online), device("porch", &old, Presence::Online)];
    let mut state = planned(&new, devices);
    assert!(plan(&mut state).care.canary);
    let engine = Arc::clone(&state.engine);
    let names: Vec<_> =
        plan(&mut state).sendable(&engine).iter().map(|device| device.id.to_string()).collect();
    assert_eq!(names, ["porch"]);
    let Shown::Plan(shown) = &state.updates.shown else { panic!() };
    assert_eq!((shown.whole_time(&state), shown.airtime(&state.engine)), (None, None));
    let (number, asked) = asked(&mut state).unwrap();
    assert_eq!(asked, ["porch"], "nothing is sent to the other one");
    answer(&mut state, number, costs("porch", Ok(100_000)));
    let Shown::Plan(shown) = &state.updates.shown else { panic!() };
    assert_eq!(shown.whole_time(&state), Some(Duration::from_secs(3)));
    let airtime = Airtime { sent: 100_000, raw: u64::from(new.size()) };
    assert_eq!(shown.airtime(&state.engine), Some(airtime));
}

/// What the engine is to be asked, if that has changed.
fn asked(state: &mut State) -> Option<(u64, Vec<String>)> {
    match super::super::settle(state)? {
        Effect::AskWays(number, ask) => {
            let devices = ask.map(|ask| ask.devices).unwrap_or_default();
            Some((number, devices.iter().map(ToString::to_string).collect()))
        }
        other => panic!("{other:?}"),
    }
}

fn answer(state: &mut State, number: u64, costs: Costs) {
    let device = costs.device.clone();
    ways::told(state, number, &device, Ok(Arc::new(costs)));
}

#[test]
fn only_what_is_not_known_is_asked_and_nothing_is_asked_twice() {
    let [old, new] = ["1.0.0", "2.0.0"].map(image);
    let devices = ["lamp", "porch", "shed"].map(|id| device(id, &old, Presence::Online)).to_vec();
    let mut state = planned(&new, devices);
    let (first, devices) = asked(&mut state).unwrap();
    assert_eq!(devices, ["lamp", "porch", "shed"]);
    answer(&mut state, first, costs("lamp", Ok(3000)));
    assert_eq!(asked(&mut state), None, "the rest of the question is still open");
    assert_eq!(state.updates.asking.left(), 2);
    // One less: what is known stays, and the others are asked again.
    toggle(&mut state, bounded("shed"));
    let (second, devices) = asked(&mut state).unwrap();
    assert_eq!(devices, ["porch"]);
    answer(&mut state, first, costs("porch", Ok(9)));
    assert!(plan(&mut state).ways.of(&bounded("porch")).is_none(), "an answer to the first question");
    answer(&mut state, second, costs("porch", Ok(3000)));
    assert_eq!((asked(&mut state), state.updates.asking.left()), (None, 0));
    assert_eq!(plan(&mut state).ways.alike()[0].labels, ["lamp", "porch"]);
    // Another image: nothing of it holds.
    choose(&mut state, old.file_sha256);
    assert!(plan(&mut state).ways.alike().is_empty());
}

#[test]
fn a_device_that_could_not_be_asked_is_asked_again_once_it_is_back_or_the_user_wants_it() {
    let [old, new] = ["1.0.0", "2.0.0"].map(image);
    let is = |presence| {
        let devices =
            vec![Arc::new(device("lamp", &old, presence)), Arc::new(device("shed", &old, Presence::Online))];
        Arc::new(Snapshot { devices, ..Snapshot::default() })
    };
    let devices = ["lamp", "shed"].map(|id| device(id, &old, Presence::Online)).to_vec();
    let mut state = planned(&new, devices);
    let fail = |state: &mut State, number| {
        ways::told(state, number, &bounded("lamp"), Err(PlanError::Stopped));
        assert_eq!(asked(state), None, "nothing is asked again by itself");
        assert_eq!(plan(state).ways.trouble(&bounded("lamp")), Some(&PlanError::Stopped));
    };
    let (number, _) = asked(&mut state).unwrap();
    fail(&mut state, number);
    assert_eq!(state.updates.asking.done(), (1, 2), "who failed is no longer waited for, and still counts");
    answer(&mut state, number, costs("shed", Ok(3000)));
    state.engine = is(Presence::Offline);
    assert_eq!(asked(&mut state), None);
    assert_eq!(plan(&mut state).ways.trouble(&bounded("lamp")), None);
    state.engine = is(Presence::Online);
    let (number, devices) = asked(&mut state).unwrap();
    assert_eq!(devices, ["lamp"], "what is known of the other one holds");
    fail(&mut state, number);
    ask_again(&mut state, &bounded("lamp"));
    assert_eq!(asked(&mut state).unwrap().1, ["lamp"]);
}

#[test]
fn what_nobody_looks_at_is_called_off_and_asked_again_on_return() {
    let [old, new] = ["1.0.0", "2.0.0"].map(image);
    let mut state = planned(&new, vec![device("lamp", &old, Presence::Online)]);
    state.page = Page::Updates;
    assert!(asked(&mut state).is_some());
    state.page = Page::History;
    assert_eq!(asked(&mut state).unwrap().1, Vec::<String>::new());
    assert_eq!(asked(&mut state), None);
    state.page = Page::Updates;
    assert_eq!(asked(&mut state).unwrap().1, ["lamp"]);
    state.updates.shown = Shown::List;
    assert_eq!(asked(&mut state).unwrap().1, Vec::<String>::new());
}

#[test]
fn a_device_that_runs_another_image_by_now_is_asked_again() {
    let [old, new] = ["1.0.0", "2.0.0"].map(image);
    let mut state = planned(&new, vec![device("lamp", &old, Presence::Online)]);
    let (number, _) = asked(&mut state).unwrap();
    answer(&mut state, number, costs("lamp", Ok(3000)));
    assert_eq!(asked(&mut state), None);
    let other = image("1.5.0");
    let devices = vec![Arc::new(device("lamp", &other, Presence::Online))];
    state.engine = Arc::new(Snapshot { devices, ..Snapshot::default() });
    assert_eq!(asked(&mut state).unwrap().1, ["lamp"]);
}

#[test]
fn a_way_that_cannot_be_had_is_a_refusal_of_those_who_cannot_have_it() {
    let [old, new] = ["1.0.0", "2.0.0"].map(image);
    let devices = ["lamp", "porch"].map(|id| device(id, &old, Presence::Online)).to_vec();
    let mut state = planned(&new, devices);
    let (number, _) = asked(&mut state).unwrap();
    answer(&mut state, number, costs("lamp", Ok(3000)));
    answer(&mut state, number, costs("porch", Err(Unavailable::BaseNotHere)));
    let sendable = |state: &mut State| {
        let engine = Arc::clone(&state.engine);
        plan(state).sendable(&engine).iter().map(|device| device.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(sendable(&mut state), ["lamp", "porch"]);
    send(&mut state, Some(Encoding::Delta));
    assert_eq!(asked(&mut state), None, "the wish changes none of the costs");
    assert_eq!(sendable(&mut state), ["lamp"]);
    let porch = Arc::clone(state.engine.device("porch").unwrap());
    let engine = Arc::clone(&state.engine);
    let Outlook::Known(Forecast::Refuse(cause)) = plan(&mut state).outlook(&porch, &engine) else { panic!() };
    assert_eq!(
        cause.detail,
        "it cannot be sent delta: the image that the device runs is not on this computer"
    );
    send(&mut state, Some(Encoding::Raw));
    assert_eq!(sendable(&mut state), ["lamp", "porch"]);
    let [Effect::Update(wish)] = &start(&mut state)[..] else { panic!() };
    assert_eq!(wish.options.encoding, Some(Encoding::Raw));
}

#[test]
fn nobody_erases_ahead_who_does_not_wait_for_another() {
    let [old, new] = ["1.0.0", "2.0.0"].map(image);
    let ahead = |ids: &[&str]| {
        let devices = ids.iter().map(|id| device(id, &old, Presence::Online)).collect();
        let mut state = planned(&new, devices);
        plan(&mut state).care.erase_ahead = true;
        match &start(&mut state)[..] {
            [Effect::Update(wish)] => wish.erase_ahead,
            other => panic!("{other:?}"),
        }
    };
    assert!(ahead(&["lamp", "porch"]));
    assert!(!ahead(&["lamp"]));
}

#[test]
fn how_far_a_stream_is_belongs_to_its_question() {
    let [old, new] = ["1.0.0", "2.0.0"].map(image);
    let mut state = planned(&new, vec![device("lamp", &old, Presence::Online)]);
    let (number, _) = asked(&mut state).unwrap();
    let working = |percent| WorkingOut { encoding: Encoding::Delta, percent };
    ways::works(&mut state, number + 1, bounded("lamp"), working(90));
    assert_eq!(state.updates.asking.working(), None);
    ways::works(&mut state, number, bounded("lamp"), working(34));
    assert_eq!(state.updates.asking.working(), Some(working(34)));
    answer(&mut state, number, costs("lamp", Ok(3000)));
    assert_eq!(state.updates.asking.working(), None);
}

#[test]
fn what_is_to_be_known_is_said_before() {
    let [old, new] = ["1.0.0", "2.0.0"].map(image);
    let mut state = planned(&new, vec![device("lamp", &old, Presence::Online)]);
    let lamp = Arc::clone(&state.engine.devices[0]);
    assert_eq!(plan(&mut state).cautions(&lamp), []);
    let mut other = (*lamp.status.clone().unwrap()).clone();
    other.running.project = bounded("pump");
    other.running.image_sha256 = Digest([9; 32]);
    let other = Device { status: Some(Arc::new(other)), ..(*lamp).clone() };
    assert_eq!(plan(&mut state).cautions(&other), [Caution::OtherProject("pump".to_owned())]);
    offer_all(&mut state);
    assert_eq!(plan(&mut state).devices.len(), 1);
}
