//! What happened elsewhere, for the USB page.

use std::path::PathBuf;
use std::sync::Arc;

use super::board::BoardView;
use super::contact::Contact;
use super::form::{Firmware, Form, Joins, free_name};
use super::job::{Doing, End, JobNumber, Part, Planned};
use super::plan::{PlanView, Planning};
use super::{Bench, backups, effect, job, several};
use crate::gui::effect::Effect;
use crate::gui::messages::Message;
use crate::gui::page::Page;
use crate::gui::state::State;
use crate::gui::usb::order::{Order, Wanted};
use crate::usb::Told;
use crate::usb::ports::{Port, Seen};

/// What happened elsewhere.
#[derive(Clone, Debug)]
pub enum Event {
    /// The ports that the system lists.
    Ports(Vec<Seen>),
    /// A port that somebody named.
    Named(Seen),
    /// The networks that are remembered, the last one first.
    Networks(Vec<String>),
    /// Something of the work with this number.
    Work(JobNumber, News),
    /// What flashing would do to the board on a port: the plan of this number.
    Planned(String, u64, Result<Arc<PlanView>, job::Failure>),
    /// A file was chosen for a board.
    Picked(String, Wanted, Option<PathBuf>),
    /// A file was chosen for several boards.
    PickedForSeveral(Wanted, Option<PathBuf>),
    /// Something of backups.
    Backups(backups::Event),
}

/// What work tells.
#[derive(Clone, Debug)]
pub enum News {
    /// How it goes.
    Told(Told),
    /// This is going to be written.
    Planned(Vec<Planned>),
    /// The board was read.
    Board(Arc<BoardView>),
    /// There is a backup of it now.
    BackedUp,
    /// The board came back on another port.
    Moved(Port),
    /// What is known of the board on the network.
    Contact(Contact),
    /// It has ended.
    Ended(End),
}

/// Takes what happened elsewhere.
pub fn hear(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Ports(seen) => listed(state, seen),
        Event::Named(seen) => named(state, seen),
        Event::Networks(networks) => state.usb.networks = networks,
        Event::Work(number, news) => return work(state, number, news),
        Event::Planned(path, number, plan) => {
            if let Some(bench) = state.usb.bench_mut(&path).filter(|bench| bench.plans == number) {
                bench.planning = match plan {
                    Ok(plan) => Planning::Made(plan),
                    Err(failure) => Planning::Refused(failure),
                };
            }
        }
        Event::Picked(path, wanted, file) => return super::picked(state, &path, wanted, file),
        Event::PickedForSeveral(wanted, file) => several::picked(state, wanted, file),
        Event::Backups(event) => return backups::hear(state, event),
    }
    Vec::new()
}

/// Ports keep what is known of them, unless the board was unplugged meanwhile.
fn listed(state: &mut State, seen: Vec<Seen>) {
    let view = &mut state.usb;
    view.looked = true;
    let before = std::mem::take(&mut view.ports);
    let (mut kept, mut stay): (Vec<_>, Vec<_>) = before.into_iter().partition(|bench| !bench.named);
    for Seen { port, state } in seen {
        if stay.iter().any(|bench| bench.path() == port.path()) {
            continue;
        }
        let place = kept.iter().position(|bench| bench.path() == port.path() && bench.port == port);
        let mut bench = match place {
            Some(place) => kept.remove(place),
            None => Bench::new(port, state.clone(), false),
        };
        bench.state = state;
        view.ports.push(bench);
    }
    // What is worked on stays until its end is seen: native USB goes away for a moment with every restart.
    for mut bench in kept.into_iter().filter(|bench| bench.job.is_some()) {
        bench.state = crate::usb::ports::State::Gone;
        stay.push(bench);
    }
    view.ports.append(&mut stay);
    if view.opened().is_none() {
        view.open = view.ports.first().map(|bench| bench.path().to_owned());
    }
}

fn named(state: &mut State, Seen { port, state: standing }: Seen) {
    let view = &mut state.usb;
    let path = port.path().to_owned();
    match view.bench_mut(&path) {
        Some(bench) => {
            if standing == crate::usb::ports::State::Gone && bench.running().is_none() {
                bench.forget_board();
            }
            bench.state = standing;
            bench.named = true;
        }
        None => {
            view.ports.push(Bench::new(port, standing, true));
            view.open = Some(path);
        }
    }
}

