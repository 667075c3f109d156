//! The flash of a board, place by place: to scale, and as a table with what becomes of each.

use egui::{Align, Layout, Stroke, StrokeKind, Ui, vec2};

use super::super::Bench;
use super::super::board::{BoardView, cell_size};
use super::super::plan::PlaceRow;
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::theme::Tokens;
use crate::gui::widgets::frame::{ends, hairline};
use crate::gui::widgets::partition_map::partition_map;
use crate::gui::widgets::text::{Tint, icon, say};
use crate::usb::flash::Fate;

const HEAD: f32 = 26.0;
const ROW: f32 = 33.0;
/// Below this width what is now and what will be share a column.
const NARROW: f32 = 620.0;

/// Draws them.
pub(super) fn draw(ui: &mut Ui, bench: &Bench, board: &BoardView) {
    let plan = bench.planning.made();
    if board.rows.is_empty() && plan.is_none() {
        return;
    }
    let legend = |ui: &mut Ui| {
        if plan.is_some() {
            swatches(ui);
        }
    };
    ends(ui, 24.0, legend, |ui| drop(say(ui, Face::Section, Tint::First, "Flash map")));
    match plan {
        Some(plan) => partition_map(ui, &[("Now", &plan.now), ("After", &plan.after)], board.flash_size()),
        None => partition_map(ui, &[("", &board.map)], board.flash_size()),
    }
    ui.add_space(6.0);
    table(ui, plan.map_or(board.rows.as_slice(), |plan| plan.rows.as_slice()), plan.is_some());
}

fn swatches(ui: &mut Ui) {
    let tokens = Tokens::of(ui);
    let swatch = |ui: &mut Ui| ui.allocate_exact_size(vec2(12.0, 12.0), egui::Sense::hover()).0;
    say(ui, Face::Small, Tint::Third, "Replaced or erased");
    let place = swatch(ui);
    crate::gui::widgets::slot_card::hatch(ui.painter(), place, tokens.line2, tokens.bg2);
    ui.add_space(8.0);
    say(ui, Face::Small, Tint::Third, "Written");
    let place = swatch(ui);
    let line = Stroke::new(1.0, tokens.accent);
    ui.painter().rect(place, 2.0, tokens.updating.tint, line, StrokeKind::Inside);
}

/// A cell of this width.
pub(super) fn cell(ui: &mut Ui, width: f32, contents: impl FnOnce(&mut Ui)) {
    let height = ui.spacing().interact_size.y;
    ui.allocate_ui_with_layout(vec2(width, height), Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(width);
        ui.set_max_width(width - 10.0);
        contents(ui);
    });
}

fn right_cell(ui: &mut Ui, width: f32, contents: impl FnOnce(&mut Ui)) {
    let height = ui.spacing().interact_size.y;
    ui.allocate_ui_with_layout(vec2(width, height), Layout::right_to_left(Align::Center), |ui| {
        ui.set_min_width(width);
        ui.add_space(16.0);
        contents(ui);
    });
}

/// Name, offset, size, now, fate, after: shares of the width.
const WIDE: [f32; 6] = [0.22, 0.12, 0.12, 0.22, 0.13, 0.19];
const TIGHT: [f32; 6] = [0.32, 0.16, 0.16, 0.0, 0.16, 0.20];
const UNPLANNED: [f32; 6] = [0.26, 0.16, 0.16, 0.42, 0.0, 0.0];

fn table(ui: &mut Ui, rows: &[PlaceRow], planned: bool) {
    let width = ui.available_width();
    let shares = match (planned, width < NARROW) {
        (false, _) => UNPLANNED,
        (true, true) => TIGHT,
        (true, false) => WIDE,
    };
    let widths = shares.map(|share| share * width);
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.spacing_mut().interact_size.y = HEAD;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let names = ["Partition", "Offset", "Size", "Now", "Flashing", "After"];
        for (place, (name, width)) in
            names.into_iter().zip(widths).enumerate().filter(|(_, (_, width))| *width > 0.0)
        {
            let head = |ui: &mut Ui| drop(say(ui, Face::Head, Tint::Third, name));
            if place == 2 { right_cell(ui, width, head) } else { cell(ui, width, head) }
        }
    });
    for row in rows {
        hairline(ui);
        ui.spacing_mut().interact_size.y = ROW;
        place_line(ui, row, widths);
    }
    hairline(ui);
}

fn place_line(ui: &mut Ui, row: &PlaceRow, [name, offset, size, now, fate, after]: [f32; 6]) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        cell(ui, name, |ui| drop(say(ui, Face::Name, Tint::First, &row.name)));
        cell(ui, offset, |ui| drop(say(ui, Face::Mono, Tint::Third, format!("{:#08x}", row.offset))));
        right_cell(ui, size, |ui| drop(say(ui, Face::Body, Tint::Second, cell_size(row.size))));
        if now > 0.0 {
            cell(ui, now, |ui| drop(say(ui, Face::Body, Tint::Second, &row.now)));
        }
        if fate > 0.0 {
            cell(ui, fate, |ui| fate_mark(ui, row.fate));
            let response = |ui: &mut Ui| say(ui, Face::Body, Tint::First, &row.after);
            cell(ui, after, |ui| drop(response(ui).on_hover_text(format!("Now: {}", row.now))));
        }
    });
}

fn fate_mark(ui: &mut Ui, fate: Option<Fate>) {
    let tokens = Tokens::of(ui);
    let (mark, ink, word) = match fate {
        Some(Fate::Written) => (icons::ARROW_RIGHT, tokens.t1, "Written"),
        Some(Fate::Replaced) => (icons::ARROW_RIGHT, tokens.t1, "Replaced"),
        Some(Fate::Kept) => (icons::CHECK, tokens.t3, "Kept"),
        Some(Fate::Erased) => (icons::ERASER, tokens.failed.ink, "Erased"),
        None => return,
    };
    ui.spacing_mut().item_spacing.x = 6.0;
    icon(ui, mark, Cut::Regular, 14.0, ink);
    ui.add(egui::Label::new(Face::Body.text(word).color(ink)).truncate());
}
