//! A port whose board was not read: what to begin with, or what keeps it from being used, with the exact way round.

use egui::text::{LayoutJob, TextFormat};
use egui::{Label, Ui};

use super::super::words::{commands, obstacle};
use super::super::{Action, Bench};
use super::choices;
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::messages::sentence;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight, primary, secondary};
use crate::gui::widgets::frame::{banner, scroll};
use crate::gui::widgets::text::{Tint, copyable, paragraph, say};

/// Draws it.
pub(super) fn draw(ui: &mut Ui, bench: &Bench, out: &mut Vec<Action>) {
    scroll(ui, |ui| {
        say(ui, Face::Title, Tint::First, bench.name());
        say(ui, Face::Mono, Tint::Third, bench.path());
        ui.add_space(10.0);
        match obstacle(bench) {
            Some((title, advice)) => fix(ui, bench, &title, &advice, out),
            None => ready(ui, bench, out),
        }
    });
}

fn ready(ui: &mut Ui, bench: &Bench, out: &mut Vec<Action>) {
    ui.set_max_width(ui.available_width().min(640.0));
    paragraph(
        ui,
        Face::Body,
        Tint::Second,
        "Reading shows what is on this board, and what flashing would change. It restarts the board twice: whatever it does \
         now is interrupted, and nothing is written.",
    );
    ui.add_space(10.0);
    buttons(ui, bench, out);
    ui.add_space(8.0);
    let mut form = bench.form.clone();
    choices::only_reach(ui, &mut form.choices);
    if form != bench.form {
        out.push(Action::Change(bench.path().to_owned(), Box::new(form)));
    }
    ui.add_space(12.0);
    if bench.port.usb().is_none() {
        let text = "This port may not be able to restart the chip. If it does not answer: hold BOOT, press RESET, let go of \
                    BOOT, and read it again.";
        paragraph(ui, Face::Small, Tint::Third, text);
    }
}

fn buttons(ui: &mut Ui, bench: &Bench, out: &mut Vec<Action>) {
    let path = || bench.path().to_owned();
    ui.horizontal(|ui| {
        if primary(ui, icons::CPU, "Read board") {
            out.push(Action::Read(path()));
        }
        if secondary(ui, icons::TERMINAL_WINDOW, "Open monitor") {
            out.push(Action::OpenMonitor(path()));
        }
        unname(ui, bench, out);
    });
}

/// What somebody named can be taken off the list again.
fn unname(ui: &mut Ui, bench: &Bench, out: &mut Vec<Action>) {
    if bench.named && Press::new(Weight::Ghost, "Take off the list").clicked(ui) {
        out.push(Action::Unname(bench.path().to_owned()));
    }
}

/// A sentence in which code stands between backticks.
fn with_code(ui: &mut Ui, sentence: &str) {
    let tokens = Tokens::of(ui);
    let mut job = LayoutJob::default();
    for (place, piece) in sentence.split('`').enumerate() {
        let (face, ink) = if place % 2 == 1 { (Face::Mono, tokens.t1) } else { (Face::Body, tokens.t2) };
        job.append(piece, 0.0, TextFormat::simple(face.font(), ink));
    }
    ui.add(Label::new(job).wrap());
}

fn fix(ui: &mut Ui, bench: &Bench, title: &str, advice: &[String], out: &mut Vec<Action>) {
    let tokens = Tokens::of(ui);
    ui.set_max_width(ui.available_width().min(760.0));
    let locked = matches!(bench.state, crate::usb::ports::State::NoPermission(_));
    let (tone, mark) =
        if locked { (tokens.open, icons::LOCK_KEY) } else { (tokens.offline, icons::PROHIBIT) };
    banner(ui, tone, (mark, Cut::Fill), |ui| {
        paragraph(ui, Face::Section, Tint::First, title);
        for advice in advice {
            with_code(ui, &sentence(advice));
        }
    });
    let mut commands = advice.iter().flat_map(|advice| commands(advice)).peekable();
    if commands.peek().is_some() {
        ui.add_space(8.0);
        say(ui, Face::Section, Tint::First, "Commands");
        for command in commands {
            copyable(ui, command, command, command);
        }
    }
    ui.add_space(8.0);
    ui.horizontal(|ui| unname(ui, bench, out));
}
