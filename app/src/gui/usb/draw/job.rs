//! Work on a board: how far it is, its steps, what it said; then how it ended, and what to do next.

use egui::{Frame, Margin, Rect, ScrollArea, Stroke, Ui, UiBuilder};

use super::super::job::{Doing, End, Job, Part, StepRow};
use super::super::{Action, Bench};
use super::job_end::ended;
use crate::gui::figures::{clock, clock_time, countdown, grouped, percent, rate, size};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::mark::{Grey, Look};
use crate::gui::shell::{is_narrow, page_margin};
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::bar::bar;
use crate::gui::widgets::button::{Press, Weight, link};
use crate::gui::widgets::frame::{ends, hairline};
use crate::gui::widgets::partition_map::{Fill, Span, partition_map};
use crate::gui::widgets::state::{icon_of, tone_of};
use crate::gui::widgets::text::{Tint, changing_fact, icon, paragraph, say};
use crate::usb::Step;

const BESIDE: f32 = 440.0;

/// Draws it: how it is and what comes next above, steps at the left, flash and log at the right.
pub(super) fn draw(ui: &mut Ui, state: &State, bench: &Bench, job: &Job, out: &mut Vec<Action>) {
    let margin = page_margin(ui);
    ui.spacing_mut().item_spacing.y = 6.0;
    Frame::new().inner_margin(Margin { left: margin, right: margin, top: 14, bottom: 8 }).show(ui, |ui| {
        ui.set_width(ui.available_width());
        head(ui, bench, job, out);
        match &job.end {
            None => running(ui, job),
            Some(end) => ended(ui, state, bench, job, end, out),
        }
    });
    line_below(ui);
    let whole = ui.available_rect_before_wrap();
    let narrow = is_narrow(ui);
    let (left, right) = whole.split_left_right_at_x(whole.right() - if narrow { 0.0 } else { BESIDE });
    column(ui, left, "steps", |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        for step in &job.steps {
            step_line(ui, job, step);
            hairline(ui);
        }
        if narrow {
            ui.add_space(12.0);
            beside(ui, bench, job);
        }
    });
    if !narrow {
        let stroke = Stroke::new(1.0, Tokens::of(ui).line);
        ui.painter().vline(right.left(), right.y_range(), stroke);
        column(ui, right, "beside", |ui| beside(ui, bench, job));
    }
}

fn line_below(ui: &mut Ui) {
    let at = ui.cursor().top();
    ui.painter().hline(ui.max_rect().x_range(), at, Stroke::new(1.0, Tokens::of(ui).line));
}

/// A part of the page that is scrolled by itself.
fn column(ui: &mut Ui, place: Rect, name: &str, contents: impl FnOnce(&mut Ui)) {
    let margin = page_margin(ui);
    ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
        ui.set_clip_rect(place.intersect(ui.clip_rect()));
        ScrollArea::vertical().id_salt(name).auto_shrink(false).show(ui, |ui| {
            Frame::new().inner_margin(Margin::symmetric(margin, 8)).show(ui, |ui| {
                ui.set_width(ui.available_width());
                contents(ui);
            });
        });
    });
}

fn head(ui: &mut Ui, bench: &Bench, job: &Job, out: &mut Vec<Action>) {
    let buttons = |ui: &mut Ui| {
        if job.runs() {
            let why_not = job.stopping.then_some("It stops at the next block");
            let text = if job.is_written() { "Stop waiting" } else { "Cancel" };
            let cancel = Press::new(Weight::Secondary, text).icon(icons::X).refused(why_not);
            if cancel.hint(job.cancel_means()).clicked(ui) {
                out.push(Action::Cancel(bench.path().to_owned()));
            }
        }
    };
    ends(ui, 32.0, buttons, |ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        say(ui, Face::Title, Tint::First, &job.title);
        say(ui, Face::Body, Tint::Third, &job.about);
    });
}

fn running(ui: &mut Ui, job: &Job) {
    let share = job.percent();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 14.0;
        if let Some(share) = share {
            ui.label(Face::Display.text(percent(share)).size(28.0).color(Tokens::of(ui).t1));
        }
        ui.label(Face::Lead.text(job.sentence()).color(Tokens::of(ui).t2));
    });
    let Some(share) = share else { return };
    ui.add_space(4.0);
    bar(ui, "All of it", share as f32 / 100.0, 9.0);
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 36.0;
        figures(ui, job);
    });
}

fn figures(ui: &mut Ui, job: &Job) {
    let (done, total) = job.bytes();
    let kib = |bytes: u64| grouped(bytes / 1024);
    changing_fact(ui, "Left", &job.left().map_or_else(|| "–".to_owned(), countdown), "00:00");
    let through = if job.is_writing() { "Written" } else { "Read" };
    let whole = kib(total);
    changing_fact(ui, through, &format!("{} of {whole} KiB", kib(done)), &format!("{whole} of {whole} KiB"));
    changing_fact(ui, "Rate", &job.rate().map_or_else(|| "–".to_owned(), rate), "0000 KiB/s");
    changing_fact(ui, "Unchanged", &size(job.unchanged()), "00.00 MiB");
    if let Some((baud, highest)) = job.baud {
        let lowered = if baud < highest {
            format!(", lowered from {}", grouped(highest.into()))
        } else {
            String::new()
        };
        changing_fact(ui, "Baud", &format!("{}{lowered}", grouped(baud.into())), "");
    }
}

