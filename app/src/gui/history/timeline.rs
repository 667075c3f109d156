//! The devices of a group, each with its phases as a bar to scale.

use std::time::Duration;

use egui::{Align2, Color32, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::page::label;
use super::scale::{marks, share};
use super::{Action, Group, look_of};
use crate::gui::figures::clock_time;
use crate::gui::fonts::Face;
use crate::gui::mark::Look;
use crate::gui::theme::Tokens;
use crate::gui::widgets::state::{icon_of, tone_of};
use crate::gui::widgets::text::{Tint, say};
use crate::store::PastUpdate;

const NAME: f32 = 120.0;
/// For the mark of its end, behind a bar.
const END: f32 = 28.0;
const ROW: f32 = 32.0;
const BAR: f32 = 14.0;

/// The phases of the legend, by their words in the history.
const LEGEND: [(&str, &str); 4] = [
    ("downloading", "Download"),
    ("verifying", "Verify"),
    ("rebooting", "Reboot"),
    ("pending_validation", "Pending validation"),
];

fn ink_of(phase: &str, tokens: &Tokens) -> Color32 {
    match phase {
        "downloading" => tokens.accent,
        "verifying" => tokens.accent_dim,
        "rebooting" => tokens.data[3],
        "pending_validation" => tokens.pending.ink,
        _ => tokens.data[4],
    }
}

/// What the colours mean, from right to left.
pub(super) fn legend(ui: &mut Ui) {
    let tokens = Tokens::of(ui);
    ui.spacing_mut().item_spacing.x = 6.0;
    for (phase, name) in LEGEND.into_iter().rev() {
        say(ui, Face::Small, Tint::Third, name);
        let (dot, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
        ui.painter().rect_filled(dot, 2.0, ink_of(phase, tokens));
        ui.add_space(8.0);
    }
}

/// Draws the bars; a click on one opens its update.
pub(super) fn draw(
    ui: &mut Ui,
    group: &Group,
    open: &PastUpdate,
    now: std::time::SystemTime,
    out: &mut Vec<Action>,
) {
    let begin = group.first().started;
    let total = group.duration().unwrap_or_else(|| now.duration_since(begin).unwrap_or_default());
    let rows = group.count() as f32 * ROW;
    let place =
        Place { begin, total, left: ui.max_rect().left() + NAME, width: ui.available_width() - NAME - END };
    axis(ui, &place, rows);
    ui.spacing_mut().item_spacing.y = 0.0;
    for update in group.updates() {
        // Of a single one there is nothing to choose.
        let chosen = (group.count() > 1).then_some(update.number == open.number);
        row(ui, &place, update, chosen, out);
    }
}

/// Where times are on the screen.
struct Place {
    begin: std::time::SystemTime,
    total: Duration,
    left: f32,
    width: f32,
}

impl Place {
    fn at(&self, time: std::time::SystemTime) -> f32 {
        self.left + self.width * share(self.begin, self.total, time)
    }
}

fn axis(ui: &mut Ui, place: &Place, below: f32) {
    let tokens = Tokens::of(ui);
    let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    for mark in marks(place.total) {
        let x = place.at(place.begin + mark);
        let at = pos2(x, area.top() + 7.0);
        ui.painter().text(at, Align2::CENTER_CENTER, clock_time(mark), Face::Small.font(), tokens.t3);
        let line = egui::Stroke::new(1.0, tokens.line);
        ui.painter().vline(x, area.bottom()..=area.bottom() + below, line);
    }
}

fn row(ui: &mut Ui, place: &Place, update: &PastUpdate, chosen: Option<bool>, out: &mut Vec<Action>) {
    let tokens = Tokens::of(ui);
    let sense = if chosen.is_some() { Sense::click() } else { Sense::hover() };
    let (area, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), sense);
    let ground = area.expand2(vec2(6.0, 0.0));
    if let Some(chosen) = chosen.filter(|chosen| *chosen || response.hovered()) {
        ui.painter().rect_filled(ground, 4.0, if chosen { tokens.sel } else { tokens.bg2 });
    }
    if response.has_focus() {
        let ring = egui::Stroke::new(2.0, tokens.accent);
        ui.painter().rect_stroke(ground, 4.0, ring, egui::StrokeKind::Inside);
    }
    name(ui, area, label(update));
    let mut end = place.at(update.started);
    for phase in update.phases() {
        let Some(time) = phase.time else { continue };
        let (left, right) = (place.at(phase.at), place.at(phase.at + time));
        let bar = Rect::from_min_max(
            pos2(left, area.center().y - BAR / 2.0),
            pos2(right.max(left + 1.5), area.center().y + BAR / 2.0),
        );
        ui.painter().rect_filled(bar.shrink2(vec2(0.5, 0.0)), 2.0, ink_of(phase.phase, tokens));
        end = bar.right();
    }
    let (look, word) = look_of(update);
    let (mark, cut) = icon_of(look);
    let at = pos2(end + 8.0, area.center().y);
    ui.painter().text(at, Align2::LEFT_CENTER, mark, cut.font(16.0), tone_of(look, tokens).ink);
    let name = format!("{}, {}", label(update), word.to_lowercase());
    response.widget_info(|| match chosen {
        Some(chosen) => WidgetInfo::selected(Role::RadioButton, true, chosen, &name),
        None => WidgetInfo::labeled(Role::Label, true, &name),
    });
    if response.clicked() {
        out.push(Action::Open(update.number));
    }
}

fn name(ui: &Ui, area: Rect, name: &str) {
    let tokens = Tokens::of(ui);
    let clip = area.with_max_x(area.left() + NAME - 8.0);
    let at = pos2(area.left(), area.center().y);
    let painter = ui.painter().with_clip_rect(clip);
    painter.text(at, Align2::LEFT_CENTER, name, Face::Name.font(), tokens.t1);
}

/// A small square for each update of a group, in the colour of its end.
pub(super) fn squares(ui: &mut Ui, group: &Group) {
    /// More do not fit into a row.
    const MOST: usize = 16;
    let tokens = Tokens::of(ui);
    ui.spacing_mut().item_spacing.x = 2.0;
    for update in group.updates().take(MOST) {
        let (square, _) = ui.allocate_exact_size(vec2(8.0, 8.0), Sense::hover());
        let (look, _) = look_of(update);
        let ink = if look == Look::Updating { tokens.accent } else { tone_of(look, tokens).ink };
        ui.painter().rect_filled(square, 2.0, ink);
    }
}
