//! One rollout: how many are how far, every device with its phase, the throughput of all, and what happened.

use egui::{Align, CentralPanel, Frame, Layout, Margin, Panel, ScrollArea, Ui};

use super::board_row::{height, names, row};
use super::list::title;
use super::outcome::{counts, job_of};
use super::{Action, Outcome, airtime, moments, pause, plot, wrap};
use crate::engine::{End, Member, MemberState, Rollout, Snapshot, Verdict};
use crate::gui::figures::{clock, clock_time, fine_size, size};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::mark::Mark;
use crate::gui::messages::sentence;
use crate::gui::shell::{Side, crumb, edge, is_narrow, page_margin, top_bar_with};
use crate::gui::state::{self, State};
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight, link};
use crate::gui::widgets::frame::ends;
use crate::gui::widgets::phases::count_filters;
use crate::gui::widgets::state::{icon_of, tone_of};
use crate::gui::widgets::text::{Tint, changing_fact, icon, paragraph, say};

/// Below this height of the window there is room for rows alone.
const LOW: f32 = 560.0;

/// Draws the board.
pub(super) fn draw(ui: &mut Ui, state: &State, rollout: &Rollout, out: &mut Vec<state::Action>) {
    pause::key(ui, state, rollout, out);
    head(ui, rollout, out);
    summary(ui, state, rollout, out);
    if ui.content_rect().height() > LOW {
        below(ui, state, rollout);
    }
    let frame = Frame::new().fill(Tokens::of(ui).bg1);
    CentralPanel::default().frame(frame).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        names(ui);
        let members: Vec<_> = shown(state, rollout).collect();
        rows(ui, state, &members, out);
    });
}

/// The devices that the filter leaves.
fn shown<'s>(state: &'s State, rollout: &'s Rollout) -> impl Iterator<Item = &'s Member> {
    let keeps = |member: &&Member| {
        let outcome = Outcome::of(member, job_of(&state.engine, member));
        state.updates.filter.is_none_or(|filter| filter == outcome)
    };
    rollout.members.iter().filter(keeps)
}

/// Only those in sight are drawn; some are higher than others.
fn rows(ui: &mut Ui, state: &State, members: &[&Member], out: &mut Vec<state::Action>) {
    let heights: Vec<_> = members.iter().map(|member| height(state, member)).collect();
    let whole: f32 = heights.iter().sum();
    ScrollArea::vertical().auto_shrink(false).show_viewport(ui, |ui, sight| {
        ui.set_height(whole.max(1.0));
        let (top, left) = (ui.max_rect().top(), ui.max_rect().left());
        let width = ui.available_width();
        let mut at = 0.0;
        for (member, height) in members.iter().zip(heights) {
            if at + height >= sight.min.y && at <= sight.max.y {
                let place = egui::Rect::from_min_size(egui::pos2(left, top + at), egui::vec2(width, height));
                ui.scope_builder(egui::UiBuilder::new().max_rect(place), |ui| row(ui, state, member, out));
            }
            at += height;
        }
    });
}

fn head(ui: &mut Ui, rollout: &Rollout, out: &mut Vec<state::Action>) {
    top_bar_with(
        ui,
        |_| (),
        |ui| {
            let counts = &rollout.counts;
            let failed = counts.rolled_back + counts.failed + counts.lost + counts.not_started;
            if !rollout.ended {
                if Press::new(Weight::Danger, "Stop…").icon(icons::STOP).clicked(ui) {
                    out.push(wrap(Action::Stop(rollout.id)));
                }
                pause::button(ui, rollout, out);
            } else if failed > 0 {
                let again =
                    Press::new(Weight::Primary, "Try the failed ones again…").icon(icons::ARROW_CLOCKWISE);
                if again.clicked(ui) {
                    out.push(wrap(Action::Retry(rollout.id)));
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                if crumb(ui, "Updates") {
                    out.push(wrap(Action::Back));
                }
                say(ui, Face::Page, Tint::First, title(rollout));
            });
        },
    );
}

