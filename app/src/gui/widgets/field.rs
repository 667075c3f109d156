//! Fields to type into, chips and switches to choose with.

use egui::{Button, Response, RichText, Role, Sense, Stroke, TextEdit, Ui, WidgetInfo, vec2};

use super::text::{Tint, styled};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::theme::Tokens;

/// A field of one line. `name` is for screen readers.
pub fn text_field(ui: &mut Ui, name: &str, text: &mut String, hint: &str, width: f32) -> Response {
    framed(ui, name, TextEdit::singleline(text).hint_text(hint), width, Tokens::of(ui).ctl)
}

/// A field whose text is wrong, in red.
pub fn wrong_field(ui: &mut Ui, name: &str, text: &mut String, hint: &str, width: f32) -> Response {
    framed(ui, name, TextEdit::singleline(text).hint_text(hint), width, Tokens::of(ui).failed.ink)
}

/// The field that finds things on a page.
pub fn search_field(ui: &mut Ui, name: &str, text: &mut String, width: f32) -> Response {
    let icon = styled(ui, Face::Body, Tint::Third, icons::MAGNIFYING_GLASS);
    let edit = TextEdit::singleline(text).hint_text(name).prefix(icon);
    framed(ui, name, edit, width, Tokens::of(ui).ctl)
}

/// A field that is set up elsewhere, in the usual frame.
pub fn framed_field(ui: &mut Ui, name: &str, edit: TextEdit<'_>, width: f32) -> Response {
    framed(ui, name, edit, width, Tokens::of(ui).ctl)
}

fn framed(ui: &mut Ui, name: &str, edit: TextEdit<'_>, width: f32, outline: egui::Color32) -> Response {
    ui.scope(|ui| {
        let widgets = &mut ui.visuals_mut().widgets;
        widgets.inactive.bg_stroke = Stroke::new(1.0, outline);
        widgets.hovered.bg_stroke = Stroke::new(1.0, outline);
        let edit = edit
            .font(Face::Body.font())
            .margin(egui::Margin::symmetric(10, 6))
            .min_size(vec2(width, 30.0))
            .desired_width(width - 20.0);
        let response = ui.add(edit);
        let name = name.to_owned();
        response.ctx.accesskit_node_builder(response.id, |node| node.set_label(name));
        response
    })
    .inner
}

/// How wide a chip is at most, in points. What wraps chips needs to know: a line would rather cut one than go on in the
/// next.
#[must_use]
pub fn chip_width(ui: &Ui, name: &str, count: Option<usize>) -> f32 {
    let ink = Tokens::of(ui).t1;
    let wide = |face: Face, text: String| ui.painter().layout_no_wrap(text, face.font(), ink).size().x;
    let count = count.map_or(0.0, |count| 7.0 + wide(Face::Body, count.to_string()));
    wide(Face::Section, name.to_owned()) + count + 2.0 * 10.0
}

/// A chip of a row of filters, with a count; true if it was clicked.
pub fn chip(ui: &mut Ui, active: bool, name: &str, count: Option<usize>) -> bool {
    let tokens = Tokens::of(ui);
    let response = ui
        .scope(|ui| {
            let widgets = &mut ui.visuals_mut().widgets;
            let fill = if active { tokens.bg3 } else { egui::Color32::TRANSPARENT };
            widgets.inactive.weak_bg_fill = fill;
            widgets.inactive.bg_stroke = Stroke::NONE;
            widgets.hovered.bg_stroke = Stroke::NONE;
            ui.spacing_mut().button_padding = vec2(10.0, 0.0);
            let role = if active { Face::Section } else { Face::Body };
            let tint = if active { Tint::First } else { Tint::Second };
            let name = styled(ui, role, tint, name);
            let button = match count {
                Some(count) => Button::new((name, styled(ui, Face::Body, Tint::Third, count.to_string()))),
                None => Button::new(name),
            };
            ui.add(button.gap(7.0).min_size(vec2(0.0, 28.0)))
        })
        .inner;
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, active, name));
    response.clicked()
}

