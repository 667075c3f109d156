//! What things stand in: cards, banners, empty pages.

use egui::{Align, CornerRadius, Frame, InnerResponse, Layout, Margin, RichText, ScrollArea, Stroke, Ui};

use super::text::{Tint, paragraph, say};
use crate::gui::fonts::{Cut, Face};
use crate::gui::shell::page_margin;
use crate::gui::style::{CARD_RADIUS, RADIUS};
use crate::gui::theme::{Tokens, Tone};

/// A card.
pub fn card<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    let tokens = Tokens::of(ui);
    Frame::new()
        .fill(tokens.bg2)
        .stroke(Stroke::new(1.0, tokens.line2))
        .corner_radius(CornerRadius::same(CARD_RADIUS))
        .inner_margin(Margin::same(16))
        .show(ui, contents)
}

/// What is true now of what the page shows: an icon, and what `contents` draws.
pub fn banner<R>(
    ui: &mut Ui,
    tone: Tone,
    icon: (&str, Cut),
    contents: impl FnOnce(&mut Ui) -> R,
) -> InnerResponse<R> {
    Frame::new()
        .fill(tone.tint)
        .corner_radius(CornerRadius::same(RADIUS))
        .inner_margin(Margin::symmetric(12, 9))
        .show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            ui.horizontal_top(|ui| {
                ui.label(RichText::new(icon.0).font(icon.1.font(16.0)).color(tone.ink));
                ui.vertical(contents).inner
            })
            .inner
        })
}

/// A page that has nothing to show yet: what it is for, and what to begin with.
pub fn empty(ui: &mut Ui, icon: &str, title: &str, sentence: &str, buttons: impl FnOnce(&mut Ui)) {
    let ink = Tokens::of(ui).t3;
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.28).max(24.0));
        ui.label(RichText::new(icon).font(Cut::Regular.font(26.0)).color(ink));
        ui.add_space(6.0);
        say(ui, Face::Section, Tint::First, title);
        ui.set_max_width(520.0);
        paragraph(ui, Face::Body, Tint::Third, sentence);
        ui.add_space(10.0);
        buttons(ui);
    });
}

/// A hairline from side to side, with the gap of a section around it.
pub fn rule(ui: &mut Ui) {
    ui.add_space(10.0);
    hairline(ui);
    ui.add_space(10.0);
}

/// A hairline from side to side.
pub fn hairline(ui: &mut Ui) {
    let (line, _) = ui.allocate_exact_size(egui::vec2(ui.available_width(), 1.0), egui::Sense::hover());
    ui.painter().hline(ui.max_rect().x_range(), line.center().y, Stroke::new(1.0, Tokens::of(ui).line));
}

/// Scrolls what is longer than its panel, at the panel's margin.
pub fn scroll(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let margin = page_margin(ui);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        Frame::new().inner_margin(Margin::symmetric(margin, 16)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            contents(ui);
        });
    });
}

/// A line of this height: `right` from its right end, then `left` in what remains.
pub fn ends<R>(ui: &mut Ui, height: f32, right: impl FnOnce(&mut Ui) -> R, left: impl FnOnce(&mut Ui)) -> R {
    let size = egui::vec2(ui.available_width(), height);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        ui.set_min_size(size);
        let right = right(ui);
        ui.with_layout(Layout::left_to_right(Align::Center), left);
        right
    })
    .inner
}
