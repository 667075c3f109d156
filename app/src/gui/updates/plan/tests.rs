//! Tests: what a plan says before anything is sent.

use skylift_protocol::{
    Access, Fields, Phase, Protection, ResetReason, Running, Status, Validation, ValidationState, bounded,
};
use skylift_simulator::demo_image::DemoImage;

use super::*;
use crate::engine::Source;
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
    begin(&mut state, ids, Some(image.file_sha256));
    opened(&mut state, Arc::clone(image));
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
    assert!(matches!(effects[..], [Effect::Update(_)]), "{effects:?}");
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
    assert_eq!(shown.whole_time(&state), None);
    let rate = f64::from(new.size());
    state.updates.paces.insert("porch".to_owned(), Pace { rate, rest: Some(Duration::from_secs(4)) });
    let Shown::Plan(shown) = &state.updates.shown else { panic!() };
    assert_eq!(shown.whole_time(&state), Some(Duration::from_secs(5)));
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
