//! The programs of the form: each with its name, what starts it, and what its end means.

use std::path::Path;

use egui::{Frame, Key, Label, Sense, Ui, vec2};

use super::form::{Field, Form};
use super::{Action, View, assets_line};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight, icon_only};
use crate::gui::widgets::dropdown::{Choice, dropdown};
use crate::gui::widgets::field::{field_error, text_field, tick_box, wrong_field};
use crate::gui::widgets::frame::ends;
use crate::gui::widgets::text::{Tint, icon, paragraph, say, styled};
use crate::image::envelope::{Importance, Trigger};
use crate::image::toit::recipe::Program;
use crate::image::toit::sdk::is_source;

/// The field of a name, and the choice of what starts it, in points.
const NAME: f32 = 168.0;
const TRIGGER: f32 = 152.0;
/// The button beside a path, with the gap before it, in points.
const ADD: f32 = 56.0;

/// Draws them, and changes the form.
pub(super) fn draw(ui: &mut Ui, view: &View, form: &mut Form, out: &mut Vec<Action>) {
    let add =
        |ui: &mut Ui| Press::new(Weight::Secondary, "Add a program…").icon(icons::PLUS).small().clicked(ui);
    if ends(ui, 28.0, add, |ui| drop(say(ui, Face::Section, Tint::First, "Programs"))) {
        out.push(Action::PickProgram);
    }
    one_more(ui, form);
    if form.programs.is_empty() {
        let text = "None yet. Add .toit sources, snapshots or images, or drop them here. One of them must validate the \
                    firmware, else the device rolls back at its next reboot.";
        paragraph(ui, Face::Body, Tint::Second, text);
    }
    for at in 0..form.programs.len() {
        let told = form.told(Field::Program(at));
        if let Some(program) = form.programs.get_mut(at) {
            ui.push_id(at, |ui| row(ui, view, at, program, told, out));
        }
    }
}

/// A path can always be typed: not every machine has dialogs for files.
fn one_more(ui: &mut Ui, form: &mut Form) {
    ui.horizontal(|ui| {
        let width = ui.available_width() - ADD;
        let hint = "the path of a program, or drop it here";
        let field = text_field(ui, "Path of a program", &mut form.one_more, hint, width);
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let typed = form.one_more.trim().to_owned();
        let why_not = typed.is_empty().then_some("Type a path first");
        let clicked = Press::new(Weight::Secondary, "Add").refused(why_not).clicked(ui);
        if (clicked || entered) && why_not.is_none() {
            form.one_more.clear();
            form.add(Path::new(&typed));
        }
    });
}

fn row(
    ui: &mut Ui,
    view: &View,
    at: usize,
    program: &mut Program,
    flaw: Option<String>,
    out: &mut Vec<Action>,
) {
    let tokens = Tokens::of(ui);
    let file = program.file.file_name().unwrap_or(program.file.as_os_str()).to_string_lossy().into_owned();
    let outline = egui::Stroke::new(1.0, tokens.line2);
    Frame::new()
        .fill(tokens.bg2)
        .stroke(outline)
        .corner_radius(6)
        .inner_margin(egui::Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            let remove = |ui: &mut Ui| icon_only(ui, icons::X, &format!("Remove {file}")).clicked();
            let removed = ends(ui, 28.0, remove, |ui| {
                let mark = if is_source(&program.file) { icons::TERMINAL_WINDOW } else { icons::PACKAGE };
                icon(ui, mark, Cut::Regular, 16.0, tokens.t3);
                say(ui, Face::Name, Tint::First, &file).on_hover_text(program.file.display().to_string());
                say(ui, Face::Small, Tint::Third, fate(view, program));
            });
            if removed {
                out.push(Action::Remove(at));
            }
            ui.horizontal(|ui| {
                let field = if flaw.is_some() { wrong_field } else { text_field };
                let label = format!("Name of {file}");
                if field(ui, &label, &mut program.name, "name", NAME).lost_focus() {
                    out.push(Action::Leave(Field::Program(at)));
                }
                start(ui, &file, program);
            });
            if let Some(flaw) = flaw {
                field_error(ui, &flaw);
            }
            if assets_line::draw(ui, &file, view.no_picker, &mut program.assets) {
                out.push(Action::PickAssets(at));
            }
        });
}

/// What becomes of it on the way.
fn fate(view: &View, program: &Program) -> &'static str {
    let replaces = view.opened().is_some_and(|opened| opened.facts.holds(&program.name));
    match (replaces, is_source(&program.file)) {
        (true, _) => "takes the place of the one in the envelope",
        (false, true) => "is compiled",
        (false, false) => "",
    }
}

fn start(ui: &mut Ui, file: &str, program: &mut Program) {
    let choices = [(Trigger::Boot, "Starts at boot"), (Trigger::None, "Started by others")];
    let shown =
        choices.iter().find(|(trigger, _)| *trigger == program.start.trigger).map_or("", |(_, name)| *name);
    let choices = choices.map(|(value, name)| Choice { value, name: name.to_owned(), remark: String::new() });
    let name = format!("Start of {file}");
    if let Some(trigger) = dropdown(ui, (&name, ""), (shown, ""), &choices, TRIGGER) {
        program.start.trigger = trigger;
    }
    let critical = program.start.importance == Importance::Critical;
    ui.allocate_ui(vec2(96.0, 28.0), |ui| {
        if critical_box(ui, critical, file) {
            program.start.importance = if critical { Importance::Normal } else { Importance::Critical };
        }
    })
    .response
    .on_hover_text("The device reboots if it ends with an error");
}

/// A box to tick with its text; true if it was clicked. Each program has one, so its name says whose it is.
fn critical_box(ui: &mut Ui, on: bool, file: &str) -> bool {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let ticked = tick_box(ui, on.into(), &format!("{file} is critical"));
        // The keyboard stops at the box.
        let text = Label::new(styled(ui, Face::Body, Tint::First, "Critical")).sense(Sense::CLICK);
        // Both are drawn, whichever was clicked.
        let named = ui.add(text).clicked();
        ticked || named
    })
    .inner
}
