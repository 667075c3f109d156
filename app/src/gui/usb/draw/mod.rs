//! The USB page as a whole: the ports, the board on one of them, what it is to become.

mod backups;
mod board;
mod choices;
mod job;
mod job_end;
mod network;
mod places;
mod ports;
mod setup;
mod several;
mod unread;

use egui::{CentralPanel, Frame, Panel, Ui};

use super::{Action, Bench, backups::Action as BackupAction, several::Action as SeveralAction};
use crate::gui::icons;
use crate::gui::shell::{Side, edge, is_narrow, top_bar};
use crate::gui::state::{self, State};
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight, secondary};
use crate::gui::widgets::frame::empty;

/// The width of the list of ports, in points.
const PORTS: f32 = 248.0;
const NARROW_PORTS: f32 = 188.0;

/// Draws the page.
pub fn draw(ui: &mut Ui, state: &State, out: &mut Vec<state::Action>) {
    let mut actions = Vec::new();
    head(ui, state, &mut actions);
    let view = &state.usb;
    if view.ports.is_empty() {
        let frame = Frame::new().fill(Tokens::of(ui).bg1);
        CentralPanel::default().frame(frame).show(ui, |ui| match view.backups.open {
            true => backups::draw(ui, state, &mut actions),
            false => no_port(ui, state, &mut actions),
        });
    } else if view.several.open {
        several::draw(ui, state, &mut actions);
    } else {
        left(ui, state, &mut actions);
        match (view.backups.open, view.opened()) {
            (true, _) => central(ui, |ui| backups::draw(ui, state, &mut actions)),
            (false, Some(bench)) => opened(ui, state, bench, &mut actions),
            (false, None) => central(ui, |_| ()),
        }
    }
    out.extend(actions.into_iter().map(state::Action::Usb));
}

fn central(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    CentralPanel::default().frame(Frame::new().fill(Tokens::of(ui).bg1)).show(ui, contents);
}

fn head(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    top_bar(ui, "USB", |ui| {
        let backups = if state.usb.backups.open { "Back to the boards" } else { "Backups" };
        if secondary(ui, icons::ARCHIVE, backups) {
            out.push(Action::Backups(BackupAction::Toggle));
        }
        let (mark, several) = match state.usb.several.open {
            true => (icons::USB, "One by one"),
            false => (icons::LIGHTNING, "Flash several…"),
        };
        if state.usb.ports.len() > 1 && secondary(ui, mark, several) {
            out.push(Action::Several(SeveralAction::Toggle));
        }
        let other = Press::new(Weight::Secondary, "Other port…").icon(icons::PLUS);
        if other.hint("A port that is not listed, by its path").clicked(ui) {
            out.push(Action::OtherPort);
        }
    });
}

fn left(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    Panel::left("ports")
        .exact_size(if is_narrow(ui) { NARROW_PORTS } else { PORTS })
        .resizable(false)
        .show_separator_line(false)
        .frame(Frame::new().fill(Tokens::of(ui).bg1))
        .show(ui, |ui| {
            edge(ui, Side::Right);
            ports::draw(ui, state, out);
        });
}

fn no_port(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    if !state.usb.looked {
        return;
    }
    let sentence = "Plug one in, and it appears here by itself. If it does not: many cables only charge and carry no data, so \
                    try another one, and another socket, at the computer itself instead of a hub.";
    empty(ui, icons::USB, "No board on USB yet", sentence, |ui| {
        if secondary(ui, icons::PLUS, "Name a port…") {
            out.push(Action::OtherPort);
        }
    });
}

/// A port: what is done on it, what keeps it from being used, or the board on it.
fn opened(ui: &mut Ui, state: &State, bench: &Bench, out: &mut Vec<Action>) {
    match (&bench.job, &bench.board) {
        (Some(job), _) => central(ui, |ui| job::draw(ui, state, bench, job, out)),
        (None, Some(board)) => {
            setup::panel(ui, state, bench, board, out);
            central(ui, |ui| board::draw(ui, state, bench, board, out));
        }
        (None, None) => central(ui, |ui| unread::draw(ui, bench, out)),
    }
}
