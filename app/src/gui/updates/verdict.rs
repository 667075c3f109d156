//! The end of one update: what became of it, why, and what to do next.

use egui::{Align, CentralPanel, CornerRadius, Frame, Layout, Margin, RichText, Stroke, Ui};
use skylift_protocol::ValidationState;

use super::advice::{self, Does, steps};
use super::board_row::runs_now;
use super::{Action, airtime, place, report, verdict_beside, verdict_crash, wrap};
use crate::engine::{Job, Presence, Verdict};
use crate::gui::figures::{clock, short_digest};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::mark::Mark;
use crate::gui::messages::sentence;
use crate::gui::page::Page;
use crate::gui::shell::{crumb, is_narrow, top_bar_with};
use crate::gui::state::{self, State};
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight};
use crate::gui::widgets::frame::{card, ends, hairline};
use crate::gui::widgets::state::{icon_of, tone_of};
use crate::gui::widgets::text::{Tint, copyable, icon, paragraph, say};

/// Draws it.
pub(super) fn draw(ui: &mut Ui, state: &State, job: &Job, out: &mut Vec<state::Action>) {
    top_bar_with(
        ui,
        |_| (),
        |ui| {
            if Press::new(Weight::Secondary, "Close").clicked(ui) {
                out.push(wrap(Action::Back));
            }
            let why_not = report(state, job.id).is_none().then_some("The history does not have it yet");
            let export = Press::new(Weight::Secondary, "Export report…").icon(icons::EXPORT);
            if export.refused(why_not).clicked(ui) {
                out.push(wrap(Action::Report(job.id)));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                if crumb(ui, "Updates") {
                    out.push(wrap(Action::Back));
                }
                let title = format!("{}, {} {}", job.device_label, job.image.project, job.image.version);
                say(ui, Face::Page, Tint::First, title);
            });
        },
    );
    if !is_narrow(ui) {
        verdict_beside::draw(ui, state, job);
    }
    CentralPanel::default().frame(Frame::new().fill(Tokens::of(ui).bg1)).show(ui, |ui| {
        crate::gui::widgets::frame::scroll(ui, |ui| {
            if let Some(verdict) = &job.verdict {
                statement(ui, state, job, verdict);
                ui.add_space(16.0);
                reason(ui, state, job, verdict);
                next(ui, state, job, verdict, out);
            }
            if is_narrow(ui) {
                ui.add_space(16.0);
                verdict_beside::contents(ui, state, job);
            }
        });
    });
}

/// What became of it, in the largest letters of the window.
fn statement(ui: &mut Ui, state: &State, job: &Job, verdict: &Verdict) {
    let tokens = Tokens::of(ui);
    let look = Mark::of_verdict(verdict).look();
    let tone = tone_of(look, tokens);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 18.0;
        let (mark, cut) = icon_of(look);
        Frame::new()
            .fill(tone.tint)
            .stroke(Stroke::new(1.0, tone.ink))
            .corner_radius(CornerRadius::same(8))
            .inner_margin(Margin::same(12))
            .show(ui, |ui| ui.label(RichText::new(mark).font(cut.font(26.0)).color(tone.ink)));
        ui.vertical(|ui| {
            let title =
                ui.add(egui::Label::new(Face::Display.text(headline(job, verdict)).color(tokens.t1)).wrap());
            // Read out once, by who cannot see it.
            ui.ctx().accesskit_node_builder(title.id, |node| node.set_live(egui::accesskit::Live::Polite));
            paragraph(ui, Face::Lead, Tint::Second, lead(state, job, verdict));
            proof(ui, state, job, verdict);
            sent(ui, job);
        });
    });
}

fn headline(job: &Job, verdict: &Verdict) -> String {
    let (new, old) = (&job.image.version, &job.from_version);
    match verdict {
        Verdict::Validated => format!("Validated {new}"),
        Verdict::ValidatedInferred => format!("Validated {new}, inferred"),
        Verdict::AlreadyRunning => format!("Runs {new} already"),
        Verdict::RolledBack(_) if verdict.is_inferred() => format!("Rolled back to {old}, inferred"),
        Verdict::RolledBack(_) => format!("Rolled back to {old}"),
        Verdict::Refused(_) => "Refused, nothing was written".to_owned(),
        Verdict::Failed { .. } if Mark::of_verdict(verdict) == Mark::Cancelled => "Cancelled".to_owned(),
        Verdict::Failed { step, .. } => format!("Failed while {step}"),
        Verdict::Lost { last_seen } => format!("Lost, last seen at {}", clock(*last_seen)),
        Verdict::Sent => format!("Sent {new}"),
    }
}

