//! A board that was read: what it is, what lies in its flash, what it keeps.

use std::sync::Arc;

use egui::{Frame, Margin, Popup, Ui, vec2};

use super::super::board::{BoardView, Fact, SlotRow};
use super::super::plan::Planning;
use super::super::{Action, Bench};
use super::places;
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::messages::sentence;
use crate::gui::shell::page_margin;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight, icon_only, link};
use crate::gui::widgets::frame::{banner, ends, hairline, rule};
use crate::gui::widgets::state::state_mark;
use crate::gui::widgets::text::{Tint, copyable, icon, paragraph, say, section};

const LABEL: f32 = 104.0;
/// Below this width the facts stand in one column.
const TWO_COLUMNS: f32 = 560.0;
/// Below this one the title has a line of its own.
const ONE_LINE: f32 = 520.0;

/// Draws it.
pub(super) fn draw(ui: &mut Ui, state: &State, bench: &Bench, board: &Arc<BoardView>, out: &mut Vec<Action>) {
    let backs_up = state.settings.kept.backup_before_flash;
    let margin = page_margin(ui);
    egui::ScrollArea::vertical().id_salt(("board", bench.path())).auto_shrink(false).show(ui, |ui| {
        Frame::new().inner_margin(Margin::symmetric(margin, 14)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            head(ui, bench, board, out);
            facts(ui, board);
            rule(ui);
            banners(ui, bench, board, backs_up);
            places::draw(ui, bench, board);
            slots(ui, bench, board, out);
            settings(ui, board);
        });
    });
}

/// In a narrow page the buttons have a line of their own.
fn head(ui: &mut Ui, bench: &Bench, board: &BoardView, out: &mut Vec<Action>) {
    let narrow = ui.available_width() < ONE_LINE;
    let right = |ui: &mut Ui| {
        let more = icon_only(ui, icons::DOTS_THREE, "More for this board");
        Popup::menu(&more).show(|ui| menu(ui, bench, board, out));
        if !narrow {
            buttons(ui, bench, board, out);
        }
    };
    ends(ui, 32.0, right, |ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        say(ui, Face::Title, Tint::First, board.owner_name().unwrap_or(board.name()));
        let remark = match board.owner_name() {
            Some(_) => format!("{}, {}", board.name(), board.remark),
            None => board.remark.clone(),
        };
        say(ui, Face::Body, Tint::Third, remark);
    });
    if narrow {
        ui.horizontal(|ui| buttons(ui, bench, board, out));
    }
    ui.add_space(6.0);
}

fn buttons(ui: &mut Ui, bench: &Bench, board: &BoardView, out: &mut Vec<Action>) {
    let path = || bench.path().to_owned();
    if Press::new(Weight::Secondary, "Open monitor").icon(icons::TERMINAL_WINDOW).clicked(ui) {
        out.push(Action::OpenMonitor(path()));
    }
    if Press::new(Weight::Secondary, "Back up").icon(icons::ARCHIVE).refused(board.closed).clicked(ui) {
        out.push(Action::BackUp(path()));
    }
}

/// What is done rarely, and what destroys.
fn menu(ui: &mut Ui, bench: &Bench, board: &BoardView, out: &mut Vec<Action>) {
    let path = || bench.path().to_owned();
    let item = |ui: &mut Ui, text: &str| {
        let entry = ui.add(egui::Button::new(text).frame_when_inactive(false).min_size(vec2(200.0, 28.0)));
        entry.clicked()
    };
    if item(ui, "Read it again") {
        out.push(Action::Read(path()));
    }
    if board.closed.is_none() {
        for row in board.rows.iter().filter(|row| row.offset >= 0x9000) {
            if item(ui, &format!("Erase {}…", row.name)) {
                out.push(Action::ErasePartition(path(), row.name.clone()));
            }
        }
    }
    if item(ui, "Erase the whole chip…") {
        out.push(Action::EraseAll(path()));
    }
    if bench.named && item(ui, "Take off the list") {
        out.push(Action::Unname(path()));
    }
}

fn facts(ui: &mut Ui, board: &BoardView) {
    ui.spacing_mut().interact_size.y = 22.0;
    let [left, right] = &board.facts;
    if ui.available_width() < TWO_COLUMNS {
        left.iter().chain(right).for_each(|fact| fact_line(ui, fact));
        return;
    }
    ui.columns(2, |columns| {
        for (ui, facts) in columns.iter_mut().zip([left, right]) {
            ui.spacing_mut().item_spacing.y = 0.0;
            facts.iter().for_each(|fact| fact_line(ui, fact));
        }
    });
}

