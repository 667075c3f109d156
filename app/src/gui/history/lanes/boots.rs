//! The boots of a device during an update: those that it answered from, and those that it only counts.

use std::time::Duration;

use crate::store::{PastBoot, PastUpdate};

/// More boots that nobody saw are not drawn one by one.
const MOST: u32 = 8;

/// Boots that nobody saw, between two that the device answered from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unseen {
    /// The last answer before them.
    pub(super) after: Duration,
    /// The first answer behind them.
    pub(super) before: Duration,
    /// How many the device counts.
    pub(super) count: u32,
    /// What the device says of them, in a word.
    pub(super) word: &'static str,
}

impl Unseen {
    /// The moments to draw them at: when each was, the device does not say.
    pub(super) fn moments(&self) -> impl Iterator<Item = Duration> {
        let drawn = self.count.min(MOST);
        let step = self.before.saturating_sub(self.after) / (drawn + 1);
        let after = self.after;
        (1..=drawn).map(move |place| after + step * place)
    }

    /// `2 boots that nobody saw; the device counts them, not when they were`.
    pub(super) fn words(&self) -> String {
        let boots = if self.count == 1 { "1 boot".to_owned() } else { format!("{} boots", self.count) };
        format!("{boots} without an answer, {}; when each was, the device does not say", self.word)
    }
}

/// The word for boots of a new image that was given up, by the reason that the device told.
fn word(update: &PastUpdate) -> &'static str {
    let end = update.end.as_ref().filter(|end| end.verdict == "rolled_back");
    match end.and_then(|end| end.reason.as_deref()) {
        Some("panic" | "crash_loop") => "crash",
        Some("watchdog") => "hang",
        Some("no_network") => "no network",
        Some("not_validated") => "not validated",
        _ => "unseen",
    }
}

/// The boots that nobody saw. The count begins anew when power is applied, and says nothing then.
pub(super) fn unseen(update: &PastUpdate, boots: &[PastBoot]) -> Vec<Unseen> {
    let between = |two: &[PastBoot]| {
        let [one, next] = two else { return None };
        let count = next.count.checked_sub(one.count)?.checked_sub(1)?;
        let told = count > 0 && next.reset != "power_on";
        told.then(|| Unseen { after: one.until, before: next.from, count, word: word(update) })
    };
    boots.windows(2).filter_map(between).collect()
}

/// `guard, 3 boots`: who watched over them, and how many there were.
pub(super) fn figure(boots: &[PastBoot], unseen: &[Unseen]) -> String {
    let protection = match boots.last().map(|boot| boot.protection.as_str()) {
        Some(word @ ("guard" | "bootloader")) => format!("{word}, "),
        _ => String::new(),
    };
    let all = boots.len() as u64 + unseen.iter().map(|unseen| u64::from(unseen.count)).sum::<u64>();
    if all == 1 { format!("{protection}1 boot") } else { format!("{protection}{all} boots") }
}

#[cfg(test)]
mod tests {
    use super::super::super::sample::validated;
    use super::*;
    use crate::store::PastEnd;

    fn boot(from: u64, count: u32, reset: &str) -> PastBoot {
        PastBoot {
            from: Duration::from_secs(from),
            until: Duration::from_secs(from + 1),
            count,
            reset: reset.to_owned(),
            version: "1.8.0".to_owned(),
            state: "valid".to_owned(),
            protection: "guard".to_owned(),
        }
    }

    fn rolled_back(reason: &str) -> PastUpdate {
        let mut update = validated(1, "lamp", 0, 30);
        let end = update.end.take().unwrap();
        let reason = Some(reason.to_owned());
        update.end = Some(PastEnd { verdict: "rolled_back".to_owned(), reason, ..end });
        update
    }

    #[test]
    fn boots_that_nobody_saw_are_counted_and_called_what_the_device_calls_them() {
        let boots = [boot(0, 3, "power_on"), boot(10, 6, "software")];
        let unseen = unseen(&rolled_back("panic"), &boots);
        assert_eq!(unseen.len(), 1);
        assert_eq!((unseen[0].count, unseen[0].word), (2, "crash"));
        let times: Vec<_> = unseen[0].moments().map(|at| at.as_secs()).collect();
        assert_eq!(times, [4, 7]);
        assert_eq!(figure(&boots, &unseen), "guard, 4 boots");
    }

    #[test]
    fn nothing_is_made_up_between_boots_in_a_row_or_after_a_power_cut() {
        let update = validated(1, "lamp", 0, 30);
        assert!(unseen(&update, &[boot(0, 3, "power_on"), boot(10, 4, "software")]).is_empty());
        assert!(unseen(&update, &[boot(0, 3, "power_on"), boot(10, 9, "power_on")]).is_empty());
        assert!(unseen(&update, &[boot(0, 3, "power_on"), boot(10, 1, "software")]).is_empty());
        assert_eq!(unseen(&update, &[boot(0, 3, "power_on"), boot(10, 5, "software")])[0].word, "unseen");
        assert_eq!(figure(&[boot(0, 3, "power_on")], &[]), "guard, 1 boot");
    }
}