fn summary(ui: &mut Ui, state: &State, rollout: &Rollout, out: &mut Vec<state::Action>) {
    let margin = page_margin(ui);
    let narrow = is_narrow(ui);
    Panel::top("summary")
        .exact_size(if narrow { 100.0 } else { 62.0 })
        .resizable(false)
        .show_separator_line(false)
        .frame(Frame::new().fill(Tokens::of(ui).bg1).inner_margin(Margin::symmetric(margin, 8)))
        .show(ui, |ui| {
            edge(ui, Side::Bottom);
            if narrow {
                outcomes(ui, state, rollout, ui.available_width(), out);
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 28.0;
                    facts(ui, state, rollout);
                });
                return;
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 28.0;
                facts(ui, state, rollout);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let width = (ui.available_width() - 20.0).clamp(120.0, 560.0);
                    outcomes(ui, state, rollout, width, out);
                });
            });
        });
}

fn outcomes(ui: &mut Ui, state: &State, rollout: &Rollout, width: f32, out: &mut Vec<state::Action>) {
    let counts = counts(&state.engine, rollout);
    let shown: Vec<_> = counts
        .iter()
        .map(|(outcome, count)| {
            let (look, word) = outcome.shown();
            (look, word, *count)
        })
        .collect();
    let chosen = counts.iter().position(|(outcome, _)| state.updates.filter == Some(*outcome));
    let clicked = count_filters(ui, &shown, chosen, width);
    if let Some((outcome, _)) = clicked.and_then(|place| counts.get(place)) {
        out.push(wrap(Action::Filter(*outcome)));
    }
}

fn facts(ui: &mut Ui, state: &State, rollout: &Rollout) {
    let (written, total) = bytes(&state.engine, rollout);
    let narrow = is_narrow(ui);
    // Each with the widest text that it will show.
    let mut facts = vec![("Elapsed", clock_time(elapsed(state, rollout)), "00:00".to_owned())];
    if let Some(left) = left(state, rollout) {
        facts.push(("Download left", format!("about {}", clock_time(left)), "about 00:00".to_owned()));
    }
    let whole = size(total);
    facts.push(("Written", format!("{} of {whole}", size(written)), format!("0000 KiB of {whole}")));
    if rollout.airtime.sent > 0 {
        let saves = airtime::saves(&rollout.airtime).map(|saves| format!(", {saves}"));
        // In a narrow window there is room for what was sent alone.
        let sent = if narrow { fine_size(rollout.airtime.sent) } else { airtime::instead(&rollout.airtime) };
        facts.push(("On the air", sent + &saves.unwrap_or_default(), String::new()));
    }
    if let Some(stopped) = rollout.stopped {
        let why = sentence(&stopped.as_str().replace('_', " "));
        facts.push(("Stopped", why.trim_end_matches('.').to_owned(), String::new()));
    }
    if ui.layout().prefer_right_to_left() {
        facts.reverse();
    }
    for (name, value, widest) in facts {
        changing_fact(ui, name, &value, &widest);
    }
}

/// From its begin until now, or until its last verdict.
fn elapsed(state: &State, rollout: &Rollout) -> std::time::Duration {
    let verdict = |member: &Member| state.updates.moments.get(&member.job?)?.verdict;
    let last = rollout.members.iter().filter_map(verdict).max();
    let until = if rollout.ended { last.unwrap_or(rollout.started_at) } else { state.now.wall };
    until.duration_since(rollout.started_at).unwrap_or_default()
}

/// Bytes in the flash of a device, by its own figures.
pub(super) fn written(engine: &Snapshot, member: &Member) -> u64 {
    let job = job_of(engine, member);
    let whole = job.map_or(0, |job| u64::from(job.image.size));
    match (&member.state, job) {
        (
            MemberState::Ended(End::Verdict(
                Verdict::Validated | Verdict::ValidatedInferred | Verdict::RolledBack(_),
            )),
            _,
        ) => whole,
        (_, Some(job)) => match Mark::of_phase(&job.phase) {
            Mark::Downloading(progress) => u64::from(progress.written),
            Mark::Verifying | Mark::Rebooting | Mark::Pending(_) => whole,
            _ => 0,
        },
        _ => 0,
    }
}

