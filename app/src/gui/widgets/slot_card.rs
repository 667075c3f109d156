//! A slot with everything known of it, as a card.

use egui::{
    Color32, CornerRadius, Frame, Margin, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind,
};
use egui::{Ui, WidgetInfo, pos2, vec2};

use super::frame::ends;
use super::slots::{SlotUse, SlotView};
use super::state::state_mark;
use super::text::{Tint, say};
use crate::gui::figures::{short_digest, size};
use crate::gui::fonts::Face;
use crate::gui::style::CARD_RADIUS;
use crate::gui::theme::Tokens;

/// Draws it; in grey if the device does not answer.
pub fn slot_card(ui: &mut Ui, slot: &SlotView, offline: bool) {
    let tokens = Tokens::of(ui);
    let outline = match slot.slot_use {
        SlotUse::Runs if !offline => tokens.valid.ink,
        SlotUse::OnProbation if !offline => tokens.pending.ink,
        _ => tokens.line2,
    };
    Frame::new()
        .fill(tokens.bg2)
        .stroke(Stroke::new(1.0, outline))
        .corner_radius(CornerRadius::same(CARD_RADIUS))
        .inner_margin(Margin::symmetric(12, 10))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 4.0;
            ui.spacing_mut().interact_size.y = 18.0;
            head(ui, slot);
            image(ui, slot);
            bar(ui, slot, offline);
            foot(ui, slot);
        });
}

fn head(ui: &mut Ui, slot: &SlotView) {
    let state = |ui: &mut Ui| {
        if slot.boots_next {
            say(ui, Face::Small, Tint::Third, "boots next");
        }
        let (look, word) = slot.word();
        state_mark(ui, look, word);
    };
    ends(ui, 18.0, state, |ui| drop(say(ui, Face::Mono, Tint::First, format!("ota_{}", slot.number))));
}

fn image(ui: &mut Ui, slot: &SlotView) {
    let digest = |ui: &mut Ui| {
        if let Some(digest) = slot.digest.map(|digest| digest.to_string()) {
            say(ui, Face::MonoSmall, Tint::Third, short_digest(&digest)).on_hover_text(digest);
        }
    };
    ends(ui, 20.0, digest, |ui| match &slot.holds {
        Some((project, version)) => drop(say(ui, Face::Section, Tint::First, format!("{project} {version}"))),
        None => drop(say(ui, Face::Body, Tint::Third, "No complete image")),
    });
}

fn foot(ui: &mut Ui, slot: &SlotView) {
    let room = size(u64::from(slot.room));
    let text = match (slot.erased, slot.used) {
        (Some(erased), Some(0)) => format!("{} of {room} erased", size(u64::from(erased))),
        (_, Some(0) | None) => format!("Room for {room}"),
        (_, Some(used)) => format!("{} of {room}", size(u64::from(used))),
    };
    let place = |ui: &mut Ui| {
        if let Some(from) = slot.offset {
            let to = u64::from(from) + u64::from(slot.room);
            say(ui, Face::MonoSmall, Tint::Third, format!("{from:#08X} – {to:#08X}").replace("0X", "0x"));
        }
    };
    ends(ui, 16.0, place, |ui| drop(say(ui, Face::Small, Tint::Third, text)));
}

/// How much of the slot its image takes: solid where it runs, hatched where it never boots.
fn bar(ui: &mut Ui, slot: &SlotView, offline: bool) {
    let tokens = Tokens::of(ui);
    let (track, response) = ui.allocate_exact_size(vec2(ui.available_width(), 14.0), Sense::hover());
    ui.painter().rect_filled(track, 2.0, tokens.bg4);
    if let Some(share) = slot.share().filter(|share| *share > 0.0) {
        let width = (track.width() * share).max(3.0);
        fill(
            ui.painter(),
            Rect::from_min_size(track.min, vec2(width, track.height())),
            slot,
            offline,
            tokens,
        );
        let text = format!("{} percent of the slot", (share * 100.0).round());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &text));
    }
}

/// The bytes of an image, in the colour of what its slot is.
pub(super) fn fill(painter: &Painter, place: Rect, slot: &SlotView, offline: bool, tokens: &Tokens) {
    match slot.slot_use {
        SlotUse::Runs | SlotUse::OnProbation if offline => solid(painter, place, tokens.ctl),
        SlotUse::Runs => solid(painter, place, tokens.valid.ink),
        SlotUse::OnProbation => solid(painter, place, tokens.pending.ink),
        SlotUse::Holds => solid(painter, place, tokens.ctl),
        SlotUse::BeingWritten => {
            let outline = Stroke::new(1.0, tokens.accent);
            painter.rect(place, 2.0, tokens.updating.tint, outline, StrokeKind::Inside);
        }
        SlotUse::Aborted => hatch(painter, place, tokens.rolled_back.ink, tokens.rolled_back.tint),
        SlotUse::Empty | SlotUse::BeingErased | SlotUse::Erased => {}
    }
}

fn solid(painter: &Painter, place: Rect, ink: Color32) {
    painter.rect_filled(place, 2.0, ink);
}

/// Lines at 135°, 7 apart.
pub fn hatch(painter: &Painter, area: Rect, ink: Color32, ground: Color32) {
    painter.rect(area, 2.0, ground, Stroke::new(1.0, ink), StrokeKind::Inside);
    let painter = painter.with_clip_rect(area.shrink(1.0).intersect(painter.clip_rect()));
    let height = area.height();
    let mut lines = Vec::new();
    let mut x = area.left() - height;
    while x < area.right() {
        let line: [Pos2; 2] = [pos2(x, area.bottom()), pos2(x + height, area.top())];
        lines.push(Shape::line_segment(line, Stroke::new(1.0, ink)));
        x += 7.0;
    }
    painter.add(Shape::Vec(lines));
}
