//! Several boards flashed at once: which ports take part, and one form for all of them, whose name gets a number.

use std::collections::BTreeSet;

use super::form::{Field, Firmware, Flaws, Form, Joins};
use super::job::{End, JobNumber};
use super::order::{Order, Task, Wanted};
use super::{Bench, effect, work};
use crate::gui::effect::Effect;
use crate::gui::keys::default_signer;
use crate::gui::state::State;

/// The highest number that a name has room for. Nobody has more ports.
const MOST_BOARDS: u32 = 999;

/// What is to become of several boards.
#[derive(Debug, Default)]
pub struct Several {
    /// It is shown in place of one board.
    pub open: bool,
    /// The paths of the ports whose boards take part.
    pub ticked: BTreeSet<String>,
    /// What each becomes; to its name a number is added.
    pub form: Form,
    /// The work that was begun from here.
    begun: BTreeSet<JobNumber>,
}

/// What the user did.
#[derive(Clone, Debug)]
pub enum Action {
    /// Opened or closed it.
    Toggle,
    /// Ticked a port, or unticked it.
    Tick(String),
    /// Changed the form.
    Change(Box<Form>),
    /// Left a field of it.
    Leave(Field),
    /// Wants to choose a file for all boards.
    Pick(Wanted),
    /// Wants all of them flashed.
    Flash,
    /// Wants all work that was begun from here called off.
    Cancel,
}

impl Several {
    /// Whether the board on a port takes part, and can.
    #[must_use]
    pub fn has(&self, bench: &Bench) -> bool {
        self.ticked.contains(bench.path()) && can_take_part(bench)
    }

    /// Whether work on a board was begun from here.
    #[must_use]
    pub fn began(&self, bench: &Bench) -> bool {
        bench.job.as_ref().is_some_and(|job| self.begun.contains(&job.number))
    }

    /// What is wrong with the form, if something is. The names are checked with their numbers.
    #[must_use]
    pub fn flaws(&self) -> Option<Flaws> {
        let base = self.form.name.trim();
        let name = if base.is_empty() { String::new() } else { format!("{base}-{MOST_BOARDS}") };
        Form { name, ..self.form.clone() }.read(None).err()
    }

    /// The boards that take part, and what each is to be called.
    #[must_use]
    pub fn names<'v>(&self, state: &'v State) -> Vec<(&'v Bench, String)> {
        let base = self.form.name.trim();
        let benches = || state.usb.ports.iter().filter(|bench| self.has(bench));
        let devices = state.engine.devices.iter().map(|device| device.name.as_str());
        let kept = benches().filter_map(|bench| self.name_before(bench));
        let taken: BTreeSet<&str> = devices.chain(kept).collect();
        let mut free = (1..).map(|number| format!("{base}-{number}")).filter(|name| !taken.contains(&**name));
        let named = |bench: &'v Bench| {
            let name = self.name_before(bench).map(str::to_owned);
            (bench, name.or_else(|| free.next()).unwrap_or_default())
        };
        benches().map(named).collect()
    }

    /// Whoever is flashed again keeps its number.
    fn name_before<'b>(&self, bench: &'b Bench) -> Option<&'b str> {
        let number = bench.form.name.strip_prefix(self.form.name.trim())?.strip_prefix('-')?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        (self.began(bench) && is_number).then_some(&*bench.form.name)
    }

    /// How many boards are worked on, how many are flashed, and how many are not.
    #[must_use]
    pub fn tally<'b>(&self, benches: impl Iterator<Item = &'b Bench>) -> Tally {
        let mut tally = Tally::default();
        for bench in benches.filter(|bench| self.began(bench)) {
            match bench.job.as_ref().and_then(|job| job.end.as_ref()) {
                None => tally.running += 1,
                Some(End::Done(_)) => tally.done += 1,
                Some(End::Cancelled | End::Failed(_)) => tally.not_done += 1,
            }
        }
        tally
    }
}

/// How far the work on several boards is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Boards that are worked on.
    pub running: usize,
    /// Boards that are flashed.
    pub done: usize,
    /// Boards whose work failed or was called off.
    pub not_done: usize,
}

