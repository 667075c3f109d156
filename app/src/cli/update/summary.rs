//! What came of a rollout, in a few lines or one object of JSON.

use serde::Serialize;

use super::super::airtime;
use crate::engine::{Airtime, End, Member, MemberState, Preparation, Rollout, Stopped, Target, Verdict};

/// More names are not listed.
const MOST_NAMES: usize = 20;

/// What came of one or several rollouts.
#[derive(Debug, Default, Serialize)]
pub(super) struct Summary {
    devices: usize,
    validated: usize,
    already: usize,
    rolled_back: usize,
    refused: usize,
    failed: usize,
    lost: usize,
    not_started: usize,
    not_found: usize,
    /// Bytes over the air, and those of the images that they carried.
    sent_bytes: u64,
    raw_bytes: u64,
    /// Why nothing began any more.
    stopped: Option<&'static str>,
    #[serde(skip)]
    because: Option<Stopped>,
    /// Those that have no good end, by its word.
    #[serde(skip)]
    names: Vec<(&'static str, String)>,
}

impl Summary {
    pub(super) fn of(rollouts: &[&Rollout], not_found: &[Target]) -> Self {
        let mut summary = Self { not_found: not_found.len(), devices: not_found.len(), ..Self::default() };
        for rollout in rollouts {
            let counts = rollout.counts;
            summary.devices += rollout.members.len();
            summary.validated += counts.validated;
            summary.already += counts.already;
            summary.rolled_back += counts.rolled_back;
            summary.refused += counts.refused;
            summary.failed += counts.failed;
            summary.lost += counts.lost;
            summary.not_started += counts.not_started;
            summary.sent_bytes += rollout.airtime.sent;
            summary.raw_bytes += rollout.airtime.raw;
            summary.because = summary.because.or(rollout.stopped);
            summary.names.extend(rollout.members.iter().filter_map(bad_end));
            summary.names.extend(rollout.members.iter().filter_map(erased_in_vain));
        }
        summary.stopped = summary.because.map(Stopped::as_str);
        summary.names.extend(not_found.iter().map(|target| ("not found", target.to_string())));
        summary
    }

    /// The figures in a line; of one device, how it ended.
    pub(super) fn short(&self) -> String {
        let figures = self.figures();
        match self.devices {
            1 => figures.concat().trim_start_matches("1 ").to_owned(),
            devices => format!("{devices} devices: {}", figures.join(", ")),
        }
    }

    /// The figures, and under them the names of those that did not get the image.
    pub(super) fn lines(&self) -> Vec<String> {
        let devices = if self.devices == 1 { "device" } else { "devices" };
        let mut lines = vec![format!("{} {devices}: {}", self.devices, self.figures().join(", "))];
        lines.extend(airtime::spared(self.airtime()).map(|spared| format!("  {spared}")));
        lines.extend(self.details());
        lines
    }

    /// Who did not get the image, and why nothing began any more.
    pub(super) fn details(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let words = ["rolled back", "refused", "failed", "lost", "not started", "not found", ERASED_IN_VAIN];
        for word in words {
            let names: Vec<&str> =
                self.names.iter().filter(|(end, _)| *end == word).map(|(_, name)| name.as_str()).collect();
            if !names.is_empty() {
                lines.push(format!("  {word}: {}", some_of(&names)));
            }
        }
        lines.extend(self.because.map(|why| format!("  because: {}", why.detail())));
        lines
    }

    fn airtime(&self) -> Airtime {
        Airtime { sent: self.sent_bytes, raw: self.raw_bytes }
    }

