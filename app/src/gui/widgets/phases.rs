//! The phases of an update as boxes, and the outcomes of many as one bar.

use egui::{Button, Color32, Rect, Response, RichText, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::state::{icon_of, tone_of};
use super::text::{Tint, icon, say};
use crate::engine::{Job, Step, Verdict};
use crate::gui::fonts::Face;
use crate::gui::mark::{Look, Mark};
use crate::gui::theme::Tokens;

/// The boxes: their names, and how wide each is in hundredths.
pub const PHASES: [(&str, f32); 6] = [
    ("Offer", 7.0),
    ("Download", 43.0),
    ("Verify", 11.0),
    ("Reboot", 11.0),
    ("Validate", 18.0),
    ("Verdict", 10.0),
];

const GAP: f32 = 3.0;
const HEIGHT: f32 = 8.0;

/// The left and right edge of each box in `width`, from 0.
#[must_use]
pub fn boxes(width: f32) -> [(f32, f32); 6] {
    let room = width - GAP * 5.0;
    let mut left = 0.0;
    PHASES.map(|(_, share)| {
        let right = left + room * share / 100.0;
        let place = (left, right);
        left = right + GAP;
        place
    })
}

/// What a box shows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fill {
    Empty,
    Done,
    Partly(f32, Color32),
    Whole(Color32),
}

const fn place_of(step: Step) -> usize {
    match step {
        Step::Preparing | Step::Offered => 0,
        Step::Downloading => 1,
        Step::Verifying => 2,
        Step::Rebooting => 3,
        Step::PendingValidation => 4,
    }
}

fn fills(job: &Job, probation: Option<f32>, tokens: &Tokens) -> [Fill; 6] {
    let mut fills = [Fill::Empty; 6];
    let reached = job.steps().map(place_of).max().unwrap_or(0);
    for fill in fills.iter_mut().take(reached) {
        *fill = Fill::Done;
    }
    if let Some(verdict) = &job.verdict {
        let mark = Mark::of_verdict(verdict);
        // What was under way when it ended has not been done, unless all went well.
        if matches!(verdict, Verdict::Validated | Verdict::ValidatedInferred) {
            fills[..5].fill(Fill::Done);
        }
        fills[5] = Fill::Whole(tone_of(mark.look(), tokens).ink);
        return fills;
    }
    fills[reached] = match Mark::of_phase(&job.phase) {
        Mark::Downloading(progress) => {
            Fill::Partly(progress.written as f32 / progress.total.max(1) as f32, tokens.accent)
        }
        Mark::Pending(_) => Fill::Partly(probation.unwrap_or(0.5), tokens.pending.ink),
        _ => Fill::Partly(0.5, tokens.accent),
    };
    fills
}

/// How far an update is. `probation` is how much of that is over, from 0 to 1, if it is known.
pub fn phase_track(ui: &mut Ui, job: &Job, probation: Option<f32>, width: f32) -> Response {
    let tokens = Tokens::of(ui);
    let (area, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::hover());
    let painter = ui.painter();
    for ((left, right), fill) in boxes(width).into_iter().zip(fills(job, probation, tokens)) {
        let place = Rect::from_min_max(
            pos2(area.left() + left, area.top()),
            pos2(area.left() + right, area.bottom()),
        );
        let ground = match fill {
            Fill::Done => tokens.accent_dim,
            Fill::Whole(ink) => ink,
            Fill::Empty | Fill::Partly(..) => tokens.bg4,
        };
        painter.rect_filled(place, 2.0, ground);
        if let Fill::Partly(share, ink) = fill {
            let part = place.with_max_x(place.left() + place.width() * share.clamp(0.0, 1.0));
            painter.rect_filled(part, 2.0, ink);
        }
    }
    let mark = Mark::of_job(job);
    let words = mark.words(std::time::Instant::now());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &words));
    response
}