/// A chip that cannot be chosen, and why.
pub fn dead_chip(ui: &mut Ui, name: &str, why: &str) {
    let response = ui
        .scope(|ui| {
            let widgets = &mut ui.visuals_mut().widgets;
            widgets.inactive.weak_bg_fill = egui::Color32::TRANSPARENT;
            widgets.inactive.bg_stroke = Stroke::NONE;
            ui.spacing_mut().button_padding = vec2(10.0, 0.0);
            let button = Button::new(styled(ui, Face::Body, Tint::Second, name));
            ui.add_enabled(false, button.min_size(vec2(0.0, 28.0)))
        })
        .inner;
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, false, false, name));
    response.on_disabled_hover_text(why);
}

/// How much of what it stands for is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// All of it.
    On,
    /// Nothing.
    Off,
    /// Some of it.
    Some,
}

impl From<bool> for Tick {
    fn from(on: bool) -> Self {
        if on { Self::On } else { Self::Off }
    }
}

/// A box to tick, without text beside it; `name` is for screen readers. True if it was clicked.
pub fn tick_box(ui: &mut Ui, tick: Tick, name: &str) -> bool {
    let tokens = Tokens::of(ui);
    let (cell, response) = ui.allocate_exact_size(vec2(28.0, 28.0), Sense::click());
    let square = egui::Rect::from_center_size(cell.center(), vec2(16.0, 16.0));
    let filled = tick != Tick::Off;
    let fill = if filled { tokens.accent } else { tokens.bgx };
    let outline = if response.has_focus() {
        Stroke::new(2.0, if filled { tokens.t1 } else { tokens.accent })
    } else if filled {
        Stroke::NONE
    } else {
        Stroke::new(1.0, tokens.ctl)
    };
    ui.painter().rect(square, 4.0, fill, outline, egui::StrokeKind::Inside);
    let mark = match tick {
        Tick::On => icons::CHECK,
        Tick::Some => icons::MINUS,
        Tick::Off => "",
    };
    let font = Cut::Bold.font(11.0);
    if !mark.is_empty() {
        ui.painter().text(square.center(), egui::Align2::CENTER_CENTER, mark, font, tokens.on_accent);
    }
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, tick == Tick::On, name));
    response.clicked()
}

/// A box to tick with its text; true if it was clicked.
pub fn choice(ui: &mut Ui, on: bool, text: &str) -> bool {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let ticked = tick_box(ui, on.into(), text);
        // The keyboard stops at the box.
        let label = egui::Label::new(styled(ui, Face::Body, Tint::First, text)).sense(Sense::CLICK);
        // Both are drawn, whichever was clicked.
        let named = ui.add(label).clicked();
        ticked || named
    })
    .inner
}

/// A switch for what acts at once; true if it was clicked.
pub fn switch(ui: &mut Ui, on: bool, name: &str) -> bool {
    let tokens = Tokens::of(ui);
    let (cell, response) = ui.allocate_exact_size(vec2(34.0, 28.0), Sense::click());
    let track = egui::Rect::from_center_size(cell.center(), vec2(30.0, 16.0));
    let fill = if on { tokens.accent } else { tokens.bgx };
    let outline = match (response.has_focus(), on) {
        (true, _) => Stroke::new(2.0, tokens.t1),
        (false, true) => Stroke::NONE,
        (false, false) => Stroke::new(1.0, tokens.ctl),
    };
    ui.painter().rect(track, 8.0, fill, outline, egui::StrokeKind::Inside);
    let x = if on { track.right() - 8.0 } else { track.left() + 8.0 };
    let knob = if on { tokens.on_accent } else { tokens.t2 };
    ui.painter().circle_filled(egui::pos2(x, track.center().y), 5.5, knob);
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, name));
    response.clicked()
}

/// A line of choices of which one is active; the one that was clicked.
pub fn one_of<T: Copy + PartialEq>(ui: &mut Ui, active: T, choices: &[(T, &str)]) -> Option<T> {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let mut clicked = None;
        for (value, name) in choices {
            if chip(ui, *value == active, name, None) {
                clicked = Some(*value);
            }
        }
        clicked
    })
    .inner
}

/// What is wrong with the field before it.
pub fn field_error(ui: &mut Ui, text: &str) {
    let ink = Tokens::of(ui).failed.ink;
    ui.horizontal(|ui| {
        ui.label(RichText::new(icons::WARNING_OCTAGON).font(Cut::Fill.font(14.0)).color(ink));
        ui.label(Face::Small.text(text).color(ink));
    });
}
