//! What a drill has proven: a pure function of the update's end and of what the device says of itself then.

use std::time::Duration;

use skylift_protocol::{ErrorCode, Status, ValidationState};

use super::{Drill, DrillMethod};
use crate::engine::snapshot::Snapshot;
use crate::engine::update::{Cause, HostReason, Job, Step, Verdict, Why};

/// What came of a drill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrillResult {
    /// What it proves.
    pub proof: Proof,
    /// The sentence for people, without the device's name.
    pub sentence: String,
    /// What they can do about it, the likeliest first.
    pub advice: Vec<String>,
    /// From the device's restart into the build until the image before answered again, as seen from this computer;
    /// there if it is proven.
    pub recovery: Option<Duration>,
}

/// What a drill proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The build failed as it should, and the very image that ran before runs again, kept.
    Proven,
    /// The build was kept: nobody protects this device from it.
    Unprotected,
    /// The build ran or may have run, but what happened then is not what it should bring about.
    NotProven,
    /// The build never ran.
    NotRun,
    /// The device went out of sight.
    Lost,
}

impl Proof {
    /// Its word, as in the history and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Unprotected => "unprotected",
            Self::NotProven => "not_proven",
            Self::NotRun => "not_run",
            Self::Lost => "lost",
        }
    }
}

impl DrillResult {
    /// What came of the drill that a job is. `None` if it is none, or has no verdict yet.
    #[must_use]
    pub fn of(job: &Job, snapshot: &Snapshot) -> Option<Self> {
        let device = snapshot.device(&job.device);
        Self::judge(job, device.and_then(|device| device.status.as_deref()))
    }

    /// The same by the device's last answer.
    pub(super) fn judge(job: &Job, status: Option<&Status>) -> Option<Self> {
        let drill = job.drill?;
        Some(match job.verdict.as_ref()? {
            Verdict::RolledBack(cause) => match why_not(drill, cause, status) {
                None => proven(job, cause),
                Some(why) => Self::new(Proof::NotProven, why, ["read the device's log", "drill again"]),
            },
            Verdict::Validated | Verdict::ValidatedInferred => unprotected(drill.method),
            Verdict::AlreadyRunning => Self::new(
                Proof::NotRun,
                "the device runs this very build already; nothing was sent",
                ["drill with a build that fails"],
            ),
            Verdict::Refused(cause) => not_run(cause),
            Verdict::Failed { step, cause } if ran(*step, cause) => Self {
                advice: cause.advice.clone(),
                ..Self::new(Proof::NotProven, cause.detail.clone(), [""; 0])
            },
            Verdict::Failed { cause, .. } => not_run(cause),
            Verdict::Lost { .. } | Verdict::Sent => Self::new(
                Proof::Lost,
                "the device has not come back into sight; what it runs is not known",
                [
                    "wait for it: a build that finds no network is dark until its probation is over",
                    "reset it, which ends a probation sooner",
                ],
            ),
        })
    }

    fn new<const N: usize>(proof: Proof, sentence: impl Into<String>, advice: [&str; N]) -> Self {
        let advice = advice.map(str::to_owned).to_vec();
        Self { proof, sentence: sentence.into(), advice, recovery: None }
    }
}

/// What keeps a rollback from being the one that was to be proven.
fn why_not(drill: Drill, cause: &Cause, status: Option<&Status>) -> Option<String> {
    let reason = match cause.reason {
        Why::Device(reason) if drill.method.expects(reason) => None,
        other => Some(other.as_str()),
    };
    if let Some(reason) = reason {
        return Some(format!(
            "the image before runs again, but not for the reason that this build gives ({reason}): {}",
            cause.detail
        ));
    }
    let Some(status) = status else { return Some("the device has not said what it runs now".to_owned()) };
    let running = status.running.image_sha256;
    if running != drill.image_before {
        let before = drill.image_before;
        return Some(format!("the device runs {running:.12} now, not {before:.12}, which ran before"));
    }
    (status.validation.state != ValidationState::Valid).then(|| {
        format!("the image before runs again, but the device does not keep it ({})", status.validation.state)
    })
}

fn proven(job: &Job, cause: &Cause) -> DrillResult {
    let after =
        job.recovery.map_or(String::new(), |time| format!(" {:.1} s after the restart", time.as_secs_f64()));
    let sentence = format!(
        "{} runs again{after}, and is kept; the build failed as it should ({})",
        job.from_version,
        cause.reason.as_str()
    );
    DrillResult { recovery: job.recovery, ..DrillResult::new(Proof::Proven, sentence, [""; 0]) }
}

/// Nothing is done about it unasked: which image is the right one now, only the user knows.
fn unprotected(method: DrillMethod) -> DrillResult {
    const BACK: &str = "roll it back: the image before is still in its other slot";
    match method {
        DrillMethod::Unconfirmed => DrillResult::new(
            Proof::Unprotected,
            "the device has kept the build, though it was to wait until a person confirms it. \
             It runs its own firmware under another version now, and works as before",
            [
                BACK,
                "see whether somebody has validated it meanwhile",
                "see whether its partition table has skylift_journal: without that it cannot know that it is to wait",
            ],
        ),
        DrillMethod::Crash | DrillMethod::OwnBuild => DrillResult::new(
            Proof::Unprotected,
            "the device has kept the build, and runs it now: \
             either the build does not fail, or the self-test does not notice",
            [BACK, "see what its self-test looks at", "drill again with a build that fails for sure"],
        ),
    }
}

fn not_run(cause: &Cause) -> DrillResult {
    let advice = match cause.reason {
        Why::Rule(ErrorCode::Unguarded) => vec!["build the image with Skylift's boot guard".to_owned()],
        Why::Rule(ErrorCode::WrongProject) => vec!["take a build of the device's own project".to_owned()],
        _ => cause.advice.clone(),
    };
    let sentence = format!("the build never ran ({}): {}", cause.reason.as_str(), cause.detail);
    DrillResult { advice, ..DrillResult::new(Proof::NotRun, sentence, [""; 0]) }
}

/// Whether the build may have run before it came to this failure. Of those that the device tells itself, it did not.
const fn ran(step: Step, cause: &Cause) -> bool {
    match cause.reason {
        // It has restarted, whatever else of it was seen.
        Why::Host(HostReason::OldImageRuns | HostReason::OtherImageRuns | HostReason::FalseClaim) => true,
        Why::Host(_) => step.is_past_recall(),
        Why::Device(_) | Why::Rule(_) => false,
    }
}