fn work(state: &mut State, number: JobNumber, news: News) -> Vec<Effect> {
    let now = state.now;
    let is_it = |bench: &&mut Bench| bench.job.as_ref().is_some_and(|job| job.number == number);
    let Some(bench) = state.usb.ports.iter_mut().find(is_it) else { return Vec::new() };
    let path = bench.path().to_owned();
    let Some(job) = bench.job.as_mut().filter(|job| job.runs()) else { return Vec::new() };
    match news {
        News::Told(told) => job.told(told, now),
        News::Planned(steps) => job.planned(steps),
        News::BackedUp => job.has_backup = true,
        News::Contact(contact) => {
            if job.contact.is_none() {
                job.enter(Part::Contact, now);
            }
            if !matches!(contact, Contact::Waiting) {
                job.say(contact.words(&job.title).1, now);
            }
            job.contact = Some(contact);
        }
        News::Moved(port) => {
            if state.usb.open.as_deref() == Some(&path) {
                state.usb.open = Some(port.path().to_owned());
            }
            let to = port.path().to_owned();
            bench.port = port;
            state.usb.ports.retain(|bench| {
                bench.path() != to || bench.job.as_ref().is_some_and(|job| job.number == number)
            });
        }
        News::Board(board) => {
            bench.board = Some(board);
            return read(state, &path);
        }
        News::Ended(end) => return ended(state, &path, end),
    }
    Vec::new()
}

/// A board was read: its form is filled in as far as can be guessed, and a plan is made.
fn read(state: &mut State, path: &str) -> Vec<Effect> {
    let form = proposed(state, path);
    let Some(bench) = state.usb.bench_mut(path) else { return Vec::new() };
    bench.form = form;
    super::plan(bench)
}

fn proposed(state: &State, path: &str) -> Form {
    let view = &state.usb;
    let Some((bench, board)) = view.bench(path).and_then(|bench| Some((bench, bench.board.as_ref()?))) else {
        return Form::default();
    };
    let fits = |entry: &&crate::image::library::Entry| entry.chip == board.chip();
    let library =
        || state.firmware.entries.iter().find(fits).map(|entry| Firmware::Library(entry.file_sha256));
    let bundled = crate::image::bundled::BundledFirmware::of(board.chip());
    let firmware = bundled.map(|firmware| Firmware::Bundled(firmware.chip)).or_else(library);
    let devices = state.engine.devices.iter().map(|device| device.name.as_str());
    let benches = view.ports.iter().map(|bench| bench.form.name.as_str());
    let taken = || devices.clone().chain(benches.clone());
    let name = match (board.owner_name(), &view.last_name, &bench.form.name) {
        (_, _, typed) if !typed.is_empty() => typed.clone(),
        (Some(name), _, _) => name.to_owned(),
        (None, Some(last), _) => {
            free_name(last.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-'), taken())
        }
        (None, None, _) => board.proposed_name().to_owned(),
    };
    let has_networks = board.board.owner().is_some_and(|owner| !owner.networks.is_empty());
    let joins = match (&bench.form.joins, view.networks.first()) {
        (Joins::Nothing, _) if has_networks => Joins::Nothing,
        (Joins::Nothing, Some(last)) => Joins::Remembered(last.clone()),
        (Joins::Nothing, None) => Joins::Typed,
        (joins, _) => joins.clone(),
    };
    Form {
        firmware: bench.form.firmware.clone().filter(|it| *it != Firmware::Fitting).or(firmware),
        name,
        joins,
        left: Vec::new(),
        ..bench.form.clone()
    }
}

fn ended(state: &mut State, path: &str, end: End) -> Vec<Effect> {
    let now = state.now;
    let Some(bench) = state.usb.bench_mut(path) else { return Vec::new() };
    let Some(job) = bench.job.as_mut() else { return Vec::new() };
    job.ended(end.clone(), now);
    let doing = job.doing;
    let has_joined = job.contact.as_ref().is_some_and(|contact| contact.device().is_some());
    if has_joined {
        bench.form.forget_password();
    }
    if let Some(bench) = state.usb.ports.iter().find(|bench| bench.path() == path) {
        several::ended(&mut state.usb.several, bench, has_joined);
    }
    let Some(bench) = state.usb.bench_mut(path) else { return Vec::new() };
    let message = match &end {
        End::Done(what) if doing != Doing::Read => Some(Message::done(what.clone())),
        End::Failed(failure) => {
            let text = std::iter::once(&failure.what).chain(&failure.advice).cloned().collect::<Vec<_>>();
            Some(Message::failed(format!("{}: {}", bench.path(), job::Doing::failed(doing)), text.join("\n")))
        }
        _ => None,
    };
    // A board that was read well shows itself.
    if doing == Doing::Read && !matches!(end, End::Failed(_)) {
        bench.job = None;
    }
    let shows = |bench: &Bench| match state.usb.several.open {
        true => state.usb.several.began(bench),
        false => state.usb.open.as_deref() == Some(path),
    };
    let is_seen = state.page == Page::Usb && state.usb.bench(path).is_some_and(shows);
    match message {
        Some(message) if is_seen => state.messages.file(message, now.wall),
        Some(message) => state.tell(message),
        None => {}
    }
    match doing {
        Doing::Flash | Doing::SetUp => {
            let mut effects = effect(Order::LoadNetworks);
            effects.push(Effect::LoadKeys);
            effects.extend(effect(Order::LoadBackups));
            effects
        }
        Doing::BackUp => effect(Order::LoadBackups),
        _ => Vec::new(),
    }
}
