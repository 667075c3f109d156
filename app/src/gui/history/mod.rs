//! The history page: every update that was, over restarts.

mod certificate;
mod detail;
mod group;
mod lanes;
mod list;
mod page;
#[cfg(test)]
pub(super) mod sample;
mod scale;
mod timeline;

use std::sync::Arc;

use skylift_protocol::{Digest, Id};

pub use group::Group;
pub use list::{Line, List};
pub use page::draw;

use super::effect::Effect;
use super::mark::{Grey, Look};
use super::page::Page;
use super::state::State;
use super::{firmware, updates};
use crate::store::{Certified, Course, PastEnd, PastUpdate};
use group::grouped;

/// What the history is exported as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table.
    Csv,
    /// One object a line.
    Json,
}

/// Which updates are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// All.
    #[default]
    All,
    /// Those that validated.
    Validated,
    /// Those that were rolled back.
    RolledBack,
    /// Those that failed, or were refused.
    Failed,
    /// Those whose device went out of sight.
    Lost,
    /// Those that had to fail.
    Drills,
    /// Proofs instead of updates.
    Certificates,
}

impl Filter {
    /// All of them, with their names.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::All, "All"),
        (Self::Validated, "Validated"),
        (Self::RolledBack, "Rolled back"),
        (Self::Failed, "Failed"),
        (Self::Lost, "Lost"),
        (Self::Drills, "Drills"),
        (Self::Certificates, "Certificates"),
    ];

    fn keeps(self, update: &PastUpdate) -> bool {
        let verdict = update.end.as_ref().map(|end| end.verdict.as_str());
        match self {
            Self::All => true,
            Self::Validated => verdict == Some("validated"),
            Self::RolledBack => verdict == Some("rolled_back"),
            Self::Failed => matches!(verdict, Some("failed" | "refused")),
            Self::Lost => verdict == Some("lost"),
            Self::Drills => update.drill.is_some(),
            Self::Certificates => false,
        }
    }
}

/// What the page shows.
#[derive(Debug, Default)]
pub struct View {
    /// The updates, the newest first.
    pub updates: Vec<Arc<PastUpdate>>,
    /// The same, with those together that belong together.
    pub groups: Vec<Group>,
    /// The proofs, the latest first.
    pub certificates: Vec<Arc<Certified>>,
    /// What is listed of them.
    pub list: List,
    /// Which updates are shown.
    pub filter: Filter,
    /// What is searched for.
    pub search: String,
    /// The update whose details are open.
    pub open: Option<i64>,
    /// The proof whose details are open, by its place.
    pub proof: usize,
    /// The course that was read last, and of which update it is.
    course: Option<(i64, Arc<Course>)>,
}

/// What the user did.
#[derive(Clone, Debug)]
pub enum Action {
    /// Chose a filter.
    Filter(Filter),
    /// Typed a search.
    Search(String),
    /// Opened an update.
    Open(i64),
    /// Opened a proof, by its place.
    OpenProof(usize),
    /// Moved to another row, by so many.
    Move(i32),
    /// Wants the image of these updates sent to their devices again.
    Again(Vec<i64>),
    /// Wants the whole history as a file.
    Export(Format),
    /// Wants everything about one update as a file.
    Bundle(i64),
}

/// What happened elsewhere.
#[derive(Clone, Debug)]
pub enum Event {
    /// The updates, the newest first.
    Updates(Vec<Arc<PastUpdate>>),
    /// The proofs, the latest first.
    Certificates(Vec<Arc<Certified>>),
    /// The course of the update with this number.
    Course(i64, Arc<Course>),
}

impl View {
    /// Lists again what there is.
    fn relist(&mut self) {
        self.list = List::of(self);
    }

    /// The groups of which filter and search leave something, with their places.
    fn shown(&self) -> impl Iterator<Item = (usize, &Group)> {
        let wanted = self.search.trim().to_lowercase();
        let keeps = move |update: &PastUpdate| {
            let PastUpdate { name, device, project, version, file_sha256, .. } = update;
            let text = || format!("{name} {device} {project} {version} {file_sha256}").to_lowercase();
            self.filter.keeps(update) && (wanted.is_empty() || text().contains(&wanted))
        };
        let groups = self.groups.iter().enumerate();
        groups.filter(move |(_, group)| group.updates().any(|update| keeps(update)))
    }

    /// The proofs that the search leaves, with their places.
    fn shown_proofs(&self) -> impl Iterator<Item = (usize, &Arc<Certified>)> {
        let wanted = self.search.trim().to_lowercase();
        self.certificates.iter().enumerate().filter(move |(_, certified)| {
            let [old, new] = [&certified.old, &certified.new];
            let text = format!("{} {} {} {}", old.project, old.version, new.project, new.version);
            wanted.is_empty() || text.to_lowercase().contains(&wanted)
        })
    }

    /// The open update, and the group that it belongs to.
    #[must_use]
    pub fn opened(&self) -> Option<(&Group, &Arc<PastUpdate>)> {
        let open = self.open?;
        let find = |group| {
            let group: &Group = group;
            Some((group, group.updates().find(|update| update.number == open)?))
        };
        self.groups.iter().find_map(find)
    }

    /// The course of the open update, once it is read.
    #[must_use]
    pub fn course(&self) -> Option<&Course> {
        let (number, course) = self.course.as_ref()?;
        (Some(*number) == self.open).then_some(course)
    }

    /// Wants the course of what is open, if it is not there.
    fn wanted_course(&self) -> Vec<Effect> {
        let missing = self.open.filter(|_| self.course().is_none());
        missing.map(Effect::LoadCourse).into_iter().collect()
    }

