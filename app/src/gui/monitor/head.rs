//! The top bar of the monitor: which port, how fast, how it is, and what can be done with it.

use egui::{Color32, Ui};

use super::{Action, BAUD_RATES, Link, USUAL_BAUD, View, ports};
use crate::gui::figures::grouped;
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::shell::{is_narrow, top_bar_with};
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight, icon_only};
use crate::gui::widgets::dropdown::{Choice, dropdown};
use crate::gui::widgets::state::marked;
use crate::gui::widgets::text::{Tint, say};

/// Draws it.
pub(super) fn draw(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let view = &state.monitor;
    let mut chosen = Vec::new();
    let title = |ui: &mut Ui| {
        say(ui, Face::Page, Tint::First, "Monitor");
        ui.add_space(4.0);
        let width = if is_narrow(ui) { 184.0 } else { 250.0 };
        ports::chooser(ui, state, width, &mut chosen);
        if view.has_begun() {
            baud(ui, view, &mut chosen);
            ui.add_space(4.0);
            link(ui, view);
        }
    };
    top_bar_with(ui, title, |ui| {
        if view.has_begun() {
            buttons(ui, view, out);
        }
    });
    out.extend(chosen);
}

fn baud(ui: &mut Ui, view: &View, out: &mut Vec<Action>) {
    let rate = |baud: u32| grouped(baud.into());
    let usual = |baud| if baud == USUAL_BAUD { "usual" } else { "" };
    let choice = |baud| Choice { value: baud, name: rate(baud), remark: usual(baud).to_owned() };
    let choices = BAUD_RATES.map(choice);
    let chosen = dropdown(ui, ("Baud rate", ""), (&rate(view.baud), "baud"), &choices, 136.0);
    out.extend(chosen.map(Action::Baud));
}

fn link(ui: &mut Ui, view: &View) {
    let tokens = Tokens::of(ui);
    let (mark, ink) = mark(&view.link, tokens);
    let response = marked(ui, mark, ink, view.link.word());
    if let Link::Refused { what, advice } = &view.link {
        response.on_hover_text(format!("{what}\n{}", advice.join("\n")));
    }
}

const fn mark(link: &Link, tokens: &Tokens) -> ((&'static str, Cut), Color32) {
    match link {
        Link::Connected => ((icons::PLUGS_CONNECTED, Cut::Regular), tokens.valid.ink),
        Link::Refused { .. } => ((icons::WARNING_OCTAGON, Cut::Fill), tokens.failed.ink),
        Link::Opening | Link::Waiting => ((icons::CIRCLE_DASHED, Cut::Regular), tokens.t2),
        Link::Lent => ((icons::LIGHTNING, Cut::Regular), tokens.updating.ink),
        Link::Closed => ((icons::PLUGS, Cut::Regular), tokens.t3),
    }
}

/// From the right.
fn buttons(ui: &mut Ui, view: &View, out: &mut Vec<Action>) {
    let paused = view.is_paused();
    let (pause, pause_icon) = if paused { ("Go on", icons::PLAY) } else { ("Pause", icons::PAUSE) };
    let (save, save_icon) = match view.saved_to {
        Some(_) => ("Stop saving", icons::STOP),
        None => ("Save…", icons::FLOPPY_DISK),
    };
    let why_no_reset = (view.link != Link::Connected).then_some("The port is not open");
    let all = [
        ("Clear", icons::TRASH, "Ctrl L", None, Action::Clear),
        (save, save_icon, "What is here, and all that comes", None, Action::Save),
        ("Reset board", icons::ARROW_CLOCKWISE, "By the port’s lines", why_no_reset, Action::Reset),
        (pause, pause_icon, "Space", None, Action::Pause),
    ];
    for (name, icon, hint, why_not, action) in all {
        let clicked = if is_narrow(ui) {
            ui.add_enabled_ui(why_not.is_none(), |ui| icon_only(ui, icon, name)).inner.clicked()
        } else {
            Press::new(Weight::Secondary, name).icon(icon).hint(hint).refused(why_not).clicked(ui)
        };
        if clicked {
            out.push(action);
        }
    }
}