/// The boxes of an update that has not begun.
pub fn empty_track(ui: &mut Ui, width: f32) {
    let (area, _) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::hover());
    for (left, right) in boxes(width) {
        let place = Rect::from_x_y_ranges(area.left() + left..=area.left() + right, area.y_range());
        ui.painter().rect_filled(place, 2.0, Tokens::of(ui).bg4);
    }
}

/// The names of the phases over their boxes.
pub fn phase_names(ui: &mut Ui, width: f32) {
    let tokens = Tokens::of(ui);
    let (area, _) = ui.allocate_exact_size(vec2(width, 16.0), Sense::hover());
    for ((left, _), (name, _)) in boxes(width).into_iter().zip(PHASES) {
        let at = pos2(area.left() + left, area.center().y);
        ui.painter().text(at, egui::Align2::LEFT_CENTER, name, Face::Head.font(), tokens.t3);
    }
}

/// Outcomes with their counts: words, and one bar under them.
pub fn count_bar(ui: &mut Ui, counts: &[(Look, &str, usize)], width: f32) {
    ui.vertical(|ui| {
        ui.horizontal(|ui| {
            for (look, word, count) in counts {
                ui.spacing_mut().item_spacing.x = 5.0;
                let (mark, cut) = icon_of(*look);
                let ink = tone_of(*look, Tokens::of(ui)).ink;
                icon(ui, mark, cut, 16.0, ink);
                ui.label(Face::Section.text(count.to_string()).color(ink));
                say(ui, Face::Body, Tint::Second, *word);
                ui.add_space(12.0);
            }
        });
        strip(ui, counts, width);
    });
}

/// The same to be clicked as filters; the place of the one that was. `chosen` is the place of the one that is on.
pub fn count_filters(
    ui: &mut Ui,
    counts: &[(Look, &str, usize)],
    chosen: Option<usize>,
    width: f32,
) -> Option<usize> {
    let mut clicked = None;
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            for (place, (look, word, count)) in counts.iter().enumerate() {
                if count_filter(ui, *look, word, *count, chosen == Some(place)) {
                    clicked = Some(place);
                }
            }
        });
        strip(ui, counts, width);
    });
    clicked
}

fn count_filter(ui: &mut Ui, look: Look, word: &str, count: usize, on: bool) -> bool {
    let tokens = Tokens::of(ui);
    let (mark, cut) = icon_of(look);
    let ink = tone_of(look, tokens).ink;
    let response = ui
        .scope(|ui| {
            let widgets = &mut ui.visuals_mut().widgets;
            widgets.inactive.weak_bg_fill = if on { tokens.bg3 } else { Color32::TRANSPARENT };
            widgets.inactive.bg_stroke = Stroke::NONE;
            widgets.hovered.bg_stroke = Stroke::NONE;
            ui.spacing_mut().button_padding = vec2(6.0, 0.0);
            let mark = RichText::new(mark).font(cut.font(16.0)).color(ink);
            let count = Face::Section.text(count.to_string()).color(ink);
            let word = Face::Body.text(word).color(tokens.t2);
            ui.add(Button::new((mark, count, word)).gap(5.0).min_size(vec2(0.0, 28.0)))
        })
        .inner;
    let name = format!("{count} {word}");
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, &name));
    response.on_hover_text(if on { "Show all devices" } else { "Show only these" }).clicked()
}

/// One bar, a part for each outcome.
fn strip(ui: &mut Ui, counts: &[(Look, &str, usize)], width: f32) {
    let (area, _) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::hover());
    let total: usize = counts.iter().map(|(_, _, count)| count).sum();
    let room = width - 2.0 * counts.len().saturating_sub(1) as f32;
    let mut left = area.left();
    for (look, _, count) in counts {
        let right = left + room * *count as f32 / total.max(1) as f32;
        let place = Rect::from_min_max(pos2(left, area.top()), pos2(right, area.bottom()));
        ui.painter().rect_filled(place, 2.0, tone_of(*look, Tokens::of(ui)).ink);
        left = right + 2.0;
    }
}
