//! Rollback drills: what is asked before one begins, and what the last one of a device has proven.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use skylift_protocol::Id;

use super::Action;
use crate::engine::{Canary, Device, DrillPlan, DrillResult, JobId, Limits, Proof, Snapshot, printable};
use crate::gui::dialog::{Consequence, Dialog, Question};
use crate::gui::effect::Effect;
use crate::gui::figures::{day_and_time, size};
use crate::gui::mark::{Grey, Look};
use crate::gui::messages::{Message, sentence};
use crate::gui::page::Page;
use crate::gui::state::{self, State};
use crate::gui::updates::Wish;

/// The last drill of a device from which something is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// When it ended.
    pub at: SystemTime,
    /// The word of what it proved; see [`Proof`].
    pub result: String,
    /// How long the device took to come back, if that is proven.
    pub recovery: Option<Duration>,
    /// The version that ran again.
    pub version_before: String,
    /// The digest of the build that had to fail, in hexadecimal.
    pub image: String,
}

impl Kept {
    /// Whether rolling back is proven, and the last end that the device tells is that of this very drill.
    #[must_use]
    pub fn is_last_end_of(&self, device: &Device) -> bool {
        let end = device.status.as_ref().and_then(|status| status.last_end.as_ref());
        let image = end.and_then(|end| end.image_sha256);
        self.is_proven() && image.is_some_and(|image| image.to_string() == self.image)
    }

    fn is_proven(&self) -> bool {
        self.result == Proof::Proven.as_str()
    }

    /// What it says, in a few words and in a sentence.
    #[must_use]
    pub fn words(&self, now: SystemTime) -> (Look, String, String) {
        let (at, before) = (day_and_time(self.at, now), &self.version_before);
        if self.is_proven() {
            let after = self.recovery.map_or(String::new(), |time| format!(", {:.1} s", time.as_secs_f64()));
            let text = format!("A build that had to fail was sent, and {before} ran again by itself.");
            return (Look::Valid, format!("Rollback proven {at}{after}"), text);
        }
        let (look, name, text) = match self.result.as_str() {
            "unprotected" => {
                (Look::Failed, "Not protected", "The build that had to fail was kept. Roll it back by hand.")
            }
            "lost" => {
                (Look::Grey(Grey::Lost), "Rollback not proven", "The device went out of sight meanwhile.")
            }
            _ => (
                Look::Grey(Grey::Waiting),
                "Rollback not proven",
                "The drill ended otherwise than it should.",
            ),
        };
        (look, format!("{name}, {at}"), text.to_owned())
    }
}

/// The drills of all devices, and which ends of this session have been told.
#[derive(Debug, Default)]
pub struct Drills {
    /// By the device's id.
    pub kept: BTreeMap<String, Kept>,
    told: BTreeMap<JobId, Proof>,
}

/// Asks whether a drill is to begin.
pub(super) fn ask(state: &mut State, id: &Id, plan: DrillPlan) {
    let Some(device) = state.engine.device(id) else { return };
    let (name, before, image) = (device.label(), &plan.version_before, &plan.image);
    let text = format!(
        "It gets a build that {}: {} {}, {}, as an ordinary update. It restarts into that, and by itself back into \
         {before}, within about {}. Should it not come back, only a cable helps: do not drill what you cannot \
         reach.",
        plan.method.fails_how(),
        printable(&image.project),
        printable(&image.version),
        size(u64::from(image.size())),
        about(plan.method.expected_time()),
    );
    state.dialog = Some(Dialog::Question(Question {
        title: format!("Prove that {name} rolls back?"),
        text,
        stay: "Leave it alone".to_owned(),
        go: "Begin the drill".to_owned(),
        then: Consequence::Action(Box::new(state::Action::Devices(Action::Drill(
            id.clone(),
            Box::new(plan),
        )))),
    }));
}

fn about(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..=90 => format!("{seconds} s"),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}

/// Begins it: an update like any other.
pub(super) fn begin(state: &mut State, id: Id, plan: DrillPlan) -> Vec<Effect> {
    state.page = Page::Updates;
    vec![Effect::Update(Wish {
        devices: vec![id],
        image: plan.image,
        options: plan.options,
        limits: Limits::default(),
        canary: Canary::Nobody,
        when_back: false,
        erase_ahead: false,
    })]
}

/// Takes the ends of this session's drills, and says what each has proven; again if that is corrected.
pub(super) fn see(state: &mut State) {
    let snapshot = std::sync::Arc::clone(&state.engine);
    for (job, result) in results(&snapshot) {
        let drills = &mut state.devices.drills;
        if drills.told.insert(job.id, result.proof) == Some(result.proof) {
            continue;
        }
        if result.proof != Proof::NotRun {
            let kept = Kept {
                at: state.now.wall,
                result: result.proof.as_str().to_owned(),
                recovery: result.recovery,
                version_before: job.from_version.clone(),
                image: job.image.image_sha256.to_string(),
            };
            drills.kept.insert(job.device.to_string(), kept);
            state.devices.rows.clear();
        }
        state.tell(told(&job.device_label, &result));
    }
}

fn results(snapshot: &Snapshot) -> impl Iterator<Item = (&crate::engine::Job, DrillResult)> {
    snapshot.jobs.iter().filter_map(|job| Some((&**job, DrillResult::of(job, snapshot)?)))
}

fn told(name: &str, result: &DrillResult) -> Message {
    let (look, title) = match result.proof {
        Proof::Proven => (Look::Valid, format!("{name} is proven to roll back")),
        Proof::Unprotected => (Look::Failed, format!("{name} is not protected")),
        Proof::NotProven => (Look::Failed, format!("{name} is not proven to roll back")),
        Proof::NotRun => (Look::Grey(Grey::Refused), format!("The drill of {name} did not run")),
        Proof::Lost => (Look::Grey(Grey::Lost), format!("{name} went out of sight in its drill")),
    };
    let mut text = sentence(&result.sentence);
    for advice in &result.advice {
        text.push('\n');
        text.push_str(&sentence(advice));
    }
    Message { look, title, text }
}