fn lead(state: &State, job: &Job, verdict: &Verdict) -> String {
    let (device, new, old) = (&job.device_label, &job.image.version, &job.from_version);
    match verdict {
        Verdict::Validated => format!("{device} restarted into {new}, has checked itself, and keeps it."),
        Verdict::ValidatedInferred => {
            format!("{device} came back with the id that only {new} gives it, so it runs {new} and keeps it.")
        }
        Verdict::AlreadyRunning => format!("{device} runs this very image, and keeps it. Nothing was sent."),
        Verdict::RolledBack(_) if verdict.is_inferred() => format!(
            "{device} was gone, and answers again as who it was before: {new} did not get onto the network, and {old} \
             runs again."
        ),
        Verdict::RolledBack(_) => format!(
            "{new} did not prove itself, so {device} started {old} again. It works as before the update."
        ),
        Verdict::Refused(_) => format!("{device} keeps running {old}."),
        // What it runs now, only the device can say.
        Verdict::Failed { .. } => {
            match state.engine.device(&job.device).and_then(|device| runs_now(device)) {
                Some(sentence) => format!("{device} answers. {sentence}"),
                None => format!("{device} does not answer now, so what it runs is not known."),
            }
        }
        Verdict::Lost { .. } => {
            "Whether it runs the new image is not known. It may still come back, and is corrected here then."
                .to_owned()
        }
        Verdict::Sent => format!(
            "{device} took the image and restarted. Jaguar is not in it, so nothing can tell whether it runs."
        ),
    }
}

/// Who says so: the device itself, by the digest of what it runs.
fn proof(ui: &mut Ui, state: &State, job: &Job, verdict: &Verdict) {
    let Some(device) = state.engine.device(&job.device) else { return };
    let Some(status) = device.status.as_ref().filter(|_| device.presence == Presence::Online) else { return };
    let told_by_it = matches!(verdict, Verdict::Validated | Verdict::AlreadyRunning | Verdict::RolledBack(_));
    let told = state.updates.moments.get(&job.id).and_then(|moments| moments.verdict);
    let Some(at) = (if told_by_it { told } else { device.last_seen }) else { return };
    let digest = status.running.image_sha256.to_string();
    let valid = status.validation.state == ValidationState::Valid;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        icon(ui, icons::CHECK_CIRCLE, Cut::Fill, 14.0, Tokens::of(ui).valid.ink);
        let text = format!("Confirmed by the device at {}, running SHA-256", clock(at));
        say(ui, Face::Small, Tint::Third, text);
        copyable(ui, "digest of the running image", &short_digest(&digest), &digest);
        if valid {
            say(ui, Face::Small, Tint::Third, "state valid");
        }
    });
}

/// What it put on the air, and that it went another way than it began.
fn sent(ui: &mut Ui, job: &Job) {
    if let Some(way) = job.sending.filter(|sending| sending.sent > 0) {
        let airtime = job.airtime();
        let saves = airtime::saves(&airtime).map(|saves| format!(", {saves}")).unwrap_or_default();
        ui.spacing_mut().interact_size.y = 20.0;
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            icon(ui, icons::BROADCAST, Cut::Regular, 14.0, Tokens::of(ui).t3);
            let text = format!("Sent {}, {}{saves}", way.encoding, airtime::instead(&airtime));
            say(ui, Face::Small, Tint::Third, text);
        });
    }
    if let Some(text) = airtime::fell_back(job) {
        paragraph(ui, Face::Small, Tint::Third, text);
    }
}