fn fact_line(ui: &mut Ui, fact: &Fact) {
    ui.horizontal(|ui| {
        ui.set_min_height(22.0);
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.allocate_ui_with_layout(
            vec2(LABEL, 22.0),
            egui::Layout::left_to_right(egui::Align::Center),
            |ui| {
                ui.set_min_width(LABEL);
                say(ui, Face::Body, Tint::Third, fact.label);
            },
        );
        match fact.to_copy {
            true => drop(copyable(ui, fact.label, &fact.value, &fact.value)),
            false => drop(say(ui, Face::Body, Tint::First, &fact.value)),
        }
    });
}

/// What is true of this board, and keeps from flashing it or should be known before.
fn banners(ui: &mut Ui, bench: &Bench, board: &BoardView, backs_up: bool) {
    let tokens = Tokens::of(ui);
    for text in board.closed.iter().copied().chain(board.table_flaw.as_deref()) {
        note(ui, text);
    }
    if let Planning::Refused(failure) = &bench.planning {
        banner(ui, tokens.failed, (icons::WARNING_OCTAGON, Cut::Fill), |ui| {
            paragraph(ui, Face::Section, Tint::First, sentence(&failure.what));
            for advice in &failure.advice {
                paragraph(ui, Face::Body, Tint::Second, sentence(advice));
            }
        });
        ui.add_space(8.0);
    }
    if let Some((text, plan)) = bench.planning.made().and_then(|plan| Some((plan.lost.as_deref()?, plan))) {
        let kept = if backs_up { " The backup keeps what is there." } else { "" };
        note(ui, &format!("{text}{kept}"));
        plan.notes.iter().for_each(|text| note(ui, text));
    }
}

fn note(ui: &mut Ui, text: &str) {
    let tone = Tokens::of(ui).pending;
    banner(ui, tone, (icons::INFO, Cut::Fill), |ui| drop(paragraph(ui, Face::Body, Tint::First, text)));
    ui.add_space(8.0);
}

/// The slots, if there is a choice between them.
fn slots(ui: &mut Ui, bench: &Bench, board: &BoardView, out: &mut Vec<Action>) {
    if board.slots.len() < 2 {
        return;
    }
    rule(ui);
    section(ui, "What boots", "");
    for slot in &board.slots {
        hairline(ui);
        slot_line(ui, bench, slot, out);
    }
}

fn slot_line(ui: &mut Ui, bench: &Bench, slot: &SlotRow, out: &mut Vec<Action>) {
    let button = |ui: &mut Ui| {
        if slot.boots {
            say(ui, Face::Small, Tint::Third, "boots next");
        } else if slot.can_boot {
            let name = format!("Boot ota_{}…", slot.number);
            if link(ui, &name) {
                out.push(Action::Boot(bench.path().to_owned(), slot.number));
            }
        }
    };
    ends(ui, 34.0, button, |ui| {
        say(ui, Face::Mono, Tint::First, format!("ota_{}", slot.number));
        ui.add_space(12.0);
        let tint = if slot.can_boot { Tint::First } else { Tint::Third };
        say(ui, Face::Name, tint, &slot.holds);
        ui.add_space(12.0);
        if let Some((look, word)) = slot.state {
            state_mark(ui, look, word);
        }
    });
}

fn settings(ui: &mut Ui, board: &BoardView) {
    if board.settings.is_empty() {
        return;
    }
    rule(ui);
    section(ui, "Settings on the board", &board.settings_remark);
    let width = ui.available_width();
    let columns = [0.24, 0.26, 0.14];
    ui.spacing_mut().interact_size.y = 22.0;
    ui.spacing_mut().item_spacing.y = 2.0;
    let tokens = Tokens::of(ui);
    for setting in &board.settings {
        ui.horizontal(|ui| {
            ui.set_min_height(22.0);
            ui.spacing_mut().item_spacing.x = 0.0;
            places::cell(ui, width * columns[0], |ui| {
                drop(say(ui, Face::Body, Tint::Third, &setting.namespace))
            });
            places::cell(ui, width * columns[1], |ui| drop(say(ui, Face::Mono, Tint::First, &setting.key)));
            places::cell(ui, width * columns[2], |ui| drop(say(ui, Face::Body, Tint::Third, setting.kind)));
            match &setting.value {
                Some(value) => drop(say(ui, Face::Body, Tint::First, value)),
                None => {
                    icon(ui, icons::EYE_SLASH, Cut::Regular, 14.0, tokens.t3);
                    ui.add_space(6.0);
                    say(ui, Face::Body, Tint::Third, "hidden");
                }
            }
        });
    }
}
