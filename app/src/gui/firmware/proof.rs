//! Putting an update to the proof: which one, how far it is, and what came of it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use skylift_protocol::Digest;
use skylift_simulator::bootloader::Bootloader;

use super::View;
use super::partitions::{Partitions, bootloader};
use crate::gui::effect::Effect;
use crate::gui::state::{Now, State};
use crate::image::library::Entry;

/// A proof of the update to the open image.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The image that devices run.
    pub old: Option<Digest>,
    /// The image that they shall run.
    pub new: Digest,
    /// What boots them.
    pub bootloader: Bootloader,
    /// Whose partition table they have.
    pub partitions: Partitions,
    /// How far it is.
    pub stage: Stage,
}

/// How far a proof is.
#[derive(Clone, Debug)]
pub enum Stage {
    /// What is to be proven is being chosen.
    Choosing,
    /// It runs.
    Running {
        /// Since when.
        begun: Instant,
        /// What everything random comes from, once it is drawn.
        seed: Option<u64>,
        /// Points tried.
        done: usize,
        /// Points in all; 0 until they are counted.
        total: usize,
    },
    /// It was not made, for this reason.
    Failed(String),
}

/// What the user did.
#[derive(Clone, Debug)]
pub enum Action {
    /// Wants the open image put to the proof.
    Choose,
    /// Chose the image that devices run.
    Old(Digest),
    /// Chose what boots them.
    Bootloader(Bootloader),
    /// Chose whose partition table they have.
    Partitions(Partitions),
    /// Wants to choose a partition table in a file.
    PickTable,
    /// Begins.
    Start,
    /// Breaks it off.
    Cancel,
    /// Wants to see it no more.
    Close,
}

/// What happened elsewhere.
#[derive(Clone, Debug)]
pub enum Event {
    /// It has begun with this seed.
    Begun(u64),
    /// A partition table was chosen, or none.
    Picked(Option<PathBuf>),
    /// So many points of so many are tried.
    Progress(usize, usize),
    /// It is made, and in the history.
    Made,
    /// It was cancelled.
    Cancelled,
    /// It was not made.
    Failed(String),
}

impl Proof {
    /// Whether it runs.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        matches!(self.stage, Stage::Running { .. })
    }
}

/// How long the rest takes, if all points take the same; `None` before the first.
#[must_use]
pub fn left(elapsed: Duration, done: usize, total: usize) -> Option<Duration> {
    let share = (done > 0).then(|| total.saturating_sub(done) as f64 / done as f64)?;
    Duration::try_from_secs_f64(elapsed.as_secs_f64() * share).ok()
}

impl View {
    /// The images that the open one can be put to the proof against: for the same chip, those of its project first.
    #[must_use]
    pub fn olds(&self, new: &Entry) -> Vec<&Entry> {
        let fits = |old: &&Entry| old.chip == new.chip && old.image_sha256 != new.image_sha256;
        let mut olds: Vec<_> = self.entries.iter().filter(fits).collect();
        olds.sort_by_key(|old| (old.project != new.project, std::cmp::Reverse(old.added)));
        olds
    }
}

/// Takes what the user did.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let view = &mut state.firmware;
    match action {
        Action::Choose => choose(view),
        Action::Close => view.proof = None,
        Action::Cancel => return vec![Effect::CancelProof],
        Action::Old(old) => change(view, |proof| proof.old = Some(old)),
        Action::Bootloader(bootloader) => change(view, |proof| proof.bootloader = bootloader),
        Action::Partitions(partitions) => choose_partitions(state, partitions),
        Action::PickTable => return vec![Effect::PickTable],
        Action::Start => return start(state),
    }
    Vec::new()
}

fn choose(view: &mut View) {
    let Some(entry) = view.open.and_then(|digest| view.entry(digest)) else { return };
    let old = view.olds(entry).first().map(|old| old.file_sha256);
    let new = entry.file_sha256;
    view.proof = Some(Proof {
        old,
        new,
        bootloader: Bootloader::Stock,
        partitions: Partitions::Default,
        stage: Stage::Choosing,
    });
}

/// While it runs nothing is changed.
fn change(view: &mut View, change: impl FnOnce(&mut Proof)) {
    if let Some(proof) = view.proof.as_mut().filter(|proof| !proof.is_running()) {
        change(proof);
        proof.stage = Stage::Choosing;
    }
}