fn reason(ui: &mut Ui, state: &State, job: &Job, verdict: &Verdict) {
    let (Verdict::RolledBack(cause) | Verdict::Refused(cause) | Verdict::Failed { cause, .. }) = verdict
    else {
        return;
    };
    let tokens = Tokens::of(ui);
    card(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.horizontal(|ui| {
            say(ui, Face::Section, Tint::First, "Why");
            say(ui, Face::Small, Tint::Third, cause.reason.as_str().replace('_', " "));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if Press::new(Weight::Ghost, "Copy").icon(icons::COPY_SIMPLE).small().clicked(ui) {
                    ui.copy_text(format!("{}\n{}", super::statement(job, verdict), cause.detail));
                }
            });
        });
        Frame::new().fill(tokens.bgx).corner_radius(6).inner_margin(12).show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            let (text, place) = place::split(&cause.detail);
            if let Some(place) = place {
                let words = Face::Mono.text(format!("panicked at {place}")).size(13.0);
                ui.add(egui::Label::new(words.color(tokens.failed.ink)).wrap().selectable(true));
            }
            let text = if place.is_some() { text.to_owned() } else { sentence(text) };
            let text = Face::Mono.text(text).size(13.0).color(tokens.t1);
            ui.add(egui::Label::new(text).wrap().selectable(true));
            verdict_crash::draw(ui, &state.updates, job);
        });
        for advice in &cause.advice {
            ui.add_space(4.0);
            paragraph(ui, Face::Body, Tint::Second, sentence(advice));
        }
    });
    ui.add_space(16.0);
}

fn next(ui: &mut Ui, state: &State, job: &Job, verdict: &Verdict, out: &mut Vec<state::Action>) {
    card(ui, |ui| {
        ui.set_min_width(ui.available_width());
        say(ui, Face::Section, Tint::First, "What to do next");
        for (number, step) in steps(state, job, verdict).into_iter().enumerate() {
            ui.add_space(4.0);
            hairline(ui);
            ui.add_space(4.0);
            let weight = if number == 0 { Weight::Primary } else { Weight::Secondary };
            if draw_step(ui, &step, weight) {
                out.extend(done(job, step.does));
            }
        }
    });
}

/// A step: what it is at the left, its button at the right; true if that was clicked.
fn draw_step(ui: &mut Ui, step: &advice::Step, weight: Weight) -> bool {
    let keep;
    let (mark, button) = match &step.does {
        Does::Build(_) => (icons::HAMMER, "Build and update…"),
        Does::Again => (icons::ARROW_CLOCKWISE, "Update again…"),
        Does::Other => (icons::ARROW_CIRCLE_UP, "Choose an image…"),
        Does::Try => (icons::FLASK, "Try in simulator…"),
        Does::Show => (icons::CPU, "Show device"),
        Does::RollBack => (icons::ARROW_U_UP_LEFT, "Roll back…"),
        Does::Keep(version) => {
            keep = format!("Keep {version}");
            (icons::SHIELD_CHECK, keep.as_str())
        }
    };
    let clicked = |ui: &mut Ui| Press::new(weight, button).clicked(ui);
    ends(ui, 40.0, clicked, |ui| {
        icon(ui, mark, Cut::Regular, 18.0, Tokens::of(ui).t2);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            ui.add_space(3.0);
            say(ui, Face::Name, Tint::First, &step.title);
            say(ui, Face::Small, Tint::Third, &step.text).on_hover_text(&step.text);
        });
    })
}

fn done(job: &Job, does: Does) -> Vec<state::Action> {
    let device = job.device.clone();
    let firmware = |action| state::Action::Firmware(action);
    let devices = |action| state::Action::Devices(action);
    match does {
        Does::Build(project) => vec![firmware(crate::gui::firmware::Action::BuildFor(project, vec![device]))],
        Does::Again => {
            vec![wrap(Action::Plan(vec![device])), wrap(Action::Choose(job.image.file_sha256))]
        }
        Does::Other => vec![wrap(Action::Plan(vec![device]))],
        Does::Try => vec![wrap(Action::Try(job.image.file_sha256))],
        Does::Show => {
            vec![devices(crate::gui::devices::Action::Open(device)), state::Action::Go(Page::Devices)]
        }
        Does::RollBack => vec![devices(crate::gui::devices::Action::RollBack(device))],
        Does::Keep(_) => vec![wrap(Action::Back)],
    }
}