    fn figures(&self) -> Vec<String> {
        let figures = [
            (self.validated, "validated"),
            (self.already, "already there"),
            (self.rolled_back, "rolled back"),
            (self.refused, "refused"),
            (self.failed, "failed"),
            (self.lost, "lost"),
            (self.not_started, "not started"),
            (self.not_found, "not found"),
        ];
        figures.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect()
    }
}

fn bad_end(member: &Member) -> Option<(&'static str, String)> {
    let MemberState::Ended(end) = &member.state else { return None };
    let word = match end {
        End::Skipped
        | End::Verdict(
            Verdict::Validated | Verdict::ValidatedInferred | Verdict::AlreadyRunning | Verdict::Sent,
        ) => {
            return None;
        }
        End::Verdict(Verdict::RolledBack(_)) => "rolled back",
        End::Verdict(Verdict::Refused(_)) => "refused",
        End::Verdict(Verdict::Failed { .. }) => "failed",
        End::Verdict(Verdict::Lost { .. }) => "lost",
        End::NotStarted(_) => "not started",
    };
    Some((word, member.label.clone()))
}

/// Said of those that have lost the image in their other slot, and got nothing for it.
const ERASED_IN_VAIN: &str = "erased ahead, not updated";

fn erased_in_vain(member: &Member) -> Option<(&'static str, String)> {
    let erased = matches!(member.preparation, Some(Preparation::Erases { .. }));
    let not_updated =
        matches!(member.state, MemberState::Ended(End::NotStarted(_) | End::Verdict(Verdict::Refused(_))));
    (erased && not_updated).then(|| (ERASED_IN_VAIN, member.label.clone()))
}

/// A list that stays short in a large rollout.
fn some_of(names: &[&str]) -> String {
    let shown = names.get(..MOST_NAMES).unwrap_or(names).join(", ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::NotStarted;

    #[test]
    fn only_what_there_is_is_told() {
        let names = vec![("rolled back", "lamp".to_owned()), ("not started", "door".to_owned())];
        let because = Some(Stopped::Failures);
        let figures =
            Summary { devices: 4, validated: 2, rolled_back: 1, not_started: 1, ..Summary::default() };
        let told = Summary { names, because, ..figures }.lines();
        assert_eq!(
            told,
            [
                "4 devices: 2 validated, 1 rolled back, 1 not started",
                "  rolled back: lamp",
                "  not started: door",
                "  because: too many devices failed, so no more were begun",
            ]
        );
        assert_eq!(Summary { devices: 1, rolled_back: 1, ..Summary::default() }.short(), "rolled back");
        assert_eq!(
            Summary { devices: 3, already: 1, validated: 2, ..Summary::default() }.short(),
            "3 devices: 2 validated, 1 already there"
        );
        let not_found = [Target::Called("shed".to_owned())];
        assert_eq!(Summary::of(&[], &not_found).lines(), ["1 device: 1 not found", "  not found: shed"]);
    }

    #[test]
    fn what_was_spared_is_told() {
        let sent = Summary {
            devices: 2,
            validated: 2,
            sent_bytes: 12_700,
            raw_bytes: 4 << 20,
            ..Summary::default()
        };
        let told = ["2 devices: 2 validated", "  12 KiB over the air instead of 4.0 MiB, saves 99 %"];
        assert_eq!(sent.lines(), told);
        assert_eq!(Summary { sent_bytes: 4 << 20, ..sent }.lines(), told[..1]);
    }

    #[test]
    fn who_has_erased_a_slot_for_nothing_is_named() {
        let member = |preparation, end| Member {
            target: Target::Called("lamp".to_owned()),
            device: None,
            label: "lamp".to_owned(),
            canary: false,
            job: None,
            preparation,
            state: MemberState::Ended(end),
        };
        let (erases, left) = (Preparation::Erases { slot: 1 }, Preparation::Left("no".to_owned()));
        let cancelled = || End::NotStarted(NotStarted::Stopped(Stopped::Cancelled));
        let named = Some((ERASED_IN_VAIN, "lamp".to_owned()));
        assert_eq!(erased_in_vain(&member(Some(erases.clone()), cancelled())), named);
        for (preparation, end) in
            [(Some(erases), End::Verdict(Verdict::Validated)), (Some(left), cancelled()), (None, cancelled())]
        {
            assert_eq!(erased_in_vain(&member(preparation, end)), None);
        }
        let names = Vec::from_iter(named);
        let told = Summary { devices: 1, not_started: 1, names, ..Summary::default() }.details();
        assert_eq!(told, ["  erased ahead, not updated: lamp"]);
    }

    #[test]
    fn lists_stay_short() {
        let names = vec!["x"; 25];
        assert!(some_of(&names).ends_with("x and 5 more"));
        assert_eq!(some_of(&["a", "b"]), "a, b");
    }
}