/// With the table of a device comes its bootloader, as it tells of both.
fn choose_partitions(state: &mut State, partitions: Partitions) {
    let told = match &partitions {
        Partitions::Device(id) => state.engine.device(id).and_then(|device| device.status.as_deref()),
        Partitions::Default | Partitions::File(_) => None,
    };
    let told = told.map(bootloader);
    change(&mut state.firmware, |proof| {
        proof.partitions = partitions;
        proof.bootloader = told.unwrap_or(proof.bootloader);
    });
}

fn start(state: &mut State) -> Vec<Effect> {
    let (view, begun) = (&mut state.firmware, state.now.steady);
    let Some(proof) = view.proof.as_mut().filter(|proof| !proof.is_running()) else { return Vec::new() };
    let Some(old) = proof.old else { return Vec::new() };
    match proof.partitions.table(&state.engine) {
        Ok(table) => {
            proof.stage = Stage::Running { begun, seed: None, done: 0, total: 0 };
            vec![Effect::Prove { old, new: proof.new, bootloader: proof.bootloader, table }]
        }
        Err(why) => {
            proof.stage = Stage::Failed(why.to_owned());
            Vec::new()
        }
    }
}

/// Takes what happened elsewhere.
pub(super) fn hear(state: &mut State, event: Event) -> Vec<Effect> {
    // Nothing else may change meanwhile, and how long it still takes is counted from now.
    state.now = Now::read();
    let Some(proof) = &mut state.firmware.proof else { return Vec::new() };
    match (event, &mut proof.stage) {
        (Event::Begun(drawn), Stage::Running { seed, .. }) => *seed = Some(drawn),
        (Event::Picked(Some(path)), _) => {
            change(&mut state.firmware, |proof| proof.partitions = Partitions::File(path));
        }
        (Event::Begun(_) | Event::Picked(None), _) => {}
        (Event::Progress(done, total), Stage::Running { done: tried, total: all, .. }) => {
            // Threads tell out of order.
            (*tried, *all) = (done.max(*tried), total);
        }
        (Event::Progress(..), _) => {}
        (Event::Cancelled, stage) => *stage = Stage::Choosing,
        (Event::Failed(why), stage) => *stage = Stage::Failed(why),
        (Event::Made, _) => {
            state.firmware.proof = None;
            return vec![Effect::LoadHistory];
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::super::partitions::Table;
    use super::*;
    use crate::gui::settings;

    #[test]
    fn the_rest_takes_as_long_as_what_was_done() {
        assert_eq!(left(Duration::from_secs(10), 0, 100), None);
        assert_eq!(left(Duration::from_secs(10), 25, 100), Some(Duration::from_secs(30)));
        assert_eq!(left(Duration::from_secs(10), 100, 100), Some(Duration::ZERO));
    }

    #[test]
    fn a_running_proof_is_neither_changed_nor_begun_again() {
        let mut state = State::new(settings::View::default());
        let [old, new] = [Digest([1; 32]), Digest([2; 32])];
        state.firmware.proof = Some(Proof {
            old: Some(old),
            new,
            bootloader: Bootloader::Stock,
            partitions: Partitions::Default,
            stage: Stage::Choosing,
        });
        hear(&mut state, Event::Picked(Some("table.bin".into())));
        let effects = act(&mut state, Action::Start);
        let [Effect::Prove { table, .. }] = &effects[..] else { panic!("{effects:?}") };
        assert_eq!(*table, Table::File("table.bin".into()));
        assert!(act(&mut state, Action::Start).is_empty());
        act(&mut state, Action::Bootloader(Bootloader::Rollback));
        act(&mut state, Action::Partitions(Partitions::Default));
        hear(&mut state, Event::Begun(4711));
        hear(&mut state, Event::Progress(7, 9));
        hear(&mut state, Event::Progress(5, 9));
        let proof = state.firmware.proof.as_ref().unwrap();
        assert_eq!(proof.bootloader, Bootloader::Stock);
        assert_eq!(proof.partitions, Partitions::File("table.bin".into()));
        assert!(matches!(proof.stage, Stage::Running { seed: Some(4711), done: 7, total: 9, .. }));
        assert!(matches!(hear(&mut state, Event::Made)[..], [Effect::LoadHistory]));
        assert!(state.firmware.proof.is_none());
    }
}
