//! Pausing a rollout: its button, its key, and the words that say so.

use egui::{Key, Modifiers, Ui};

use super::{Action, on_board, wrap};
use crate::engine::Rollout;
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::state::{self, State};
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight};
use crate::gui::widgets::text::{Tint, icon, say};

const WHAT_IT_DOES: &str =
    "No further device is begun. Those that are being updated go on to their verdict.   Space";
const GO_ON: &str = "The devices that wait are begun again, as before.   Space";

/// Devices whose turn has not come, or that are waited for.
fn waiting(rollout: &Rollout) -> usize {
    rollout.counts.waiting + rollout.counts.away
}

/// What the user can want of it; nothing where nobody waits.
fn wanted(rollout: &Rollout) -> Option<Action> {
    if rollout.paused {
        Some(Action::Continue(rollout.id))
    } else {
        (waiting(rollout) > 0).then_some(Action::Pause(rollout.id))
    }
}

/// `Paused, 3 devices wait`.
fn words(rollout: &Rollout) -> Option<String> {
    rollout.paused.then(|| match waiting(rollout) {
        1 => "Paused, 1 device waits".to_owned(),
        many => format!("Paused, {many} devices wait"),
    })
}

/// Whether the rollout on the board is paused.
pub(super) fn is_paused(state: &State) -> bool {
    on_board(state).is_some_and(|rollout| rollout.paused)
}

/// The button of the top bar, and the state at its left.
pub(super) fn button(ui: &mut Ui, rollout: &Rollout, out: &mut Vec<state::Action>) {
    let Some(wanted) = wanted(rollout) else { return };
    let press = if rollout.paused {
        Press::new(Weight::Primary, "Continue").icon(icons::PLAY).hint(GO_ON)
    } else {
        Press::new(Weight::Secondary, "Pause").icon(icons::PAUSE).hint(WHAT_IT_DOES)
    };
    if press.clicked(ui) {
        out.push(wrap(wanted));
    }
    if let Some(words) = words(rollout) {
        ui.add_space(6.0);
        // From right to left.
        say(ui, Face::Name, Tint::First, words);
        icon(ui, icons::PAUSE, Cut::Fill, 16.0, Tokens::of(ui).t3);
    }
}

/// The state beside the title of a rollout in the list.
pub(super) fn mark(ui: &mut Ui, rollout: &Rollout) {
    if let Some(words) = words(rollout) {
        icon(ui, icons::PAUSE, Cut::Fill, 14.0, Tokens::of(ui).t3);
        say(ui, Face::Small, Tint::Third, words);
    }
}

/// Space pauses and goes on, unless it presses the button that has the focus.
pub(super) fn key(ui: &Ui, state: &State, rollout: &Rollout, out: &mut Vec<state::Action>) {
    let taken = state.dialog.is_some() || ui.memory(|memory| memory.focused().is_some());
    if !taken && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Space)) {
        out.extend(wanted(rollout).map(wrap));
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{job, rollout};
    use super::*;
    use crate::engine::Counts;

    fn with(paused: bool, waiting: usize, away: usize) -> Rollout {
        let counts = Counts { waiting, away, running: 1, ..Counts::default() };
        Rollout { paused, counts, ..rollout(&[&job(1, "lamp")]) }
    }

    #[test]
    fn it_can_be_paused_while_somebody_waits_and_continued_after() {
        assert!(matches!(wanted(&with(false, 2, 0)), Some(Action::Pause(_))));
        assert!(matches!(wanted(&with(false, 0, 1)), Some(Action::Pause(_))));
        assert!(wanted(&with(false, 0, 0)).is_none());
        assert!(matches!(wanted(&with(true, 2, 0)), Some(Action::Continue(_))));
    }

    #[test]
    fn who_waits_is_counted() {
        assert_eq!(words(&with(false, 2, 0)), None);
        assert_eq!(words(&with(true, 1, 0)).as_deref(), Some("Paused, 1 device waits"));
        assert_eq!(words(&with(true, 2, 1)).as_deref(), Some("Paused, 3 devices wait"));
    }
}
