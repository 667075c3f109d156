//! The USB page: boards on a cable, read, flashed, set up and backed up.

mod backups;
mod bench;
pub mod board;
pub mod choices;
pub mod contact;
mod draw;
pub mod form;
mod hear;
pub mod job;
pub mod order;
pub mod plan;
#[cfg(test)]
pub mod sample;
pub mod several;
#[cfg(test)]
mod tests;
mod words;
mod work;

use std::path::PathBuf;

use skylift_protocol::Id;

pub use backups::{BackupRow, Event as BackupEvent, Soundness};
pub use bench::Bench;
pub use draw::draw;
pub use hear::{Event, News, hear};
pub use work::begin;

use self::form::{Field, Firmware, Form};
use self::job::JobNumber;
use self::order::{Order, Task, Wanted};
use super::dialog::{Consequence, Dialog, Question};
use super::effect::Effect;
use super::state::{self, State};
use super::{devices, monitor};
use crate::store::Key;

/// What the page shows.
#[derive(Debug, Default)]
pub struct View {
    /// The ports, in the order in which they are shown.
    pub ports: Vec<Bench>,
    /// The system has told which ports there are.
    pub looked: bool,
    /// The port that is open, by its path.
    pub open: Option<String>,
    /// The networks whose passwords are remembered, the last one first.
    pub networks: Vec<String>,
    /// The backups.
    pub backups: backups::View,
    /// Several boards at once.
    pub several: several::Several,
    /// The name that was given last.
    pub last_name: Option<String>,
    /// The number of the last work.
    last_job: JobNumber,
}

/// What the user did.
#[derive(Clone, Debug)]
pub enum Action {
    /// Opened a port.
    Open(String),
    /// Wants to name a port; is asked for its path.
    OtherPort,
    /// Takes a port that was named off the list.
    Unname(String),
    /// Wants a board read.
    Read(String),
    /// Changed the form of a board.
    Change(String, Box<Form>),
    /// Left a field of it.
    Leave(String, Field),
    /// Chose what is to be flashed.
    Choose(String, Firmware),
    /// Wants to choose a file.
    Pick(String, Wanted),
    /// Wants a backup taken first, or not.
    BackUpFirst(bool),
    /// Wants a board flashed and set up.
    Flash(String),
    /// Wants name, networks and keys written, and nothing else.
    SetUp(String),
    /// Wants a backup of a board.
    BackUp(String),
    /// Wants all of a board erased; is asked.
    EraseAll(String),
    /// Wants a partition of it erased; is asked.
    ErasePartition(String, String),
    /// Wants another slot to boot; is asked.
    Boot(String, u8),
    /// Has agreed to work on a board.
    Begin(String, Task),
    /// Wants the work on a port called off.
    Cancel(String),
    /// Has seen how the work on a port ended.
    CloseJob(String),
    /// Wants to see what the board says.
    OpenMonitor(String),
    /// Wants to see a device.
    ShowDevice(Id),
    /// Something with several boards.
    Several(several::Action),
    /// Something with backups.
    Backups(backups::Action),
}

impl View {
    /// A port by its path.
    #[must_use]
    pub fn bench(&self, path: &str) -> Option<&Bench> {
        self.ports.iter().find(|bench| bench.path() == path)
    }

    fn bench_mut(&mut self, path: &str) -> Option<&mut Bench> {
        self.ports.iter_mut().find(|bench| bench.path() == path)
    }

    /// The port that is open.
    #[must_use]
    pub fn opened(&self) -> Option<&Bench> {
        self.bench(self.open.as_deref()?)
    }

    /// Boards whose flash is being written.
    pub fn writing(&self) -> impl Iterator<Item = &Bench> {
        self.ports.iter().filter(|bench| bench.job.as_ref().is_some_and(job::Job::is_writing))
    }

    /// Boards that are worked on in a way that ends badly if the window closes.
    #[must_use]
    pub fn busy(&self) -> usize {
        let busy = |bench: &&Bench| bench.running().is_some_and(|job| job.doing.writes());
        self.ports.iter().filter(busy).count()
    }
}

fn effect(order: Order) -> Vec<Effect> {
    vec![Effect::Usb(Box::new(order))]
}

