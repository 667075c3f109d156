//! Four lanes of one update over its time: what was served, what was written, the signal, and what the device ran.

mod boots;
mod curves;
mod paint;

use std::time::{Duration, SystemTime};

use egui::{Align2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::Group;
use super::scale::step;
use crate::gui::figures::{clock_time, rate, signed, size};
use crate::gui::fonts::Face;
use crate::gui::theme::Tokens;
use crate::gui::widgets::text::{Tint, say};
use crate::store::{Course, PastUpdate};

/// As wide as the names of the devices above.
const NAME: f32 = 120.0;
/// Free at the right, so that the last mark of the axis is whole.
const END: f32 = 28.0;
const GAP: f32 = 12.0;

/// Where times are on the screen.
#[derive(Clone, Copy, Debug)]
struct Place {
    total: Duration,
    left: f32,
    width: f32,
}

impl Place {
    fn at(&self, time: Duration) -> f32 {
        let share = time.as_secs_f32() / self.total.as_secs_f32().max(0.001);
        self.left + self.width * share.clamp(0.0, 1.0)
    }
}

/// What stands at the left of a lane, and what is said of it.
struct Head<'a> {
    name: &'a str,
    figure: String,
    words: String,
}

/// Draws them. Without a course, which is being read, the lanes are empty.
pub(super) fn draw(
    ui: &mut Ui,
    group: &Group,
    update: &PastUpdate,
    course: Option<&Course>,
    now: SystemTime,
) {
    if course.is_some_and(is_empty) {
        let words = "What was served, written and run was not recorded.";
        say(ui, Face::Small, Tint::Third, words);
        return;
    }
    let until = update.end.as_ref().map_or(now, |end| end.at);
    let place = Place {
        total: until.duration_since(update.started).unwrap_or_default(),
        left: ui.max_rect().left() + NAME,
        width: (ui.available_width() - NAME - END).max(40.0),
    };
    let offset = update.started.duration_since(group.first().started).unwrap_or_default();
    ui.spacing_mut().item_spacing.y = 0.0;
    let top = ui.cursor().top();
    // The lines of the axis lie under the lanes, whose heights are known only behind them.
    let grid = ui.painter().add(egui::Shape::Noop);
    let is_read = course.is_some();
    let course = course.cloned().unwrap_or_default();
    served(ui, &place, &course, is_read);
    flash(ui, &place, &course, is_read);
    signal(ui, &place, &course, is_read);
    ran(ui, &place, update, &course, is_read);
    let lines = axis(ui, &place, offset, top);
    ui.painter().set(grid, egui::Shape::Vec(lines));
}

/// Whether there is nothing to draw: it is of a time before courses were recorded, or nothing was sent at all.
fn is_empty(course: &Course) -> bool {
    let told = course.samples.iter().any(|sample| sample.written.is_some() || sample.rssi.is_some());
    !told && course.boots.is_empty()
}

/// Draws the name and the figure of a lane, and gives the place of its picture.
fn lane(ui: &mut Ui, height: f32, head: &Head<'_>) -> (Rect, egui::Response) {
    let tokens = Tokens::of(ui);
    let (area, response) = ui.allocate_exact_size(vec2(ui.available_width(), height + GAP), Sense::hover());
    let painter = ui.painter().with_clip_rect(area.with_max_x(area.left() + NAME - 6.0));
    let middle = area.top() + height / 2.0;
    let above = if head.figure.is_empty() { 0.0 } else { 8.0 };
    painter.text(
        pos2(area.left(), middle - above),
        Align2::LEFT_CENTER,
        head.name,
        Face::Name.font(),
        tokens.t1,
    );
    painter.text(
        pos2(area.left(), middle + 8.0),
        Align2::LEFT_CENTER,
        &head.figure,
        Face::Small.font(),
        tokens.t3,
    );
    let words = format!("{}, {}", head.name, head.words);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    let picture = Rect::from_min_max(
        pos2(area.left() + NAME, area.top()),
        pos2(area.right() - END, area.top() + height),
    );
    (picture, response.on_hover_text(words))
}

/// A lane of which nothing is known.
fn missing(ui: &mut Ui, height: f32, name: &str, is_read: bool) {
    let words = if is_read { "not recorded" } else { "" };
    let head = Head { name, figure: String::new(), words: words.to_owned() };
    let (area, _) = lane(ui, height, &head);
    let ink = Tokens::of(ui).t3;
    let at = area.left_center() + vec2(6.0, 0.0);
    ui.painter().text(at, Align2::LEFT_CENTER, words, Face::Small.font(), ink);
}

