//! How the lanes are drawn: an area, steps, lines, and boxes.

use std::time::Duration;

use egui::epaint::{Mesh, Vertex};
use egui::{Align2, Color32, Rect, Shape, Stroke, StrokeKind, Ui, pos2};

use super::boots::Unseen;
use super::curves::{Curve, Signal};
use super::{END, Place};
use crate::gui::fonts::Face;
use crate::gui::theme::{Tokens, Tone};
use crate::store::PastBoot;

/// A step of the flash lane is at least so wide, its gap included.
const STEP: f32 = 9.0;
/// The least range of the signal lane, in dB: below it everything looks like a storm.
const RANGE: f32 = 16.0;

/// A curve from zero up, with what lies under it filled.
pub(super) fn area(ui: &Ui, area: Rect, place: &Place, curve: &Curve) {
    let tokens = Tokens::of(ui);
    let most = curve.iter().map(|(_, figure)| *figure).fold(1.0, f32::max);
    let at = |(time, figure): &(Duration, f32)| {
        pos2(place.at(*time), area.bottom() - area.height() * (figure / most).clamp(0.0, 1.0))
    };
    let points: Vec<_> = curve.iter().map(at).collect();
    let mut mesh = Mesh::default();
    for two in points.windows(2) {
        let [left, right] = two else { continue };
        let corners = [*left, *right, pos2(right.x, area.bottom()), pos2(left.x, area.bottom())];
        let first = u32::try_from(mesh.vertices.len()).unwrap_or_default();
        let vertex = |pos| Vertex { pos, uv: egui::epaint::WHITE_UV, color: tokens.updating.tint };
        mesh.vertices.extend(corners.map(vertex));
        mesh.indices.extend([0, 1, 2, 0, 2, 3].map(|corner| first + corner));
    }
    ui.painter().add(Shape::mesh(mesh));
    let ends = [points.first(), points.last()].map(|end| end.map_or(area.left(), |end| end.x));
    let down = |x: f32| pos2(x, area.bottom());
    let line: Vec<_> = std::iter::once(down(ends[0])).chain(points).chain([down(ends[1])]).collect();
    ui.painter().add(Shape::line(line, Stroke::new(1.75, tokens.accent)));
}

/// Steps that grow with the figure: each as high as the figure was at its end.
pub(super) fn steps(ui: &Ui, area: Rect, place: &Place, grown: &[(Duration, u64)], most: u64) {
    let ink = Tokens::of(ui).accent_dim;
    let (Some((begin, _)), Some((end, _))) = (grown.first(), grown.last()) else { return };
    let (left, right) = (place.at(*begin), place.at(*end).max(place.at(*begin) + 4.0));
    let count = ((right - left) / STEP).floor().clamp(1.0, 200.0);
    let width = (right - left) / count;
    for step in 0..count as usize {
        let (from, to) = (left + width * step as f32, left + width * (step + 1) as f32);
        let until = |(time, _): &&(Duration, u64)| place.at(*time) <= to + 0.5;
        let bytes = grown.iter().take_while(until).last().map_or(0, |(_, bytes)| *bytes);
        let height = (area.height() * bytes as f32 / most.max(1) as f32).max(1.5);
        let bar = Rect::from_min_max(pos2(from, area.bottom() - height), pos2(to - 2.0, area.bottom()));
        ui.painter().rect_filled(bar, 2.0, ink);
    }
}

/// The lines of the signal, and a dot where one answer stands alone.
pub(super) fn lines(ui: &Ui, area: Rect, place: &Place, signal: &Signal) {
    let ink = Tokens::of(ui).t2;
    let (least, most) = (signal.least as f32, signal.most as f32);
    let middle = f32::midpoint(least, most);
    let range = (most - least).max(RANGE);
    let at = |(time, dbm): &(Duration, f32)| {
        pos2(place.at(*time), area.center().y - area.height() * (dbm - middle) / range)
    };
    for line in &signal.lines {
        let shape = match line.as_slice() {
            [one] => Shape::circle_filled(at(one), 1.5, ink),
            many => Shape::line(many.iter().map(at).collect(), Stroke::new(1.25, ink)),
        };
        ui.painter().add(shape);
    }
}

fn tone_of<'t>(boot: &PastBoot, tokens: &'t Tokens) -> &'t Tone {
    match boot.state.as_str() {
        "valid" => &tokens.valid,
        "pending" => &tokens.pending,
        _ => &tokens.offline,
    }
}

/// What ran from when to when, and between them the boots that only the device counted.
pub(super) fn boots(ui: &Ui, area: Rect, place: &Place, boots: &[PastBoot], unseen: &[Unseen]) {
    let tokens = Tokens::of(ui);
    let height = 20.0;
    let row =
        |left: f32, right: f32| Rect::from_min_max(pos2(left, area.top()), pos2(right, area.top() + height));
    for (boot, next) in boots.iter().zip(boots.iter().skip(1).map(Some).chain([None])) {
        let left = place.at(boot.from);
        let limit = next.map_or(place.left + place.width, |next| place.at(next.from) - 2.0);
        let bar = row(left, place.at(boot.until).max(left + 5.0).min(limit.max(left + 3.0)));
        let tone = tone_of(boot, tokens);
        ui.painter().rect(bar, 3.0, tone.tint, Stroke::new(1.0, tone.ink), StrokeKind::Inside);
        let limit = next.map_or(limit + END, |_| limit);
        version(ui, bar, boot, limit, tokens);
    }
    for unseen in unseen {
        let middle = f32::midpoint(place.at(unseen.after), place.at(unseen.before));
        for moment in unseen.moments() {
            let x = place.at(moment);
            let half = ((place.at(unseen.before) - place.at(unseen.after)) / 6.0).clamp(1.5, 9.0);
            unseen_box(ui, row(x - half, x + half), unseen, tokens);
        }
        let below = pos2(middle, area.top() + height + 8.0);
        let ink = tone_of_unseen(unseen, tokens).ink;
        ui.painter().text(below, Align2::CENTER_CENTER, unseen.word, Face::Small.font(), ink);
    }
}

/// Its version, in it if there is room, else under it.
fn version(ui: &Ui, bar: Rect, boot: &PastBoot, limit: f32, tokens: &Tokens) {
    let galley = ui.painter().layout_no_wrap(boot.version.clone(), Face::Small.font(), tokens.t1);
    let (wide, high) = (galley.size().x, galley.size().y);
    let at = if wide + 12.0 <= bar.width() {
        pos2(bar.left() + 7.0, bar.center().y - high / 2.0)
    } else if wide <= limit - bar.left() + bar.width() {
        // The last one may begin right at the end.
        pos2(bar.left().min(limit - wide), bar.bottom() + 8.0 - high / 2.0)
    } else {
        return;
    };
    ui.painter().galley(at, galley, Color32::PLACEHOLDER);
}

fn tone_of_unseen<'t>(unseen: &Unseen, tokens: &'t Tokens) -> &'t Tone {
    if unseen.word == "unseen" { &tokens.offline } else { &tokens.failed }
}

fn unseen_box(ui: &Ui, place: Rect, unseen: &Unseen, tokens: &Tokens) {
    let tone = tone_of_unseen(unseen, tokens);
    ui.painter().rect(place, 3.0, tone.tint, Stroke::new(1.0, tone.ink), StrokeKind::Inside);
}