/// Takes what the user did.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Open(path) => {
            state.usb.open = Some(path);
            state.usb.several.open = false;
        }
        Action::OtherPort => state.dialog = Some(Dialog::other_port()),
        Action::Unname(path) => return unname(state, path),
        Action::Change(path, form) => return change(state, &path, *form),
        Action::Leave(path, field) => {
            if let Some(bench) = state.usb.bench_mut(&path) {
                bench.form.leave(field);
            }
        }
        Action::Choose(path, firmware) => return choose(state, &path, firmware),
        Action::Pick(path, wanted) => return effect(Order::Pick(path, wanted)),
        Action::BackUpFirst(on) => {
            return vec![Effect::ChangeSetting(Key::BackupBeforeFlash, Some(on.to_string()))];
        }
        Action::Read(path) => return work::start(state, path, Task::Read),
        Action::BackUp(path) => return work::start(state, path, Task::BackUp),
        Action::Begin(path, task) => return work::start(state, path, task),
        Action::Flash(path) => return work::flash(state, path),
        Action::SetUp(path) => return work::set_up(state, path),
        Action::EraseAll(path) => state.dialog = erase_all(state, path),
        Action::ErasePartition(path, partition) => state.dialog = Some(erase_partition(path, partition)),
        Action::Boot(path, slot) => state.dialog = Some(boot(path, slot)),
        Action::Cancel(path) => return work::cancel(state, &path),
        Action::CloseJob(path) => return work::close(state, path),
        Action::OpenMonitor(path) => return monitor::open(state, path),
        Action::ShowDevice(id) => {
            state.page = super::page::Page::Devices;
            return devices::act(state, devices::Action::Open(id));
        }
        Action::Several(action) => return several::act(state, action),
        Action::Backups(action) => return backups::act(state, action),
    }
    Vec::new()
}

fn unname(state: &mut State, path: String) -> Vec<Effect> {
    let view = &mut state.usb;
    view.ports.retain(|bench| bench.path() != path || bench.running().is_some());
    if view.opened().is_none() {
        view.open = view.ports.first().map(|bench| bench.path().to_owned());
    }
    effect(Order::Unname(path))
}

/// What the form says now; the plan is another one if the choices for it are.
fn change(state: &mut State, path: &str, form: Form) -> Vec<Effect> {
    let Some(bench) = state.usb.bench_mut(path) else { return Vec::new() };
    let plans_anew = !form.choices.plans_as(&bench.form.choices);
    bench.form = form;
    if plans_anew { plan(bench) } else { Vec::new() }
}

fn choose(state: &mut State, path: &str, firmware: Firmware) -> Vec<Effect> {
    let Some(bench) = state.usb.bench_mut(path) else { return Vec::new() };
    bench.form.firmware = Some(firmware);
    plan(bench)
}

/// Has what flashing would do worked out anew.
fn plan(bench: &mut Bench) -> Vec<Effect> {
    let port = bench.path().to_owned();
    let plan = bench.plan();
    let choices = bench.form.choices.clone();
    plan.map(|(number, firmware, board)| effect(Order::Plan { port, board, number, firmware, choices }))
        .unwrap_or_default()
}

/// A file was chosen for a board.
fn picked(state: &mut State, path: &str, wanted: Wanted, file: Option<PathBuf>) -> Vec<Effect> {
    let (Some(file), Some(bench)) = (file, state.usb.bench_mut(path)) else { return Vec::new() };
    bench.form.take(wanted, file);
    plan(bench)
}

fn erase_all(state: &State, path: String) -> Option<Dialog> {
    let board = state.usb.bench(&path)?.board.as_ref()?;
    Some(Dialog::erase_chip(path, board.name()))
}

fn asks(title: String, text: &str, stay: &str, go: &str, path: String, task: Task) -> Dialog {
    Dialog::Question(Question {
        title,
        text: text.to_owned(),
        stay: stay.to_owned(),
        go: go.to_owned(),
        then: Consequence::Action(Box::new(state::Action::Usb(Action::Begin(path, task)))),
    })
}

fn erase_partition(path: String, partition: String) -> Dialog {
    let title = format!("Erase {partition}?");
    let text = "What is in this partition is gone then. The rest of the board stays as it is.";
    asks(title, text, "Keep it", "Erase", path, Task::ErasePartition(partition))
}

fn boot(path: String, slot: u8) -> Dialog {
    let title = format!("Boot ota_{slot} from now on?");
    let text = "The board restarts into the image of that slot. Both images stay.";
    asks(title, text, "Leave it", "Boot it", path, Task::Boot(slot))
}
