//! The reducers of the devices page: what the user did and what happened elsewhere go in, effects come out.

use std::path::PathBuf;
use std::sync::Arc;

use skylift_protocol::{Digest, Id};

use super::{Action, Event, Kept, Log, View, ask, drill, tags, wifi};
use crate::engine::{Action as DeviceAction, Family, Presence};
use crate::gui::dialog::Dialog;
use crate::gui::effect::Effect;
use crate::gui::firmware::signing;
use crate::gui::messages::Message;
use crate::gui::page::Page;
use crate::gui::state::{self, State};
use crate::gui::{history, toit, updates};

/// Takes what the user did.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let effects = match action {
        Action::Update(devices) => return update(state, devices),
        Action::Drill(id, plan) => return drill::begin(state, id, *plan),
        Action::ShowEnd(id) => return show_end(state, &id),
        Action::Drop(id, path) => return drop_file(state, id, path),
        Action::MakeImage(id) => return toit::act(state, toit::Action::OpenFor(id)),
        Action::Identify(id) => return vec![Effect::Act(id, DeviceAction::Identify)],
        Action::PlanDrill(id) => return vec![Effect::PlanDrill(id)],
        Action::TakeTag(id, tag) => return tags::take(id, tag),
        Action::LoadLog(id) => load_log(&mut state.devices, id),
        Action::SearchAgain => {
            state.tell(Message::note("Searching the network again", "Every known device is asked as well."));
            vec![Effect::SearchAgain]
        }
        Action::OpenUsb => state.act(state::Action::Go(Page::Usb)),
        Action::Add
        | Action::StopSimulated(_)
        | Action::Reboot(_)
        | Action::RollBack(_)
        | Action::Validate(_)
        | Action::Forget(_)
        | Action::Rename(_)
        | Action::Wifi(_) => return ask_first(state, action),
        action => arrange(state, action),
    };
    state.devices.refresh(&state.engine, state.now);
    effects
}

/// What opens a dialog.
fn ask_first(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Add => state.dialog = Some(Dialog::add_device()),
        Action::StopSimulated(id) => ask::ask(state, &id, ask::stop_simulated),
        Action::Reboot(id) => ask::ask(state, &id, ask::reboot),
        Action::RollBack(id) => ask::ask(state, &id, ask::roll_back),
        Action::Validate(id) => ask::ask(state, &id, ask::validate),
        Action::Forget(id) => ask::ask(state, &id, ask::forget),
        Action::Rename(id) => state.dialog = state.engine.device(&id).map(|device| Dialog::rename(device)),
        Action::Wifi(id) => state.dialog = state.engine.device(&id).and_then(|device| Dialog::wifi(device)),
        _ => {}
    }
    Vec::new()
}

/// What changes only what is seen of the page.
fn arrange(state: &mut State, action: Action) -> Vec<Effect> {
    let view = &mut state.devices;
    match action {
        Action::Search(text) => view.search = text,
        Action::Filter(filter) => view.filter = filter,
        Action::Sort(by) => view.sort = view.sort.then(by),
        Action::Tick(id) => view.ticks.toggle(id),
        Action::TickTo(id) => view.ticks.extend_to(&view.rows.ids(), id),
        Action::TickAll => view.ticks.toggle_all(&view.rows.ids()),
        Action::Extend(by) => view.ticks.extend(&view.rows.ids(), by),
        Action::Move(by) => {
            view.ticks.step(&view.rows.ids(), by);
            // Open details follow the arrows.
            if let (Some(_), Some(cursor)) = (&view.open, view.ticks.cursor.clone()) {
                return open(state, cursor);
            }
        }
        Action::Open(id) => return open(state, id),
        Action::CloseDetail => view.open = None,
        Action::DetailWidth(width) => view.detail_width = Some(width),
        Action::CloseMove(id) => drop(view.moves.remove(&id)),
        Action::TypeTag(text) => view.new_tag = text,
        Action::AddTag(id) => return tags::give(id, &std::mem::take(&mut view.new_tag)),
        Action::Simulate => {
            view.expects_simulated = true;
            return vec![Effect::Simulate];
        }
        _ => {}
    }
    Vec::new()
}

/// Takes what happened elsewhere.
pub fn hear(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Tags(tags) => state.devices.tags = tags,
        Event::Drills(drills) => {
            take_drills(&mut state.devices, drills);
        }
        Event::Log(id, text) => {
            // Somebody may have gone on to another device meanwhile.
            if let Some(log) = state.devices.log.as_mut().filter(|log| log.device == id) {
                log.text = Some(text);
            }
        }
        Event::Added(id) => {
            let name =
                state.engine.device(&id).map_or_else(|| id.to_string(), |device| device.label().to_owned());
            state.tell(Message::done(format!("{name} is there")));
            return act(state, Action::Open(id));
        }
        Event::NotSimulated => state.devices.expects_simulated = false,
        Event::DrillPlanned(id, plan) => drill::ask(state, &id, *plan),
        Event::Left(id, began) => wifi::left(state, id, began),
        Event::WifiEnded(id, end) => wifi::ended(state, &id, end),
    }
    state.devices.refresh(&state.engine, state.now);
    Vec::new()
}

