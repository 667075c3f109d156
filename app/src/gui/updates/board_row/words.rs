//! What is said of one device of a rollout, beside its state and under its row.

use skylift_protocol::{Encoding, Prepared, ValidationState};

use super::super::outcome::job_of;
use super::super::{airtime, on_board, pause, place};
use crate::engine::{Device, End, Job, Member, MemberState, Preparation, Presence, Verdict, printable};
use crate::gui::figures::{countdown, percent, signed, size};
use crate::gui::mark::Mark;
use crate::gui::messages::sentence;
use crate::gui::state::State;

/// A weaker signal is told, in dBm.
const WEAK: i8 = -78;

/// What stands under a row.
pub(super) enum Line {
    /// What the device said, and where in the source that was.
    Said(String, Option<String>),
    /// A sentence.
    Plain(String),
    /// The one sentence that must be read.
    Probation(String),
}

fn device<'s>(state: &'s State, member: &Member) -> Option<&'s Device> {
    state.engine.device(member.device.as_ref()?).map(AsRef::as_ref)
}

/// What is said beside the state.
pub(super) fn remark(state: &State, member: &Member, job: Option<&Job>) -> String {
    match (&member.state, job) {
        (MemberState::Ended(End::Skipped), _) => "runs it already".to_owned(),
        (MemberState::Ended(End::NotStarted(why)), _) => sentence(why.detail()),
        (MemberState::Ended(End::Verdict(Verdict::Validated | Verdict::ValidatedInferred)), Some(job)) => {
            let saves = airtime::saves(&job.airtime()).map(|saves| format!(", {saves}"));
            format!("runs {}{}", job.image.version, saves.unwrap_or_default())
        }
        (MemberState::Ended(End::Verdict(Verdict::AlreadyRunning)), _) => "ran it already".to_owned(),
        (MemberState::Waiting, _) if pause::is_paused(state) => "until you continue".to_owned(),
        (MemberState::Waiting, _) => member.preparation.as_ref().map_or_else(String::new, |preparation| {
            let status = device(state, member).and_then(|device| device.status.as_ref());
            let image = on_board(state).map(|rollout| rollout.image.size);
            prepares(preparation, status.and_then(|status| status.prepared), image)
        }),
        (MemberState::Away, _) => "updated when it comes back".to_owned(),
        (MemberState::Running, Some(job)) => match Mark::of_phase(&job.phase) {
            Mark::Downloading(progress) => {
                let weak = device(state, member).and_then(|device| device.status.as_ref()?.rssi_dbm);
                let weak = weak.filter(|dbm| *dbm < WEAK);
                let weak = weak.map(|dbm| format!(", weak signal {} dBm", signed(i32::from(dbm))));
                let [written, total] = [progress.written, progress.total].map(|bytes| size(u64::from(bytes)));
                let way = job.sending.filter(|sending| sending.encoding != Encoding::Raw);
                let way = way.map(|sending| format!(", sent {}", sending.encoding)).unwrap_or_default();
                format!("{written} of {total}{way}{}", weak.unwrap_or_default())
            }
            Mark::Preparing => job.working_out.map_or_else(String::new, |working| {
                format!("working out what is sent {}, {}", working.encoding, percent(working.percent))
            }),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

/// What comes of erasing ahead for an image of so many bytes, while the device waits.
fn prepares(preparation: &Preparation, told: Option<Prepared>, image: Option<u32>) -> String {
    match preparation {
        Preparation::Asked => "is told to erase ahead".to_owned(),
        Preparation::Erases { slot } => {
            let erased = told.filter(|told| told.slot == *slot).map(|told| told.bytes);
            match erased {
                Some(bytes) if image.is_some_and(|image| image <= bytes) => {
                    format!("has erased ota_{slot} ahead")
                }
                Some(bytes) => format!("erases ota_{slot} ahead, {} so far", size(u64::from(bytes))),
                None => format!("erases ota_{slot} ahead"),
            }
        }
        Preparation::Left(why) => format!("erases nothing ahead: {why}"),
    }
}

/// What a row needs under it.
pub(super) fn lines(state: &State, member: &Member) -> Vec<Line> {
    let job = job_of(&state.engine, member);
    let fell_back = job.and_then(airtime::fell_back).map(Line::Plain);
    why(state, member, job).into_iter().chain(fell_back).collect()
}

/// What must be said of its state.
fn why(state: &State, member: &Member, job: Option<&Job>) -> Vec<Line> {
    match (&member.state, job) {
        (MemberState::Ended(End::Verdict(Verdict::Lost { .. })), _) => {
            vec![Line::Plain(
                "Whether it runs the new image is not known. It may still come back.".to_owned(),
            )]
        }
        (
            MemberState::Ended(End::Verdict(
                Verdict::RolledBack(cause) | Verdict::Refused(cause) | Verdict::Failed { cause, .. },
            )),
            _,
        ) => {
            let (text, place) = place::split(&cause.detail);
            let now = device(state, member).and_then(runs_now);
            let said = Line::Said(text.to_owned(), place.map(str::to_owned));
            std::iter::once(said).chain(now.map(Line::Plain)).collect()
        }
        (MemberState::Running, Some(job)) => match Mark::of_phase(&job.phase) {
            Mark::Pending(deadline) => {
                let left = deadline.map(|at| countdown(at.saturating_duration_since(state.now.steady)));
                let left = left.map(|left| format!(", {left}")).unwrap_or_default();
                vec![Line::Probation(format!("Pending validation: do not power off{left}"))]
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// What a device says of itself now; nothing if it does not answer.
pub(in crate::gui::updates) fn runs_now(device: &Device) -> Option<String> {
    let status = device.status.as_ref().filter(|_| device.presence == Presence::Online)?;
    let state = match status.validation.state {
        ValidationState::Valid => ", state valid",
        _ => "",
    };
    Some(format!("Runs {} now{state}, confirmed by the device.", printable(&status.running.version)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_of_erasing_ahead_is_told_of_the_slot_that_it_is_about() {
        let erases = Preparation::Erases { slot: 1 };
        let told = |slot| Some(Prepared { slot, bytes: 512 << 10 });
        let image = Some(900 << 10);
        assert_eq!(prepares(&erases, None, image), "erases ota_1 ahead");
        assert_eq!(prepares(&erases, told(0), image), "erases ota_1 ahead");
        assert_eq!(prepares(&erases, told(1), image), "erases ota_1 ahead, 512 KiB so far");
        assert_eq!(prepares(&erases, told(1), Some(512 << 10)), "has erased ota_1 ahead");
        let left = Preparation::Left("its firmware does not know how".to_owned());
        assert_eq!(prepares(&left, None, image), "erases nothing ahead: its firmware does not know how");
    }
}
