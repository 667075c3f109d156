//! The history page as a whole: days and updates at the left, one update at the right.

use egui::{
    Align, Align2, CentralPanel, Frame, Key, Layout, Margin, Modifiers, Panel, Rect, ScrollArea, Sense, Ui,
    UiBuilder, vec2,
};

use super::{Action, Filter, Format, Group, Line, certificate, detail, look_of, timeline};
use crate::gui::figures::{clock_time, day};
use crate::gui::firmware::survived;
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::shell::{Side, edge, is_narrow, page_margin, top_bar};
use crate::gui::state::{self, State};
use crate::gui::theme::Tokens;
use crate::gui::widgets::arrows::arrows;
use crate::gui::widgets::button::{Press, Weight};
use crate::gui::widgets::field::{chip, chip_width, search_field};
use crate::gui::widgets::frame::{empty, hairline};
use crate::gui::widgets::state::state_mark;
use crate::gui::widgets::text::{Tint, paragraph, say};
use crate::store::{Certified, PastUpdate};

const ROW: f32 = 52.0;
/// The heading of a day.
const DAY: f32 = 30.0;

/// Draws the page.
pub fn draw(ui: &mut Ui, state: &State, out: &mut Vec<state::Action>) {
    let mut actions = Vec::new();
    head(ui, state, &mut actions);
    if state.history.updates.is_empty() && state.history.certificates.is_empty() {
        CentralPanel::default().show(ui, |ui| {
            let sentence = "Every update is kept here with its times, its bytes, its end and the device's log, also over restarts.";
            empty(ui, icons::CLOCK_COUNTER_CLOCKWISE, "No updates yet", sentence, |_| ());
        });
    } else {
        Panel::left("past updates")
            .exact_size(if is_narrow(ui) { 320.0 } else { 456.0 })
            .resizable(false)
            .show_separator_line(false)
            .frame(Frame::new().fill(Tokens::of(ui).bg1))
            .show(ui, |ui| {
                edge(ui, Side::Right);
                ui.spacing_mut().item_spacing.y = 0.0;
                filters(ui, state, &mut actions);
                list(ui, state, &mut actions);
            });
        CentralPanel::default().frame(Frame::new().fill(Tokens::of(ui).bg1)).show(ui, |ui| {
            match (state.history.filter, state.history.opened()) {
                (Filter::Certificates, _) => {
                    if let Some(certified) = state.history.certificates.get(state.history.proof) {
                        certificate::draw(ui, state, certified);
                    }
                }
                (_, Some((group, update))) => detail::draw(ui, state, group, update, &mut actions),
                (_, None) => {}
            }
        });
    }
    out.extend(actions.into_iter().map(state::Action::History));
}

fn head(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    top_bar(ui, "History", |ui| {
        let why_not = state.history.updates.is_empty().then_some("There is nothing to export yet");
        for (format, name) in [(Format::Json, "Export JSON…"), (Format::Csv, "Export CSV…")] {
            let export = Press::new(Weight::Secondary, name).icon(icons::EXPORT);
            if export.refused(why_not).clicked(ui) {
                out.push(Action::Export(format));
            }
        }
        let mut search = state.history.search.clone();
        let field =
            search_field(ui, "Find an update", &mut search, if is_narrow(ui) { 160.0 } else { 220.0 });
        if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::F)) {
            field.request_focus();
        }
        if search != state.history.search {
            out.push(Action::Search(search));
        }
    });
}

fn filters(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let margin = page_margin(ui) - 6;
    Frame::new().inner_margin(Margin::symmetric(margin, 9)).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(4.0, 2.0);
            ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Extend);
            for (filter, name) in Filter::ALL {
                let count = state.history.list.count(filter);
                let active = state.history.filter == filter;
                let common = filter == Filter::All || count > 0 || active;
                if common && ui.available_size_before_wrap().x < chip_width(ui, name, Some(count)) {
                    ui.end_row();
                }
                if common && chip(ui, active, name, Some(count)) {
                    out.push(Action::Filter(filter));
                }
            }
        });
    });
    hairline(ui);
}

fn list(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    out.extend(arrows(ui).map(Action::Move));
    ui.spacing_mut().item_spacing.y = 0.0;
    let lines = state.history.list.lines();
    if lines.is_empty() {
        no_match(ui, state, out);
        return;
    }
    let open = state.history.opened().map(|(group, _)| group.first().number);
    ScrollArea::vertical().auto_shrink(false).show_viewport(ui, |ui, sight| {
        ui.set_height(lines.iter().map(height).sum());
        let area = ui.max_rect();
        let mut top = 0.0;
        for (number, line) in lines.iter().enumerate() {
            let bottom = top + height(line);
            // Only those in sight are drawn.
            if bottom >= sight.min.y && top <= sight.max.y {
                let place = Rect::from_x_y_ranges(area.x_range(), area.top() + top..=area.top() + bottom);
                let inside = UiBuilder::new().id_salt(number).max_rect(place);
                ui.scope_builder(inside, |ui| draw_line(ui, state, *line, open, out));
            }
            top = bottom;
        }
    });
}

const fn height(line: &Line) -> f32 {
    match line {
        Line::Day(_) => DAY,
        Line::Group(_) | Line::Proof(_) => ROW,
    }
}

