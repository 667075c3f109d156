//! The updates page: draws whatever it is about.

use egui::Ui;

use super::{Shown, board, list, plan_page, verdict};
use crate::gui::state::{self, State};

/// Draws the page.
pub fn draw(ui: &mut Ui, state: &State, out: &mut Vec<state::Action>) {
    match &state.updates.shown {
        Shown::List => list::draw(ui, state, out),
        Shown::Plan(plan) => plan_page::draw(ui, state, plan, out),
        Shown::Board(id) => match state.engine.rollout(*id) {
            Some(rollout) => board::draw(ui, state, rollout, out),
            None => list::draw(ui, state, out),
        },
        Shown::Verdict(id) => match state.engine.job(*id) {
            Some(job) => verdict::draw(ui, state, job, out),
            None => list::draw(ui, state, out),
        },
    }
}
