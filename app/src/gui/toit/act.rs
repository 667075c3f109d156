//! What the user does with envelopes, and what is heard of them.

use std::path::{Path, PathBuf};

use skylift_protocol::{Digest, Id};

use super::asked_assets::moved_up;
use super::form::{Field, Form, Jaguar, Place, is_program};
use super::{Action, Event, Loading, Opened, Order, Picked, View, Work};
use crate::gui::effect::Effect;
use crate::gui::file_dialogs::Answered;
use crate::gui::messages::Message;
use crate::gui::page::Page;
use crate::gui::state::State;
use crate::gui::usb::form::Joins;
use crate::gui::{devices, dialog::Secret, firmware, updates, usb};
use crate::image::toit::jaguar_image::JaguarDevice;

/// Takes what the user did.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let view = &mut state.toit;
    match action {
        Action::Open => return open(state),
        Action::OpenFor(id) => return open_for(state, &id),
        Action::Close => view.open = false,
        Action::Change(form) => return change(view, *form),
        Action::Leave(field) => {
            if !view.form.left.contains(&field) {
                view.form.left.push(field);
            }
        }
        Action::Load => return load(view),
        Action::StopLoading => stop_loading(view),
        Action::PickEnvelope => return order(Order::Pick(Picked::Envelope)),
        Action::PickProgram => return order(Order::Pick(Picked::Program)),
        Action::PickAssets(at) => {
            let number = view.asked_assets.begin(at);
            return order(Order::Pick(Picked::Assets(number)));
        }
        Action::PickSdk => return order(Order::Pick(Picked::Sdk)),
        Action::Drop(path) if is_program(&path) => {
            let mut effects = open(state);
            effects.extend(add(&mut state.toit, &path));
            return effects;
        }
        Action::Drop(path) => {
            view.open = false;
            return firmware::act(state, firmware::Action::Add(path));
        }
        Action::Remove(at) => return remove(view, at),
        Action::Make => return begin(view, Order::Make),
        Action::Save => return begin(view, Order::Save),
        Action::Cancel => return order(Order::Cancel),
        Action::CloseWork => view.work = None,
    }
    Vec::new()
}

fn order(order: Order) -> Vec<Effect> {
    vec![Effect::Toit(Box::new(order))]
}

fn open(state: &mut State) -> Vec<Effect> {
    state.page = Page::Firmware;
    state.toit.open = true;
    let mut effects = order(Order::FindSdks);
    effects.push(Effect::Usb(Box::new(usb::order::Order::LoadNetworks)));
    effects
}

/// With what the device says of itself filled in.
fn open_for(state: &mut State, id: &Id) -> Vec<Effect> {
    let device = state.engine.device(id).cloned();
    let facts = device.as_ref().and_then(|device| device.family.jaguar());
    let Some((device, facts)) = device.as_ref().zip(facts) else { return Vec::new() };
    let form = &mut state.toit.form;
    form.device = Some(Jaguar {
        id: id.clone(),
        device: JaguarDevice {
            name: device.name.clone(),
            chip: facts.chip_word.clone(),
            sdk_version: facts.sdk_version.clone(),
            word_size: facts.word_size,
        },
        leave: false,
    });
    if form.file.is_empty() {
        form.place = Place::Release;
        facts.chip_word.clone_into(&mut form.chip);
        facts.sdk_version.clone_into(&mut form.version);
    }
    open(state)
}

fn change(view: &mut View, form: Form) -> Vec<Effect> {
    let before = std::mem::replace(&mut view.form, form);
    let counts = |form: &Form| {
        (form.programs.clone(), form.without.clone(), form.network().is_some(), form.device.clone())
    };
    if counts(&before) == counts(&view.form) { Vec::new() } else { foretell(view) }
}

fn add(view: &mut View, path: &Path) -> Vec<Effect> {
    view.form.add(path);
    foretell(view)
}

/// The fields behind it move up.
fn remove(view: &mut View, at: usize) -> Vec<Effect> {
    if at < view.form.programs.len() {
        view.form.programs.remove(at);
    }
    let left = std::mem::take(&mut view.form.left);
    view.form.left = left
        .into_iter()
        .filter_map(|field| match field {
            Field::Program(place) => moved_up(place, at).map(Field::Program),
            other => Some(other),
        })
        .collect();
    view.asked_assets.removed(at);
    foretell(view)
}

fn load(view: &mut View) -> Vec<Effect> {
    let Ok(source) = view.form.source() else { return Vec::new() };
    view.asked += 1;
    view.envelope = Loading::Under { received: 0, total: None };
    view.notices.clear();
    order(Order::Load(view.asked, source))
}