/// Bytes in flash, and bytes in all: of those that got the image, or still may.
pub(super) fn bytes(engine: &Snapshot, rollout: &Rollout) -> (u64, u64) {
    let gets_it = |member: &&Member| {
        !matches!(
            member.state,
            MemberState::Ended(
                End::Skipped
                    | End::NotStarted(_)
                    | End::Verdict(Verdict::Refused(_) | Verdict::AlreadyRunning)
            )
        )
    };
    let devices = rollout.members.iter().filter(gets_it).count();
    let total = devices as u64 * u64::from(rollout.image.size);
    (rollout.members.iter().map(|member| written(engine, member)).sum(), total)
}

/// The longest that any running download still needs.
fn left(state: &State, rollout: &Rollout) -> Option<std::time::Duration> {
    let running = rollout.members.iter().filter_map(|member| job_of(&state.engine, member));
    running.filter(|job| job.verdict.is_none()).filter_map(|job| job.phase.progress()?.time_left()).max()
}

/// Throughput at the left, events at the right.
fn below(ui: &mut Ui, state: &State, rollout: &Rollout) {
    let margin = page_margin(ui);
    let narrow = is_narrow(ui);
    let height = if narrow { 150.0 } else { (ui.available_height() * 0.45).min(400.0) };
    Panel::bottom("throughput")
        .exact_size(height)
        .resizable(false)
        .show_separator_line(false)
        .frame(Frame::new().fill(Tokens::of(ui).bg1))
        .show(ui, |ui| {
            edge(ui, Side::Top);
            if !narrow {
                Panel::right("events")
                    .exact_size(400.0)
                    .resizable(false)
                    .show_separator_line(false)
                    .frame(Frame::new().inner_margin(Margin::symmetric(margin, 10)))
                    .show(ui, |ui| {
                        edge(ui, Side::Left);
                        events(ui, state, rollout);
                    });
            }
            let frame = Frame::new().inner_margin(Margin::symmetric(margin, 10));
            CentralPanel::default().frame(frame).show(ui, |ui| plot::draw(ui, state, rollout));
        });
}

fn events(ui: &mut Ui, state: &State, rollout: &Rollout) {
    let events = moments::events(&state.engine, rollout, &state.updates.moments);
    let copy = |ui: &mut Ui| link(ui, "Copy events");
    if ends(ui, 26.0, copy, |ui| drop(say(ui, Face::Section, Tint::First, "Events"))) {
        let lines: Vec<_> =
            events.iter().map(|event| format!("{} {}", clock(event.at), event.text)).collect();
        ui.copy_text(lines.join("\n"));
    }
    let tokens = Tokens::of(ui);
    ScrollArea::vertical().id_salt("events").auto_shrink(false).show_rows(
        ui,
        20.0,
        events.len(),
        |ui, range| {
            ui.spacing_mut().interact_size.y = 20.0;
            for event in events.get(range).unwrap_or_default() {
                ui.horizontal(|ui| {
                    say(ui, Face::Mono, Tint::Third, clock(event.at));
                    let (mark, cut, ink) = match event.look {
                        Some(look) => (icon_of(look).0, icon_of(look).1, tone_of(look, tokens).ink),
                        None => (icons::CARET_RIGHT, Cut::Regular, tokens.t3),
                    };
                    icon(ui, mark, cut, 14.0, ink);
                    say(ui, Face::Body, Tint::First, &event.text);
                });
            }
        },
    );
    if events.is_empty() {
        paragraph(ui, Face::Body, Tint::Third, "Nothing has happened yet.");
    }
}
