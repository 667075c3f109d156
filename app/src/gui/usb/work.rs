//! Work begins, and is called off.

use super::choices::Reach;
use super::contact::Contact;
use super::form::{Setup, WishedNetwork};
use super::job::{Doing, Job, Part, Planned};
use super::order::{Order, Task};
use super::{Bench, effect};
use crate::gui::effect::Effect;
use crate::gui::keys::default_signer;
use crate::gui::state::State;
use crate::usb::Step;

/// Begins work on a port, unless something is done with it.
pub(super) fn start(state: &mut State, port: String, task: Task) -> Vec<Effect> {
    begin(state, Order::Work { job: 0, port, task, board: None, reach: Reach::default() })
        .into_iter()
        .collect()
}

/// An order that a dialog gives: work gets its number, and is shown.
pub fn begin(state: &mut State, order: Order) -> Option<Effect> {
    let Order::Work { port, task, .. } = order else { return effect(order).pop() };
    let number = state.usb.last_job + 1;
    let bench = state.usb.bench_mut(&port).filter(|bench| bench.running().is_none())?;
    let mut job = Job::new(number, task.doing(), bench_title(bench, &task), steps(bench, &task));
    job.about = about(bench);
    job.has_backup = bench.job.as_ref().is_some_and(|before| before.has_backup && task.doing().writes());
    bench.job = Some(job);
    let (board, reach) = (bench.board.clone(), bench.form.choices.reach);
    state.usb.last_job = number;
    state.usb.open = Some(port.clone());
    state.usb.backups.open = false;
    effect(Order::Work { job: number, port, task, board, reach }).pop()
}

/// What the work is about: the board's new name, or what it is.
fn bench_title(bench: &Bench, task: &Task) -> String {
    match task {
        Task::Flash { setup, .. } | Task::SetUp(setup) => setup.name.as_str().to_owned(),
        _ => match &bench.board {
            Some(board) => board.name().to_owned(),
            None => bench.name(),
        },
    }
}

fn about(bench: &Bench) -> String {
    match &bench.board {
        Some(board) => format!("{} on {}", board.name(), bench.path()),
        None => format!("on {}", bench.path()),
    }
}

fn cable(step: Step, about: impl Into<String>, bytes: u64) -> Planned {
    Planned { part: Part::Cable(step), about: about.into(), bytes }
}

fn steps(bench: &Bench, task: &Task) -> Vec<Planned> {
    let capacity = bench.board.as_ref().map_or(0, |board| u64::from(board.flash_size()));
    let flash_size = || crate::gui::figures::size(capacity);
    let mut steps = vec![cable(Step::Connect, "The chip is restarted into its loader", 0)];
    match task {
        Task::Read => steps.push(cable(Step::Read, "Chip, partitions, settings", 0)),
        Task::BackUp => steps.push(cable(Step::BackUp, flash_size(), capacity)),
        Task::Flash { setup, back_up, .. } => {
            steps.push(cable(Step::Read, "What is on it now", 0));
            if *back_up && bench.board.as_ref().is_some_and(|board| !board.is_blank()) {
                steps.push(cable(Step::BackUp, flash_size(), capacity));
            }
            steps.extend(bench.planning.made().map(|plan| plan.steps.clone()).unwrap_or_default());
            steps.extend(afterwards("It runs what was written", setup, bench));
        }
        Task::SetUp(setup) => {
            steps.push(cable(Step::Read, "What is on it now", 0));
            steps.push(cable(Step::Provisioning, "Nothing else is written", 0));
            steps.extend(afterwards("It runs what is on it", setup, bench));
        }
        Task::Restore { partition, .. } => {
            let what = partition.as_ref().map_or_else(flash_size, Clone::clone);
            steps.push(cable(Step::Restore, what, if partition.is_none() { capacity } else { 0 }));
            steps.push(cable(Step::Restart, "It runs what was written", 0));
        }
        Task::EraseAll => steps.push(cable(Step::Erase, flash_size(), capacity)),
        Task::ErasePartition(partition) => steps.push(cable(Step::Erase, partition.clone(), 0)),
        Task::Boot(slot) => {
            steps.push(cable(Step::BootSelection, format!("names ota_{slot}"), 0));
            steps.push(cable(Step::Restart, "It runs the other slot", 0));
        }
    }
    steps
}