/// How a step stands.
fn standing(job: &Job, step: &StepRow) -> Look {
    match (&job.end, step.runs(), step.took) {
        (Some(End::Failed(_)), true, _) => Look::Failed,
        (Some(End::Cancelled), true, _) => Look::Grey(Grey::Cancelled),
        (_, true, _) => Look::Updating,
        (_, false, Some(_)) if step.plan.part == Part::Contact => contact_look(job),
        (_, false, Some(_)) => Look::Valid,
        (_, false, None) => Look::Grey(Grey::Waiting),
    }
}

fn contact_look(job: &Job) -> Look {
    job.contact.as_ref().map_or(Look::Grey(Grey::Waiting), |contact| contact.words(&job.title).0)
}

fn step_line(ui: &mut Ui, job: &Job, step: &StepRow) {
    let tokens = Tokens::of(ui);
    let look = standing(job, step);
    let waits = look == Look::Grey(Grey::Waiting);
    let (mark, cut) = icon_of(look);
    ui.add_space(5.0);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        icon(ui, mark, cut, 18.0, if waits { tokens.t3 } else { tone_of(look, tokens).ink });
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.spacing_mut().interact_size.y = 18.0;
            let time = |ui: &mut Ui| drop(say(ui, Face::Body, Tint::Third, step_time(job, step)));
            let tint = if waits { Tint::Third } else { Tint::First };
            ends(ui, 18.0, time, |ui| drop(say(ui, Face::Name, tint, step.plan.part.name())));
            say(ui, Face::Small, Tint::Third, step_words(job, step));
            if step.runs() && job.runs() && step.plan.part != Part::Contact && step.share() > 0.0 {
                ui.add_space(2.0);
                bar(ui, step.plan.part.name(), step.share(), 6.0);
            }
        });
    });
    ui.add_space(5.0);
}

fn step_time(job: &Job, step: &StepRow) -> String {
    match (step.took, job.left()) {
        (Some(took), _) => clock_time(took),
        (None, Some(left)) if step.runs() && job.runs() => format!("{} left", countdown(left)),
        _ => String::new(),
    }
}

fn step_words(job: &Job, step: &StepRow) -> String {
    let about = &step.plan.about;
    let mut words = Vec::new();
    match step.progress.filter(|progress| progress.step != Step::Read) {
        Some(progress) if progress.total > 4096 && step.runs() => {
            words.push(format!("{} of {}", size(progress.done), size(progress.total)));
        }
        Some(progress) if progress.total > 4096 => words.push(size(progress.total)),
        None if step.plan.bytes > 0 => words.push(size(step.plan.bytes)),
        _ => {}
    }
    if !about.is_empty() && !words.contains(about) {
        words.push(about.clone());
    }
    let compares = step.plan.part != Part::Cable(Step::Read);
    if let Some(progress) = step.progress.filter(|progress| compares && progress.unchanged > 0) {
        let all = progress.unchanged == progress.total;
        words.push(if all {
            "unchanged".to_owned()
        } else {
            format!("{} unchanged", size(progress.unchanged))
        });
    }
    if step.plan.part == Part::Contact
        && step.took.is_some()
        && let Some(contact) = &job.contact
    {
        return contact.words(&job.title).1;
    }
    words.join(", ")
}

fn beside(ui: &mut Ui, bench: &Bench, job: &Job) {
    if let Some(plan) = bench.planning.made().filter(|_| job.doing == Doing::Flash) {
        say(ui, Face::Section, Tint::First, "Flash map");
        let spans: Vec<_> = plan.after.iter().map(|span| in_work(span, job)).collect();
        let capacity = bench.board.as_ref().map_or(0, |board| board.flash_size());
        partition_map(ui, &[("", &spans)], capacity);
        ui.add_space(6.0);
        hairline(ui);
        ui.add_space(6.0);
    }
    log(ui, job);
    if job.runs() {
        ui.add_space(10.0);
        let tokens = Tokens::of(ui);
        ui.horizontal_top(|ui| {
            icon(ui, icons::INFO, Cut::Regular, 16.0, tokens.t3);
            paragraph(ui, Face::Body, Tint::Second, job.cancel_means());
        });
    }
}

/// A part of the flash while it is written.
fn in_work(span: &Span, job: &Job) -> Span {
    let step = match span.name.as_str() {
        "Bootloader" => Step::Bootloader,
        "Partition table" => Step::PartitionTable,
        "otadata" => Step::BootSelection,
        "skylift" => Step::Provisioning,
        _ => Step::App,
    };
    let row = job.steps.iter().find(|row| row.plan.part == Part::Cable(step));
    let fill = match (span.fill, row) {
        (Fill::Coming, Some(row)) if row.took.is_some() => Fill::Written,
        (Fill::Coming, Some(row)) if row.runs() => Fill::Writing(row.share()),
        (fill, _) => fill,
    };
    Span { fill, ..span.clone() }
}

fn log(ui: &mut Ui, job: &Job) {
    let copy = |ui: &mut Ui| link(ui, "Copy log");
    if ends(ui, 24.0, copy, |ui| drop(say(ui, Face::Section, Tint::First, "Log"))) {
        let lines: Vec<_> = job.log.iter().map(|line| format!("{} {}", clock(line.at), line.text)).collect();
        ui.copy_text(lines.join("\n"));
    }
    let tokens = Tokens::of(ui);
    Frame::new().fill(tokens.bgx).corner_radius(6).inner_margin(10).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ScrollArea::vertical().id_salt("job log").max_height(190.0).stick_to_bottom(true).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 4.0;
            for line in &job.log {
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().interact_size.y = 16.0;
                    ui.label(Face::Mono.text(clock(line.at)).color(tokens.t3));
                    paragraph(ui, Face::Mono, Tint::Second, &line.text);
                });
            }
        });
    });
}