/// What comes of it all the same is not the envelope that was asked for last.
fn stop_loading(view: &mut View) {
    if matches!(view.envelope, Loading::Under { .. }) {
        view.asked += 1;
        view.envelope = Loading::Nothing;
    }
}

fn foretell(view: &mut View) -> Vec<Effect> {
    let Some(opened) = view.opened().cloned() else { return Vec::new() };
    view.foretold += 1;
    order(Order::Foretell(view.foretold, opened, Box::new(view.form.clone())))
}

fn begin(view: &mut View, work: fn(Opened, Box<Form>) -> Order) -> Vec<Effect> {
    let Some(opened) = view.opened().filter(|_| view.why_not().is_none()).cloned() else {
        return Vec::new();
    };
    view.work = Some(Work::default());
    order(work(opened, Box::new(view.form.clone())))
}

/// Takes what happened elsewhere.
pub fn hear(state: &mut State, event: Event) -> Vec<Effect> {
    let view = &mut state.toit;
    match event {
        Event::Picked(what, Answered::Chosen(path)) => return picked(state, what, path),
        Event::Picked(what, none @ (Answered::Closed | Answered::NoDialog)) => {
            view.no_picker = none == Answered::NoDialog;
            if let Picked::Assets(number) = what {
                view.asked_assets.end(number);
            }
        }
        Event::Found(path, opened) => {
            view.form.place = Place::File;
            view.form.file = path.display().to_string();
            view.asked += 1;
            // It is no image that a device could get as it is.
            devices::image_failed(state);
            let mut effects = open(state);
            effects.extend(opened_now(&mut state.toit, opened));
            return effects;
        }
        Event::Loaded(number, loading) if number == view.asked => match loading {
            Loading::Opened(opened) => return opened_now(view, opened),
            other => view.envelope = other,
        },
        Event::Loaded(..) => {}
        Event::Sdks(sdks) => view.sdks = Some(sdks),
        Event::Foretold(number, notices) if number == view.foretold => view.notices = notices,
        Event::Foretold(..) => {}
        Event::Step(step) => on_work(view, |work| work.steps.push(step)),
        Event::Line(line) => on_work(view, |work| work.line(line)),
        Event::Failed(failure) => on_work(view, |work| work.failed = Some(failure)),
        Event::Cancelled => view.work = None,
        Event::Saved(path) => {
            view.work = None;
            if let Some(path) = path {
                state.tell(Message::done(format!("The envelope is saved in {}", path.display())));
            }
        }
        Event::Made(image, remembered) => return made(state, image, remembered),
    }
    Vec::new()
}

/// The image is shown; where it is for a device, its update is planned.
fn made(state: &mut State, image: Digest, remembered: Option<String>) -> Vec<Effect> {
    let view = &mut state.toit;
    view.work = None;
    if let Some(network) = remembered {
        view.form.joins = Joins::Remembered(network);
    }
    // One that is remembered is looked up from now on; one that could not be would be an open network without it.
    if view.form.joins != Joins::Typed {
        view.form.password = Secret::default();
    }
    let device = view.form.device.take();
    let mut effects = firmware::hear(state, firmware::Event::Added(image));
    if let Some(jaguar) = device {
        effects.extend(updates::act(state, updates::Action::Plan(vec![jaguar.id])));
        effects.extend(updates::act(state, updates::Action::Choose(image)));
        if let updates::Shown::Plan(plan) = &mut state.updates.shown {
            // That was a word already.
            plan.care.allow_without_jaguar = jaguar.leave;
        }
    }
    effects
}

fn on_work(view: &mut View, change: impl FnOnce(&mut Work)) {
    if let Some(work) = &mut view.work {
        change(work);
    }
}

fn opened_now(view: &mut View, opened: Opened) -> Vec<Effect> {
    view.envelope = Loading::Opened(opened);
    view.notices.clear();
    // What was left out of another one may be needed here.
    view.form.without.clear();
    foretell(view)
}

fn picked(state: &mut State, what: Picked, path: PathBuf) -> Vec<Effect> {
    let view = &mut state.toit;
    view.no_picker = false;
    match what {
        Picked::Envelope => {
            view.form.place = Place::File;
            view.form.file = path.display().to_string();
            load(view)
        }
        Picked::Program => add(view, &path),
        Picked::Assets(number) => {
            let at = view.asked_assets.end(number);
            let Some(program) = at.and_then(|at| view.form.programs.get_mut(at)) else { return Vec::new() };
            program.assets = Some(path);
            foretell(view)
        }
        Picked::Sdk => order(Order::UseSdk(path)),
    }
}
