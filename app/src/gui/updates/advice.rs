//! What to do after a verdict: the steps that help, the likeliest first, each with the button that does it.

use std::path::{Path, PathBuf};

use skylift_protocol::{Chip, FirmwareKind};

use super::place;
use crate::engine::{Family, Job, Presence, Verdict};
use crate::gui::mark::Mark;
use crate::gui::state::State;
use crate::image::library::Entry;

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What to do.
    pub title: String,
    /// What comes of it.
    pub text: String,
    /// What its button does.
    pub does: Does,
}

/// What the button of a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Does {
    /// Builds the project again, and plans the update with what comes of it.
    Build(PathBuf),
    /// Plans the same update again.
    Again,
    /// Plans an update with an image that is still to be chosen.
    Other,
    /// Plans the same image for a simulated device.
    Try,
    /// Shows the device.
    Show,
    /// Has the device go back to its other slot; asks first.
    RollBack,
    /// Leaves it at that.
    Keep(String),
}

/// The project that an image was built from, if it was.
#[must_use]
pub fn project_of(entry: &Entry) -> Option<PathBuf> {
    const FILES: [&str; 5] = ["bin", "elf", "envelope", "gz", "json"];
    let path = Path::new(&entry.source);
    let is_file = path.extension().is_some_and(|suffix| FILES.iter().any(|file| suffix == *file));
    (path.is_absolute() && !is_file).then(|| path.to_owned())
}

/// The steps after a verdict.
#[must_use]
pub fn steps(state: &State, job: &Job, verdict: &Verdict) -> Vec<Step> {
    if matches!(
        verdict,
        Verdict::Validated | Verdict::ValidatedInferred | Verdict::AlreadyRunning | Verdict::Sent
    ) {
        return after_success(state, job);
    }
    let mut steps = Vec::new();
    let entry = state.firmware.entry(job.image.file_sha256);
    let is_bad = matches!(verdict, Verdict::RolledBack(_));
    if let Some(project) = entry.and_then(project_of).filter(|_| is_bad) {
        steps.push(build(job, verdict, project));
    }
    if is_bad && entry.is_some() && can_be_simulated(state, job, entry) {
        steps.push(Step {
            title: format!("Try {} on a simulated device first", job.image.version),
            text: "Takes the same update there, without touching a real board.".to_owned(),
            does: Does::Try,
        });
    }
    if is_bad && !verdict.is_inferred() {
        steps.push(Step {
            title: "Send another image".to_owned(),
            text: format!("{} stays in its slot until then, and never boots.", job.image.version),
            does: Does::Other,
        });
    }
    if !is_bad && entry.is_some() {
        steps.push(Step { title: "Update again".to_owned(), text: again(verdict), does: Does::Again });
    }
    steps.push(Step {
        title: "Leave it as it is".to_owned(),
        text: format!("Nothing more is sent to {}.", job.device_label),
        does: Does::Keep(job.from_version.clone()),
    });
    steps
}

fn build(job: &Job, verdict: &Verdict, project: PathBuf) -> Step {
    let place = place::split(verdict.detail()).1;
    let what = place.map_or("Fix it".to_owned(), |place| format!("Fix {place}"));
    let (new, device) = (&job.image.version, &job.device_label);
    Step {
        title: format!("{what}, then build and update again"),
        text: format!(
            "Builds {}, and plans it for {device}. {new} never boots there until then.",
            project.display()
        ),
        does: Does::Build(project),
    }
}

fn again(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Failed { .. } if Mark::of_verdict(verdict) == Mark::Cancelled => {
            "Goes on from what the device has already, if it still has it."
        }
        Verdict::Failed { .. } => "Says before anything is sent what the device will take.",
        Verdict::Lost { .. } => "Once the device answers again.",
        _ => "With another image, or with what this one needs allowed.",
    }
    .to_owned()
}

/// Simulated devices are of one kind, and a trial on the same one says nothing new.
fn can_be_simulated(state: &State, job: &Job, entry: Option<&Entry>) -> bool {
    let status = state.engine.device(&job.device).and_then(|device| device.status.as_ref());
    let simulated = status.is_some_and(|status| status.running.kind == FirmwareKind::Simulated);
    !simulated && entry.is_some_and(|entry| entry.chip == Chip::Esp32C3)
}

fn after_success(state: &State, job: &Job) -> Vec<Step> {
    let show = Step {
        title: format!("Look at {}", job.device_label),
        text: "What it says of itself now.".to_owned(),
        does: Does::Show,
    };
    let device = state.engine.device(&job.device).filter(|device| device.presence == Presence::Online);
    // Jaguar takes no such order.
    let back = device.filter(|device| device.family == Family::Skylift);
    let back = back.filter(|_| job.from_version != job.image.version).map(|_| Step {
        title: format!("Go back to {}", job.from_version),
        text: "The image before is still in the other slot. Asks first.".to_owned(),
        does: Does::RollBack,
    });
    std::iter::once(show).chain(back).collect()
}

#[cfg(test)]
mod tests {
    use skylift_protocol::Digest;

    use super::super::sample::job;
    use super::*;
    use crate::gui::settings;

    fn entry(source: &str) -> Entry {
        Entry {
            file_sha256: Digest([1; 32]),
            image_sha256: Digest([2; 32]),
            elf_sha256: Digest::default(),
            project: "climate".to_owned(),
            version: "2.0.0".to_owned(),
            chip: Chip::Esp32C3,
            size: 1,
            added: 0,
            source: source.to_owned(),
        }
    }

    #[test]
    fn a_project_is_told_from_a_file_and_from_words() {
        assert_eq!(project_of(&entry("/home/me/climate")), Some(PathBuf::from("/home/me/climate")));
        for source in ["/home/me/ota.bin", "/x/app.elf", "https://x/y", "made by Skylift", "climate"] {
            assert_eq!(project_of(&entry(source)), None, "{source}");
        }
    }

    #[test]
    fn after_a_success_there_is_nothing_to_mend() {
        let state = State::new(settings::View::default());
        let steps = steps(&state, &job(1, "lamp"), &Verdict::Validated);
        assert_eq!(steps.iter().map(|step| &step.does).collect::<Vec<_>>(), [&Does::Show]);
    }

    #[test]
    fn after_a_loss_the_same_image_can_be_sent_again() {
        let mut state = State::new(settings::View::default());
        state.firmware.entries = vec![entry("/home/me/climate")];
        let lost = Verdict::Lost { last_seen: std::time::SystemTime::UNIX_EPOCH };
        let steps = steps(&state, &job(1, "lamp"), &lost);
        let does: Vec<_> = steps.iter().map(|step| &step.does).collect();
        assert_eq!(does, [&Does::Again, &Does::Keep("1.0.0".to_owned())]);
    }
}