/// `open` is the first update of the open group.
fn draw_line(ui: &mut Ui, state: &State, line: Line, open: Option<i64>, out: &mut Vec<Action>) {
    let view = &state.history;
    match line {
        Line::Day(at) => day_heading(ui, &day(at, state.now.wall)),
        Line::Group(place) => {
            if let Some(group) = view.groups.get(place) {
                group_row(ui, group, open == Some(group.first().number), out);
            }
        }
        Line::Proof(place) => {
            if let Some(certified) = view.certificates.get(place) {
                proof_row(ui, certified, place, view.proof == place, out);
            }
        }
    }
}

fn no_match(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    Frame::new().inner_margin(Margin::symmetric(page_margin(ui), 16)).show(ui, |ui| {
        let text = match state.history.search.trim() {
            "" => "Nothing of this kind yet.".to_owned(),
            search => format!("Nothing matches “{search}”."),
        };
        paragraph(ui, Face::Body, Tint::Second, text);
        if Press::new(Weight::Secondary, "Show all updates").small().clicked(ui) {
            out.push(Action::Search(String::new()));
            out.push(Action::Filter(Filter::All));
        }
    });
}

fn day_heading(ui: &mut Ui, day: &str) {
    let tokens = Tokens::of(ui);
    let (place, response) = ui.allocate_exact_size(vec2(ui.available_width(), DAY), Sense::hover());
    ui.painter().rect_filled(place, 0.0, tokens.bg0);
    let at = place.left_center() + vec2(f32::from(page_margin(ui)), 0.0);
    ui.painter().text(at, Align2::LEFT_CENTER, day, Face::Head.font(), tokens.t2);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, day));
}

/// A row: a time at the left, a duration at the right, and what `contents` draws between.
fn row(
    ui: &mut Ui,
    (at, took): (std::time::SystemTime, Option<std::time::Duration>),
    (name, open): (&str, bool),
    contents: impl FnOnce(&mut Ui),
) -> bool {
    let tokens = Tokens::of(ui);
    let margin = f32::from(page_margin(ui));
    let (place, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let fill = match (open, response.hovered()) {
        (true, _) => tokens.sel,
        (false, true) => tokens.bg2,
        (false, false) => egui::Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(place, 0.0, fill);
    ui.painter().hline(place.x_range(), place.bottom() - 0.5, egui::Stroke::new(1.0, tokens.line));
    if response.has_focus() {
        let ring = egui::Stroke::new(2.0, tokens.accent);
        ui.painter().rect_stroke(place, 0.0, ring, egui::StrokeKind::Inside);
    }
    let inside = place.shrink2(vec2(margin, 6.0));
    let mut inside =
        ui.new_child(egui::UiBuilder::new().max_rect(inside).layout(Layout::right_to_left(Align::Center)));
    if let Some(took) = took {
        say(&mut inside, Face::Body, Tint::Third, lasted(took));
    }
    inside.with_layout(Layout::left_to_right(Align::Center), |ui| {
        let time = crate::gui::figures::clock(at);
        say(ui, Face::Body, Tint::Third, time.get(..5).unwrap_or(&time));
        ui.add_space(6.0);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.spacing_mut().interact_size.y = 18.0;
            contents(ui);
        });
    });
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::RadioButton, true, open, name));
    response.clicked()
}

fn group_row(ui: &mut Ui, group: &Group, open: bool, out: &mut Vec<Action>) {
    let update = group.telling();
    let name = format!("Update {}", title(group));
    let clicked = row(ui, (group.first().started, group.duration()), (&name, open), |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            say(ui, Face::Section, Tint::First, format!("{} {}", update.project, update.version));
            say(ui, Face::Body, Tint::Second, format!("to {}", whom(group)));
        });
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 10.0;
            let (look, word) = look_of(update);
            let words = if group.count() > 1 { outcomes(group) } else { word.to_owned() };
            state_mark(ui, look, &words);
            if group.count() > 1 {
                timeline::squares(ui, group);
            }
            if update.drill.is_some() {
                say(ui, Face::Small, Tint::Third, "drill");
            }
        });
    });
    if clicked {
        out.push(Action::Open(update.number));
    }
}

fn proof_row(ui: &mut Ui, certified: &Certified, place: usize, open: bool, out: &mut Vec<Action>) {
    let title = certificate::title(certified);
    let clicked = row(ui, (certified.at, Some(certified.took)), (&title, open), |ui| {
        say(ui, Face::Section, Tint::First, &title);
        let (look, word) = certificate::look_of(certified);
        // How many cuts there were is told at the right as well.
        let words = if is_narrow(ui) { word.to_owned() } else { survived(certified) };
        state_mark(ui, look, &words);
    });
    if clicked {
        out.push(Action::OpenProof(place));
    }
}

/// `5 validated, 1 rolled back`.
fn outcomes(group: &Group) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for update in group.updates() {
        let (_, word) = look_of(update);
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    let words: Vec<_> =
        counts.into_iter().map(|(word, count)| format!("{count} {}", word.to_lowercase())).collect();
    words.join(", ")
}

/// `climate 1.9.0 to 6 devices`, or to the one by its name.
pub(super) fn title(group: &Group) -> String {
    let PastUpdate { project, version, .. } = group.first().as_ref();
    format!("{project} {version} to {}", whom(group))
}

fn whom(group: &Group) -> String {
    match group.count() {
        1 => label(group.first()).to_owned(),
        many => format!("{many} devices"),
    }
}

/// `4.2 s`, and `1:12` where tenths say nothing.
pub(super) fn lasted(time: std::time::Duration) -> String {
    if time.as_secs() < 10 { format!("{:.1} s", time.as_secs_f32()) } else { clock_time(time) }
}

/// What people call the device.
pub(super) fn label(update: &PastUpdate) -> &str {
    if update.name.is_empty() { &update.device } else { &update.name }
}