fn served(ui: &mut Ui, place: &Place, course: &Course, is_read: bool) {
    const HEIGHT: f32 = 40.0;
    let Some(served) = curves::served(&course.samples) else {
        return missing(ui, HEIGHT, "Served", is_read);
    };
    let figure = rate(served.rate);
    let words = format!("{figure} on average, {:.1} s", served.time.as_secs_f32());
    let (area, _) = lane(ui, HEIGHT, &Head { name: "Served", figure, words });
    paint::area(ui, area, place, &served.rates);
}

fn flash(ui: &mut Ui, place: &Place, course: &Course, is_read: bool) {
    const HEIGHT: f32 = 34.0;
    let Some((grown, last)) = curves::flash(&course.samples) else {
        return missing(ui, HEIGHT, "Flash", is_read);
    };
    let figure = format!("{} written", size(last));
    let (area, _) = lane(ui, HEIGHT, &Head { name: "Flash", words: figure.clone(), figure });
    paint::steps(ui, area, place, &grown, last);
}

fn signal(ui: &mut Ui, place: &Place, course: &Course, is_read: bool) {
    const HEIGHT: f32 = 34.0;
    let Some(signal) = curves::signal(&course.samples, &course.boots) else {
        return missing(ui, HEIGHT, "Signal", is_read);
    };
    let figure = format!("{} dBm", signed(signal.mean));
    let [least, most] = [signal.least, signal.most].map(signed);
    let words = format!("{figure} on average, from {least} to {most} dBm");
    let (area, _) = lane(ui, HEIGHT, &Head { name: "Signal", figure, words });
    paint::lines(ui, area, place, &signal);
}

fn ran(ui: &mut Ui, place: &Place, update: &PastUpdate, course: &Course, is_read: bool) {
    const HEIGHT: f32 = 34.0;
    if course.boots.is_empty() {
        return missing(ui, HEIGHT, "Boots", is_read);
    }
    let unseen = boots::unseen(update, &course.boots);
    let figure = boots::figure(&course.boots, &unseen);
    let mut words = vec![figure.clone()];
    for boot in &course.boots {
        let [from, until] = [boot.from, boot.until].map(|time| format!("{:.1}", time.as_secs_f32()));
        words.push(format!("{}, {}, from {from} to {until} s", boot.version, boot.state));
    }
    words.extend(unseen.iter().map(boots::Unseen::words));
    let head = Head { name: "Boots", figure, words: words.join("; ") };
    let (area, _) = lane(ui, HEIGHT, &head);
    paint::boots(ui, area, place, &course.boots, &unseen);
}

/// The times under the lanes, counted from the begin of the rollout; gives the lines that go up from them.
fn axis(ui: &mut Ui, place: &Place, offset: Duration, top: f32) -> Vec<egui::Shape> {
    let tokens = Tokens::of(ui);
    let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
    let mut lines = Vec::new();
    for mark in marks(offset, place.total) {
        let x = place.at(mark.saturating_sub(offset));
        let at = pos2(x, area.center().y);
        ui.painter().text(at, Align2::CENTER_CENTER, clock_time(mark), Face::Small.font(), tokens.t3);
        let ends = [pos2(x, top), pos2(x, area.top() - 2.0)];
        lines.push(egui::Shape::line_segment(ends, Stroke::new(1.0, tokens.line)));
    }
    lines
}

/// Round times from `offset` on, for so long.
fn marks(offset: Duration, total: Duration) -> impl Iterator<Item = Duration> {
    let step = step(total);
    let first = offset.as_millis().div_ceil(step.as_millis().max(1));
    let first = u32::try_from(first).unwrap_or(u32::MAX);
    (first..).map(move |mark| step.saturating_mul(mark)).take_while(move |mark| *mark <= offset + total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_times_of_the_rollout() {
        let seconds = |offset, total| -> Vec<u64> {
            let [offset, total] = [offset, total].map(Duration::from_millis);
            marks(offset, total).map(|mark| mark.as_secs()).collect()
        };
        assert_eq!(seconds(0, 3500), [0, 1, 2, 3]);
        assert_eq!(seconds(60_500, 30_000), [65, 70, 75, 80, 85, 90]);
    }
}
