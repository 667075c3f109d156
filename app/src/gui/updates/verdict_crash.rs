//! Where an image crashed, below the reason of a verdict: functions and lines, or addresses and what would tell more.

use egui::{Label, Ui};

use super::View;
use crate::engine::{Job, JobId, Verdict, printable};
use crate::gui::effect::Effect;
use crate::gui::fonts::Face;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::text::{Tint, paragraph};

/// What is to be done to read the crash behind a verdict, if there is one.
pub(super) fn read(job: JobId, verdict: &Verdict) -> Option<Effect> {
    let crash = verdict.crash().filter(|crash| !crash.addresses.is_empty())?;
    Some(Effect::ReadCrash(job, Box::new(crash.clone())))
}

/// The same for the verdict that is shown: its ELF may have come into the library since.
pub(super) fn read_again(state: &State) -> Option<Effect> {
    let super::Shown::Verdict(job) = state.updates.shown else { return None };
    read(job, state.engine.job(job)?.verdict.as_ref()?)
}

/// Draws it, once it has been read.
pub(super) fn draw(ui: &mut Ui, view: &View, job: &Job) {
    let Some(backtrace) = view.backtraces.get(&job.id) else { return };
    let tokens = Tokens::of(ui);
    ui.add_space(6.0);
    for line in backtrace.lines() {
        let text = Face::Mono.text(printable(&line)).size(12.0).color(tokens.t2);
        ui.add(Label::new(text).wrap().selectable(true));
    }
    if let Some(advice) = backtrace.advice() {
        paragraph(ui, Face::Small, Tint::Third, advice);
    }
}