/// Whether something can be done with the board on a port now.
#[must_use]
pub fn can_take_part(bench: &Bench) -> bool {
    bench.running().is_none() && super::words::obstacle(bench).is_none()
}

/// Takes what the user did.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let several = &mut state.usb.several;
    match action {
        Action::Toggle => toggle(state),
        Action::Tick(path) => {
            if !several.ticked.remove(&path) {
                several.ticked.insert(path);
            }
        }
        Action::Change(form) => several.form = *form,
        Action::Leave(field) => several.form.leave(field),
        Action::Pick(wanted) => return effect(Order::PickForSeveral(wanted)),
        Action::Flash => return flash(state),
        Action::Cancel => return cancel(state),
    }
    Vec::new()
}

/// A file was chosen for all boards.
pub fn picked(state: &mut State, wanted: Wanted, file: Option<std::path::PathBuf>) {
    if let Some(file) = file {
        state.usb.several.form.take(wanted, file);
    }
}

/// Opened, it proposes all boards that are there, and what was chosen last.
fn toggle(state: &mut State) {
    let view = &mut state.usb;
    view.several.open = !view.several.open;
    view.backups.open = false;
    if !view.several.open {
        return;
    }
    let ready = view.ports.iter().filter(|bench| can_take_part(bench) && !view.several.began(bench));
    let boards = ready.filter(|bench| bench.named || bench.port.usb().is_some());
    let boards: Vec<_> = boards.map(|bench| bench.path().to_owned()).collect();
    view.several.ticked.extend(boards);
    if view.several.form.firmware.is_some() {
        return;
    }
    let joins = view.networks.first().map_or(Joins::Typed, |last| Joins::Remembered(last.clone()));
    let name = "board".to_owned();
    let firmware = Some(Firmware::Fitting);
    view.several.form = Form { firmware, name, joins, pair: true, ..Form::default() };
}

fn flash(state: &mut State) -> Vec<Effect> {
    let several = &mut state.usb.several;
    if several.flaws().is_some() {
        [Field::Name, Field::Ssid, Field::Password].into_iter().for_each(|field| several.form.leave(field));
        return Vec::new();
    }
    let form = several.form.clone();
    let names: Vec<_> = state.usb.several.names(state);
    let forms: Vec<_> = names
        .into_iter()
        .map(|(bench, name)| (bench.path().to_owned(), Form { name, left: Vec::new(), ..form.clone() }))
        .collect();
    forms.into_iter().flat_map(|(path, form)| flash_one(state, path, form)).collect()
}

/// The board keeps its form, so that it can be gone on with by itself.
fn flash_one(state: &mut State, path: String, form: Form) -> Option<Effect> {
    let signer = default_signer(state).map(|signer| signer.name.clone());
    let (setup, firmware) = (form.read(signer.as_ref()).ok()?, form.firmware.clone()?);
    let back_up = state.settings.kept.backup_before_flash;
    let task = Task::Flash { firmware, setup, choices: Box::new(form.choices.clone()), back_up };
    state.usb.bench_mut(&path)?.form = form;
    let order = Order::Work { job: 0, port: path, task, board: None, reach: Default::default() };
    let begun = work::begin(state, order)?;
    state.usb.several.begun.insert(state.usb.last_job);
    Some(begun)
}

fn cancel(state: &mut State) -> Vec<Effect> {
    let usb = &state.usb;
    let running = usb.ports.iter().filter(|bench| usb.several.began(bench) && bench.running().is_some());
    let paths: Vec<_> = running.map(|bench| bench.path().to_owned()).collect();
    paths.iter().flat_map(|path| work::cancel(state, path)).collect()
}

/// The work on a board has ended: what is done is not done again, and a password that has served is kept no longer.
pub(super) fn ended(several: &mut Several, bench: &Bench, has_joined: bool) {
    if !several.began(bench) {
        return;
    }
    if matches!(bench.job.as_ref().and_then(|job| job.end.as_ref()), Some(End::Done(_))) {
        several.ticked.remove(bench.path());
    }
    if has_joined {
        several.form.forget_password();
    }
}
