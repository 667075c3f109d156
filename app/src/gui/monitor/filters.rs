//! The second row of the monitor: what is searched for, which levels are shown, and how.

use egui::{Align, Event, InputState, Key, Layout, Modifiers, Response, Ui, vec2};

use super::{Action, Sight, View};
use crate::gui::figures::grouped;
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::messages::sentence;
use crate::gui::shell::{filter_row, is_narrow};
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::icon_only;
use crate::gui::widgets::field::{chip, choice, field_error, search_field};
use crate::gui::widgets::text::{Tint, say};
use crate::usb::monitor::Level;

/// The levels, as they stand in the row; those after the first four only where there are such lines.
const LEVELS: [(Level, &str); 6] = [
    (Level::Debug, "Debug"),
    (Level::Info, "Info"),
    (Level::Warn, "Warn"),
    (Level::Error, "Error"),
    (Level::Trace, "Trace"),
    (Level::None, "Other"),
];

/// Draws it.
pub(super) fn draw(ui: &mut Ui, view: &View, out: &mut Vec<Action>) {
    filter_row(ui, |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(6.0);
            switches(ui, view, out);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                ui.add_space(6.0);
                search(ui, view, out);
                ui.add_space(8.0);
                levels(ui, view, out);
            });
        });
    });
}

/// From the right.
fn switches(ui: &mut Ui, view: &View, out: &mut Vec<Action>) {
    let panics = if is_narrow(ui) { "Panics" } else { "Decode panics" };
    let follows = view.sight == Sight::End && !view.is_paused();
    ui.spacing_mut().item_spacing.x = 8.0;
    for (on, name, action) in [
        (follows, "Follow", Action::Follow),
        (view.show.panics, panics, Action::ShowPanics),
        (view.show.time, "Time", Action::ShowTime),
    ] {
        if switch(ui, on, name) {
            out.push(action);
        }
    }
}

/// The box stands before its name, here as elsewhere.
fn switch(ui: &mut Ui, on: bool, name: &str) -> bool {
    let text = ui.painter().layout_no_wrap(name.to_owned(), Face::Body.font(), Tokens::of(ui).t1);
    let size = vec2(28.0 + 4.0 + text.size().x, 28.0);
    let layout = Layout::left_to_right(Align::Center);
    ui.allocate_ui_with_layout(size, layout, |ui| choice(ui, on, name)).inner
}

fn levels(ui: &mut Ui, view: &View, out: &mut Vec<Action>) {
    for (level, name) in LEVELS {
        let count = view.log.counts().of(level);
        let rare = matches!(level, Level::Trace | Level::None);
        // What was found needs the room in a small window.
        let no_room = is_narrow(ui) && view.find.search().is_some();
        if rare && (count == 0 || no_room) {
            continue;
        }
        let shown = (!is_narrow(ui)).then_some(count);
        if chip(ui, view.levels.has(level), name, shown) {
            out.push(Action::Level(level));
        }
    }
}

fn search(ui: &mut Ui, view: &View, out: &mut Vec<Action>) {
    let mut typed = view.find.typed.clone();
    let width = if is_narrow(ui) { 170.0 } else { 278.0 };
    let field = search_field(ui, "Search, or /regex/", &mut typed, width);
    field_keys(ui, view, &field, out);
    if typed != view.find.typed {
        out.push(Action::Search(typed));
    }
    if let Some(flaw) = view.find.flaw() {
        field_error(ui, &sentence(&flaw.to_string()));
    } else if view.find.search().is_some() {
        found(ui, view, out);
    }
}

fn field_keys(ui: &Ui, view: &View, field: &Response, out: &mut Vec<Action>) {
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    if pressed(Modifiers::COMMAND, Key::F) {
        field.request_focus();
    }
    // Both take the focus from a field of one line.
    match field.lost_focus().then(|| ui.input(leaving)).flatten() {
        Some(Leaving::Enter { shift }) => {
            out.push(if shift { Action::FindBefore } else { Action::FindNext });
            field.request_focus();
        }
        Some(Leaving::Escape) if !view.find.typed.is_empty() => {
            pressed(Modifiers::NONE, Key::Escape);
            out.push(Action::Search(String::new()));
        }
        _ => {}
    }
}

/// By which key a field was left.
#[derive(Clone, Copy)]
enum Leaving {
    Enter { shift: bool },
    Escape,
}

/// Shift may have been let go again in the same picture: the key itself knows.
fn leaving(input: &InputState) -> Option<Leaving> {
    input.events.iter().find_map(|event| match event {
        Event::Key { key: Key::Enter, pressed: true, modifiers, .. } => {
            Some(Leaving::Enter { shift: modifiers.shift })
        }
        Event::Key { key: Key::Escape, pressed: true, .. } => Some(Leaving::Escape),
        _ => None,
    })
}

/// How many lines were found, and the way from one to the next.
fn found(ui: &mut Ui, view: &View, out: &mut Vec<Action>) {
    let total = view.log.matches();
    let words = match view.find.at.map(|line| view.log.matches_up_to(line)) {
        _ if total == 0 => "No match".to_owned(),
        Some(place) => format!("{} of {}", grouped(place as u64), grouped(total as u64)),
        None if total == 1 => "1 match".to_owned(),
        None => format!("{} matches", grouped(total as u64)),
    };
    say(ui, Face::Small, Tint::Third, words);
    if total > 0 {
        if icon_only(ui, icons::ARROW_UP, "Match before, Shift Enter").clicked() {
            out.push(Action::FindBefore);
        }
        if icon_only(ui, icons::ARROW_DOWN, "Next match, Enter").clicked() {
            out.push(Action::FindNext);
        }
    }
}