/// Takes what the engine says.
pub fn see(state: &mut State) -> Vec<Effect> {
    drill::see(state);
    follow_new_ids(state);
    state.devices.refresh(&state.engine, state.now);
    let newcomer = state.devices.welcome(&state.simulated, &state.engine);
    newcomer.map(|id| open(state, id)).unwrap_or_default()
}

/// A Jaguar device has another id with each firmware; who looks at it goes on looking at it.
fn follow_new_ids(state: &mut State) {
    for device in &state.engine.devices {
        let Some(former) = device.family.jaguar().and_then(|facts| facts.formerly.as_ref()) else { continue };
        state.devices.ticks.rename(former, &device.id);
        if state.devices.open.as_ref() == Some(former) {
            state.devices.open = Some(device.id.clone());
        }
    }
}

/// An image is in the library: if a file was dropped onto a device, it is for that.
pub fn image_added(state: &mut State, image: Digest) -> Vec<Effect> {
    let Some(id) = state.devices.dropped_on.take() else { return Vec::new() };
    plan(state, vec![id], Some(image))
}

/// No image came of a file.
pub fn image_failed(state: &mut State) {
    state.devices.dropped_on = None;
}

/// What this session has seen is newer than what the history had when it was read.
fn take_drills(view: &mut View, drills: std::collections::BTreeMap<String, Kept>) {
    for (device, kept) in drills {
        let known = view.drills.kept.get(&device);
        if known.is_none_or(|known| known.at <= kept.at) {
            view.drills.kept.insert(device, kept);
        }
    }
    view.rows.clear();
}

fn open(state: &mut State, id: Id) -> Vec<Effect> {
    let view = &mut state.devices;
    view.ticks.point(id.clone());
    if view.open.as_ref() == Some(&id) {
        return Vec::new();
    }
    view.open = Some(id.clone());
    view.new_tag.clear();
    view.log = None;
    // Jaguar keeps no log.
    let answers = state
        .engine
        .device(&id)
        .is_some_and(|device| device.presence == Presence::Online && device.family == Family::Skylift);
    if answers { load_log(&mut state.devices, id) } else { Vec::new() }
}

fn load_log(view: &mut View, id: Id) -> Vec<Effect> {
    // What is there stays until there is something newer.
    let text = view.log.take().filter(|log| log.device == id).and_then(|log| log.text);
    view.log = Some(Log { device: id.clone(), text });
    vec![Effect::LoadLog(id)]
}

fn update(state: &mut State, devices: Vec<Id>) -> Vec<Effect> {
    let view = &state.devices;
    let (devices, image) = match devices.as_slice() {
        [] if view.chosen().is_empty() => (view.rows.batch().devices.clone(), view.rows.batch().image),
        [] => (view.chosen(), None),
        [device] => {
            let ready = view.rows.row(device).and_then(|row| row.ready.as_ref());
            let image = ready.filter(|ready| ready.is_newer()).map(|ready| ready.file_sha256);
            (devices, image)
        }
        _ => (devices, None),
    };
    if devices.is_empty() { Vec::new() } else { plan(state, devices, image) }
}

fn plan(state: &mut State, devices: Vec<Id>, image: Option<Digest>) -> Vec<Effect> {
    state.page = Page::Updates;
    let mut effects = updates::act(state, updates::Action::Plan(devices));
    if let Some(image) = image {
        effects.extend(updates::act(state, updates::Action::Choose(image)));
    }
    effects
}

fn drop_file(state: &mut State, id: Id, path: PathBuf) -> Vec<Effect> {
    let name = state.engine.device(&id).map_or_else(|| id.to_string(), |device| device.label().to_owned());
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    state.tell(Message::note(format!("Opening {file} for {name}"), ""));
    state.devices.dropped_on = Some(id);
    vec![signing::add(state, path)]
}

/// The verdict, if it is of this session; else the device's past updates.
fn show_end(state: &mut State, id: &Id) -> Vec<Effect> {
    let Some(row) = state.devices.rows.row(id).map(Arc::clone) else { return Vec::new() };
    if let Some(job) = row.job_of_last_end() {
        state.page = Page::Updates;
        return updates::act(state, updates::Action::Verdict(job));
    }
    let mut effects = state.act(state::Action::Go(Page::History));
    effects.extend(history::act(state, history::Action::Filter(history::Filter::All)));
    effects.extend(history::act(state, history::Action::Search(id.to_string())));
    let newest = state.history.updates.iter().find(|update| update.device == id.as_str());
    if let Some(number) = newest.map(|update| update.number) {
        effects.extend(history::act(state, history::Action::Open(number)));
    }
    effects
}
