//! One device of a rollout: its phase, its figures, and a line under it where something needs one.

mod words;

use egui::{Align, Color32, Layout, Rect, Stroke, Ui, UiBuilder, pos2, vec2};

use super::outcome::job_of;
use super::{Action, moments, wrap};
use crate::engine::{End, Job, Member, MemberState};
use crate::gui::figures::{clock_time, countdown, rate};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::mark::{Look, Mark};
use crate::gui::shell::{is_narrow, page_margin};
use crate::gui::state::{self, State};
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::icon_only;
use crate::gui::widgets::frame::hairline;
use crate::gui::widgets::phases::{empty_track, phase_names, phase_track};
use crate::gui::widgets::state::{state_mark, tone_of};
use crate::gui::widgets::text::{Tint, icon, say};
pub(super) use words::runs_now;
use words::{Line, lines, remark};

const ROW: f32 = 46.0;
const LINE: f32 = 18.0;
const RATE: f32 = 82.0;
const TIME: f32 = 84.0;
const BUTTON: f32 = 32.0;

fn columns(ui: &Ui) -> (f32, f32) {
    let wide = ui.content_rect().width();
    if is_narrow(ui) { (116.0, (wide * 0.30).max(150.0)) } else { (148.0, (wide * 0.34).min(548.0)) }
}

fn cell(ui: &mut Ui, width: f32, layout: Layout, contents: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(vec2(width, ui.available_height()), layout, |ui| {
        ui.set_min_width(width);
        contents(ui);
    });
}

fn left() -> Layout {
    Layout::left_to_right(Align::Center)
}

fn right() -> Layout {
    Layout::right_to_left(Align::Center)
}

/// The heads of the columns.
pub(super) fn names(ui: &mut Ui) {
    let margin = f32::from(page_margin(ui));
    let ink = Tokens::of(ui).t3;
    let head = |ui: &mut Ui, name: &str| drop(ui.label(Face::Head.text(name).color(ink)));
    ui.horizontal(|ui| {
        ui.set_height(30.0);
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.add_space(margin);
        let (name, track) = columns(ui);
        cell(ui, name, left(), |ui| head(ui, "Device"));
        if is_narrow(ui) {
            cell(ui, track, left(), |ui| head(ui, "Offer to verdict"));
        } else {
            phase_names(ui, track);
        }
        ui.add_space(20.0);
        head(ui, "Now");
        ui.with_layout(right(), |ui| {
            ui.add_space(margin + BUTTON);
            cell(ui, TIME, right(), |ui| head(ui, "Time"));
            cell(ui, RATE, right(), |ui| head(ui, "Rate"));
        });
    });
    hairline(ui);
}

fn mark_of(member: &Member, job: Option<&Job>) -> Mark {
    match (&member.state, job) {
        (MemberState::Away, _) => Mark::Offline,
        (MemberState::Waiting, _) => Mark::Waiting,
        (MemberState::Ended(End::Skipped), _) => Mark::Validated,
        (MemberState::Ended(End::NotStarted(_)), _) => Mark::Cancelled,
        (MemberState::Ended(End::Verdict(verdict)), _) => Mark::of_verdict(verdict),
        (MemberState::Running, Some(job)) => Mark::of_job(job),
        (MemberState::Running, None) => Mark::Preparing,
    }
}

/// How high the row of a device is, in points.
pub(super) fn height(state: &State, member: &Member) -> f32 {
    let lines = lines(state, member).len();
    ROW + if lines == 0 { 0.0 } else { lines as f32 * LINE + 4.0 }
}

/// Draws it, in the place that `ui` has.
pub(super) fn row(ui: &mut Ui, state: &State, member: &Member, out: &mut Vec<state::Action>) {
    let tokens = Tokens::of(ui);
    let job = job_of(&state.engine, member);
    let mark = mark_of(member, job);
    let loud = matches!(mark.look(), Look::Pending | Look::RolledBack | Look::Failed);
    let fill = if loud { tone_of(mark.look(), tokens).tint } else { Color32::TRANSPARENT };
    let area = ui.max_rect();
    ui.painter().rect_filled(area, 0.0, fill);
    ui.painter().hline(area.x_range(), area.bottom() - 0.5, Stroke::new(1.0, tokens.line));
    let margin = f32::from(page_margin(ui));
    let upper = Rect::from_min_max(
        pos2(area.left() + margin, area.top()),
        pos2(area.right() - margin, area.top() + ROW),
    );
    ui.scope_builder(UiBuilder::new().max_rect(upper).layout(left()), |ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        upper_line(ui, state, member, job, &mark, out);
    });
    let (name, _) = columns(ui);
    for (number, line) in lines(state, member).into_iter().enumerate() {
        let top = area.top() + ROW - 8.0 + number as f32 * LINE;
        let place = Rect::from_min_max(pos2(upper.left() + name, top), pos2(upper.right(), top + LINE));
        ui.scope_builder(UiBuilder::new().max_rect(place).layout(left()), |ui| draw_line(ui, line));
    }
}

