//! One way to send an image: its bytes and its seconds as two bars, to scale, or why it cannot be had.

use egui::{Align2, Color32, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::theme::Tokens;

/// The height of a row, in points.
const ROW: f32 = 28.0;
const BAR: f32 = 8.0;
/// Room for the mark before the name.
const MARK: f32 = 24.0;
const NAME: f32 = 92.0;
/// Room for the widest of each figure: `1023 KiB`, `≤ 59:59`.
const BYTES: f32 = 72.0;
const SECONDS: f32 = 66.0;
/// Between a bar and its figure.
const GAP: f32 = 8.0;
/// Between the two bars with their figures.
const APART: f32 = 24.0;
/// No bar is drawn narrower.
const LEAST: f32 = 3.0;

/// One way, as it is drawn.
#[derive(Clone, Debug)]
pub struct WayRow<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether it is the one that is taken.
    pub taken: bool,
    /// What it costs, or why it cannot be had.
    pub cost: Result<WayCost, Refusal<'a>>,
    /// What is said of it when the pointer is on it.
    pub about: String,
}

/// What a way costs.
#[derive(Clone, Debug)]
pub struct WayCost {
    /// Its bytes, in words.
    pub bytes: String,
    /// The same as a share of the longest bar.
    pub bytes_share: f32,
    /// Its seconds, in words.
    pub seconds: String,
    /// The same as a share of the longest bar.
    pub seconds_share: f32,
}

/// Why a way cannot be had.
#[derive(Clone, Copy, Debug)]
pub struct Refusal<'a> {
    /// As a word.
    pub word: &'a str,
    /// Whether it is taken all the same, so that the word must be read.
    pub wanted: bool,
}

/// Draws it, in the place of the columns that [`way_heads`] names; true if it was clicked. Whoever has no pointer
/// chooses elsewhere.
pub fn way_row(ui: &mut Ui, row: &WayRow<'_>) -> bool {
    let tokens = Tokens::of(ui);
    let can = row.cost.is_ok() && !row.taken;
    let sense = if can { Sense::CLICK } else { Sense::hover() };
    let (area, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), sense);
    if can && response.hovered() {
        ui.painter().rect_filled(area, 4.0, tokens.bg2);
    }
    mark(ui, area, row, tokens);
    let ink = match (row.taken, &row.cost) {
        (true, _) => tokens.t1,
        (false, Ok(_)) => tokens.t2,
        (false, Err(_)) => tokens.t3,
    };
    let face = if row.taken { Face::Name } else { Face::Body };
    let at = pos2(area.left() + MARK, area.center().y);
    ui.painter().text(at, Align2::LEFT_CENTER, row.name, face.font(), ink);
    match &row.cost {
        Ok(cost) => {
            let [bytes, seconds] = bars(area);
            let fill = if row.taken { tokens.accent } else { tokens.data[3] };
            bar(ui, bytes, cost.bytes_share, (fill, ink), &cost.bytes);
            bar(ui, seconds, cost.seconds_share, (fill, ink), &cost.seconds);
        }
        Err(refusal) => {
            let at = pos2(area.left() + MARK + NAME, area.center().y);
            let ink = if refusal.wanted { tokens.open.ink } else { tokens.t3 };
            ui.painter().text(at, Align2::LEFT_CENTER, refusal.word, Face::Body.font(), ink);
        }
    }
    named(&response, row);
    response.on_hover_text(&row.about).clicked()
}

/// The names of the columns over their bars.
pub fn way_heads(ui: &mut Ui, [bytes, seconds]: [&str; 2]) {
    let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
    let ink = Tokens::of(ui).t3;
    for (name, (track, _)) in [bytes, seconds].into_iter().zip(bars(area)) {
        let at = pos2(track.left(), area.center().y);
        ui.painter().text(at, Align2::LEFT_CENTER, name, Face::Small.font(), ink);
    }
}

/// A disc in a ring where it is taken, a ring where it could be, a crossed circle where it cannot.
fn mark(ui: &Ui, area: Rect, row: &WayRow<'_>, tokens: &Tokens) {
    let center = pos2(area.left() + 8.0, area.center().y);
    let painter = ui.painter();
    if row.cost.is_err() {
        let ink = if row.taken { tokens.open.ink } else { tokens.t3 };
        painter.text(center, Align2::CENTER_CENTER, icons::PROHIBIT, Cut::Bold.font(14.0), ink);
        return;
    }
    let ring = if row.taken { Stroke::new(1.5, tokens.accent) } else { Stroke::new(1.0, tokens.ctl) };
    painter.circle_stroke(center, 6.5, ring);
    if row.taken {
        painter.circle_filled(center, 3.5, tokens.accent);
    }
}

/// The tracks of both bars, and where the figure of each ends.
fn bars(area: Rect) -> [(Rect, f32); 2] {
    let left = area.left() + MARK + NAME;
    let room = area.right() - left - BYTES - SECONDS - 2.0 * GAP - APART;
    let width = (room / 2.0).max(LEAST);
    let track = |left: f32| {
        let top = area.center().y - BAR / 2.0;
        Rect::from_min_size(pos2(left, top), vec2(width, BAR))
    };
    let end = left + width + GAP + BYTES;
    [(track(left), end), (track(end + APART), area.right())]
}

fn bar(ui: &Ui, (track, end): (Rect, f32), share: f32, (fill, ink): (Color32, Color32), text: &str) {
    let painter = ui.painter();
    painter.rect_filled(track, 2.0, Tokens::of(ui).bg4);
    let width = (track.width() * share.clamp(0.0, 1.0)).max(LEAST);
    painter.rect_filled(track.with_max_x(track.left() + width), 2.0, fill);
    painter.text(pos2(end, track.center().y), Align2::RIGHT_CENTER, text, Face::Body.font(), ink);
}

fn named(response: &Response, row: &WayRow<'_>) {
    let said = match &row.cost {
        Ok(cost) => format!("{}, {}", cost.bytes, cost.seconds),
        Err(refusal) => refusal.word.to_lowercase(),
    };
    let taken = if row.taken { ", taken" } else { "" };
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{}, {said}{taken}", row.name)));
}