/// The board is left, and waited for if it restarts and knows a network.
fn afterwards(runs: &str, setup: &Setup, bench: &Bench) -> Vec<Planned> {
    if !bench.form.choices.reach.restarts() {
        return vec![cable(Step::Restart, "It stays in download mode", 0)];
    }
    let contact = ssid(setup, bench).map(|ssid| {
        let about = format!("Waits until it answers over {ssid}");
        Planned { part: Part::Contact, about, bytes: 0 }
    });
    std::iter::once(cable(Step::Restart, runs, 0)).chain(contact).collect()
}

/// The network that it joins then, new or as before.
fn ssid(setup: &Setup, bench: &Bench) -> Option<String> {
    let before = || bench.board.as_ref()?.board.owner()?.networks.first().cloned();
    setup
        .network
        .as_ref()
        .map(|network| match network {
            WishedNetwork::Remembered(ssid) => ssid.as_str().to_owned(),
            WishedNetwork::New(network) => network.ssid.as_str().to_owned(),
        })
        .or_else(before)
}

/// What the form of a board says; or nothing, and what is wrong is told.
fn setup(state: &mut State, path: &str) -> Option<Setup> {
    use super::form::Field;
    let signer = default_signer(state).map(|signer| signer.name.clone());
    let bench = state.usb.bench_mut(path)?;
    let setup = bench.form.read(signer.as_ref());
    if setup.is_err() {
        [Field::Name, Field::Ssid, Field::Password].into_iter().for_each(|field| bench.form.leave(field));
    }
    setup.ok()
}

/// Flashes a board as its form says.
pub(super) fn flash(state: &mut State, path: String) -> Vec<Effect> {
    let back_up = state.settings.kept.backup_before_flash;
    let Some(setup) = setup(state, &path) else { return Vec::new() };
    let Some(bench) = state.usb.bench(&path).filter(|bench| bench.planning.made().is_some()) else {
        return Vec::new();
    };
    let back_up = back_up && bench.board.as_ref().is_some_and(|board| !board.is_blank());
    let Some(firmware) = bench.form.firmware.clone() else { return Vec::new() };
    let choices = Box::new(bench.form.choices.clone());
    state.usb.last_name = Some(setup.name.as_str().to_owned());
    start(state, path, Task::Flash { firmware, setup, choices, back_up })
}

/// Writes what the form says of name, network and keys.
pub(super) fn set_up(state: &mut State, path: String) -> Vec<Effect> {
    match setup(state, &path) {
        Some(setup) => start(state, path, Task::SetUp(setup)),
        None => Vec::new(),
    }
}

/// Calls the work on a port off.
pub(super) fn cancel(state: &mut State, path: &str) -> Vec<Effect> {
    let job = state.usb.bench_mut(path).and_then(|bench| bench.job.as_mut()).filter(|job| job.runs());
    job.map(|job| {
        job.stopping = true;
        effect(Order::Cancel(job.number))
    })
    .unwrap_or_default()
}

/// Its end has been seen. What was read of a board that has been written since, is read again.
pub(super) fn close(state: &mut State, path: String) -> Vec<Effect> {
    let Some(bench) = state.usb.bench_mut(&path).filter(|bench| bench.running().is_none()) else {
        return Vec::new();
    };
    let wrote = bench.job.take().is_some_and(|job| job.doing.writes() && job.has_written());
    if wrote {
        bench.forget_board();
    }
    Vec::new()
}

/// Whether a finished job can be made good by writing name, network and keys again.
#[must_use]
pub(super) fn wants_other_network(job: &Job) -> bool {
    let writes = matches!(job.doing, Doing::Flash | Doing::SetUp);
    writes && !job.runs() && job.contact.as_ref().is_some_and(Contact::wants_other_network)
}