fn upper_line(
    ui: &mut Ui,
    state: &State,
    member: &Member,
    job: Option<&Job>,
    mark: &Mark,
    out: &mut Vec<state::Action>,
) {
    let (name, track) = columns(ui);
    cell(ui, name, left(), |ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        say(ui, Face::Name, Tint::First, &member.label);
        if member.canary {
            icon(ui, icons::USERS_THREE, Cut::Regular, 14.0, Tokens::of(ui).t3);
            say(ui, Face::Small, Tint::Third, "canary")
                .on_hover_text("Goes first; the others follow only if it validates");
        }
    });
    match job {
        Some(job) => {
            let moments = state.updates.moments.get(&job.id);
            let probation = moments.and_then(|moments| moments::probation(job, moments, state.now));
            phase_track(ui, job, probation, track);
        }
        None => empty_track(ui, track),
    }
    ui.add_space(20.0);
    ui.with_layout(right(), |ui| {
        cell(ui, BUTTON, right(), |ui| button(ui, member, job, out));
        cell(ui, TIME, right(), |ui| time(ui, state, job));
        cell(ui, RATE, right(), |ui| {
            if let Some(speed) = running(job).and_then(|job| job.phase.progress()?.rate) {
                say(ui, Face::Body, Tint::Second, rate(speed));
            }
        });
        ui.with_layout(left(), |ui| {
            ui.spacing_mut().item_spacing.x = 10.0;
            // The countdown stands in the sentence under the row.
            let words = match (&member.state, mark) {
                (MemberState::Ended(End::NotStarted(_)), _) => "Not begun".to_owned(),
                (_, Mark::Pending(_)) => mark.word().to_owned(),
                (_, mark) => mark.words(state.now.steady),
            };
            state_mark(ui, mark.look(), &words);
            let remark = remark(state, member, job);
            // In a narrow window there is room for the share alone.
            if !(is_narrow(ui) && matches!(mark, Mark::Downloading(_))) {
                say(ui, Face::Body, Tint::Second, &remark).on_hover_text(remark);
            }
        });
    });
}

fn running(job: Option<&Job>) -> Option<&Job> {
    job.filter(|job| job.verdict.is_none())
}

fn button(ui: &mut Ui, member: &Member, job: Option<&Job>, out: &mut Vec<state::Action>) {
    let Some(job) = job else { return };
    if job.verdict.is_some() {
        if icon_only(ui, icons::CARET_RIGHT, &format!("Verdict of {}", member.label)).clicked() {
            out.push(wrap(Action::Verdict(job.id)));
        }
    } else if icon_only(ui, icons::X, &format!("Stop the update of {}", member.label)).clicked() {
        out.push(wrap(Action::StopJob(job.id)));
    }
}

fn time(ui: &mut Ui, state: &State, job: Option<&Job>) {
    let Some(job) = job else { return };
    if job.verdict.is_some() {
        let took = state.updates.moments.get(&job.id).and_then(super::Moments::took);
        if let Some(took) = took {
            say(ui, Face::Body, Tint::Third, format!("took {}", clock_time(took)));
        }
    } else if let Some(left) = job.phase.progress().and_then(|progress| progress.time_left()) {
        say(ui, Face::Body, Tint::First, format!("{} left", countdown(left)));
    }
}

fn draw_line(ui: &mut Ui, line: Line) {
    let tokens = Tokens::of(ui);
    ui.spacing_mut().item_spacing.x = 10.0;
    match line {
        Line::Said(text, place) => {
            if let Some(place) = place {
                ui.label(Face::Mono.text(place).color(tokens.accent));
            }
            say(ui, Face::Mono, Tint::First, &text).on_hover_text(text);
        }
        Line::Plain(text) => drop(say(ui, Face::Body, Tint::Second, text)),
        Line::Probation(text) => {
            ui.label(Face::Section.text(text).color(tokens.pending.ink));
            let what = "It checks its network and its API. Without a pass it rolls back by itself.";
            say(ui, Face::Body, Tint::Second, what);
        }
    }
}