    fn step(&mut self, rows: i32) {
        if self.filter == Filter::Certificates {
            let shown: Vec<_> = self.shown_proofs().map(|(place, _)| place).collect();
            if let Some(place) = stepped(&shown, &self.proof, rows) {
                self.proof = place;
            }
            return;
        }
        let shown: Vec<_> = self.shown().map(|(_, group)| group.telling().number).collect();
        let here = self.opened().map(|(group, _)| group.telling().number).unwrap_or_default();
        self.open = stepped(&shown, &here, rows).or(self.open);
    }
}

/// What lies so many rows from here; the first if this is not shown.
fn stepped<T: Copy + PartialEq>(shown: &[T], here: &T, rows: i32) -> Option<T> {
    let there = match shown.iter().position(|row| row == here) {
        Some(here) => here.saturating_add_signed(isize::try_from(rows).ok()?),
        None => 0,
    };
    shown.get(there.min(shown.len().saturating_sub(1))).copied()
}

/// Takes what the user did.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let view = &mut state.history;
    match action {
        Action::Filter(filter) => {
            view.filter = filter;
            view.relist();
        }
        Action::Search(text) => {
            view.search = text;
            view.relist();
        }
        Action::Open(number) => {
            view.open = Some(number);
            return view.wanted_course();
        }
        Action::OpenProof(place) => view.proof = place,
        Action::Move(rows) => {
            view.step(rows);
            return view.wanted_course();
        }
        Action::Again(numbers) => return again(state, &numbers),
        Action::Export(format) => return vec![Effect::ExportHistory(format)],
        Action::Bundle(number) => return vec![Effect::WriteBundle(number)],
    }
    Vec::new()
}

/// Takes what happened elsewhere.
pub fn hear(state: &mut State, event: Event) -> Vec<Effect> {
    let view = &mut state.history;
    match event {
        Event::Updates(updates) => {
            view.groups = grouped(&updates);
            if view.opened().is_none() {
                view.open = view.groups.first().map(|group| group.telling().number);
            }
            view.updates = updates;
            view.relist();
            // One that runs has more to tell each time; elsewhere nobody sees it.
            let shown = view.open.filter(|_| state.page == Page::History);
            let mut effects: Vec<_> = shown.map(Effect::LoadCourse).into_iter().collect();
            effects.extend(firmware::see(state));
            return effects;
        }
        Event::Certificates(certificates) => {
            view.certificates = certificates;
            view.relist();
        }
        Event::Course(number, course) => view.course = Some((number, course)),
    }
    Vec::new()
}

/// Shows how updates with an image ended, those that went back first.
pub fn show_image(state: &mut State, image: Digest) -> Vec<Effect> {
    let image = image.to_string();
    let view = &mut state.history;
    let of_it = || view.updates.iter().filter(|update| update.file_sha256 == image);
    let went_back = of_it().find(|update| Filter::RolledBack.keeps(update));
    let open = went_back.or_else(|| of_it().next()).map(|update| update.number);
    view.open = open.or(view.open);
    view.course = None;
    view.search = image.get(..12).unwrap_or_default().to_owned();
    view.filter = Filter::All;
    view.relist();
    state.page = Page::History;
    vec![Effect::LoadHistory]
}

/// Why an update cannot be planned again.
#[must_use]
pub fn why_not_again(state: &State, update: &PastUpdate) -> Option<&'static str> {
    if image_of(state, update).is_none() {
        Some("Its image is not in the library any more")
    } else if state.engine.device(&update.device).is_none() {
        Some("Its device is not on the network")
    } else {
        None
    }
}

fn image_of(state: &State, update: &PastUpdate) -> Option<Digest> {
    let is_it = |entry: &&crate::image::library::Entry| entry.file_sha256.to_string() == update.file_sha256;
    state.firmware.entries.iter().find(is_it).map(|entry| entry.file_sha256)
}

fn again(state: &mut State, numbers: &[i64]) -> Vec<Effect> {
    let wanted = |update: &&Arc<PastUpdate>| numbers.contains(&update.number);
    let updates: Vec<_> = state.history.updates.iter().filter(wanted).cloned().collect();
    let image = updates.first().and_then(|update| image_of(state, update));
    let known = updates.iter().rev().filter(|update| state.engine.device(&update.device).is_some());
    let devices: Vec<_> = known.filter_map(|update| Id::try_from(update.device.as_str()).ok()).collect();
    let (Some(image), false) = (image, devices.is_empty()) else { return Vec::new() };
    let mut effects = updates::act(state, updates::Action::Plan(devices));
    effects.extend(updates::act(state, updates::Action::Choose(image)));
    effects
}

/// How the end of a past update is marked, and its word.
#[must_use]
pub fn look_of(update: &PastUpdate) -> (Look, &'static str) {
    let inferred = update.end.as_ref().is_some_and(PastEnd::is_inferred);
    match update.end.as_ref().map(|end| (end.verdict.as_str(), end.reason.as_deref())) {
        None => (Look::Updating, "Running"),
        Some(("validated", _)) if inferred => (Look::Valid, "Validated, inferred"),
        Some(("validated", _)) => (Look::Valid, "Validated"),
        Some(("rolled_back", _)) if inferred => (Look::RolledBack, "Rolled back, inferred"),
        Some(("rolled_back", _)) => (Look::RolledBack, "Rolled back"),
        Some(("refused", _)) => (Look::Grey(Grey::Refused), "Refused"),
        Some(("lost", _)) => (Look::Grey(Grey::Lost), "Lost"),
        Some(("failed", Some("cancelled"))) => (Look::Grey(Grey::Cancelled), "Cancelled"),
        Some(("failed", _)) => (Look::Failed, "Failed"),
        Some(_) => (Look::Grey(Grey::Lost), "Sent"),
    }
}

#[cfg(test)]
mod tests;
