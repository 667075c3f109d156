//! A field whose value is chosen from a list.

use egui::{Align, Layout, Popup, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use super::text::{Tint, icon, say, styled};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::theme::Tokens;

const HEIGHT: f32 = 30.0;

/// What can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice<T> {
    /// What it becomes.
    pub value: T,
    /// What it is called.
    pub name: String,
    /// A remark at its right.
    pub remark: String,
}

/// Draws it; the value that was chosen just now. `name` is for screen readers, `shown` is what is chosen.
pub fn dropdown<T: Clone>(
    ui: &mut Ui,
    (name, mark): (&str, &str),
    shown: (&str, &str),
    choices: &[Choice<T>],
    width: f32,
) -> Option<T> {
    let tokens = Tokens::of(ui);
    let (place, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::click());
    let outline =
        if response.has_focus() { Stroke::new(2.0, tokens.accent) } else { Stroke::new(1.0, tokens.ctl) };
    ui.painter().rect(place, 6.0, tokens.bgx, outline, StrokeKind::Inside);
    inside(ui, place, mark, shown);
    let label = format!("{name}: {}", shown.0);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
    let mut chosen = None;
    Popup::menu(&response).width(width).show(|ui| {
        ui.set_min_width(width - 12.0);
        for choice in choices {
            let text = (
                styled(ui, Face::Body, Tint::First, &choice.name),
                styled(ui, Face::Small, Tint::Third, &choice.remark),
            );
            let button =
                egui::Button::new(text).min_size(vec2(width - 12.0, 28.0)).frame_when_inactive(false);
            let entry = ui.add(button);
            entry.widget_info(|| WidgetInfo::labeled(Role::Button, true, &choice.name));
            if entry.clicked() {
                chosen = Some(choice.value.clone());
            }
        }
    });
    chosen
}

fn inside(ui: &mut Ui, place: Rect, mark: &str, (shown, remark): (&str, &str)) {
    let tokens = Tokens::of(ui);
    let line = Layout::right_to_left(Align::Center);
    let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(place.shrink2(vec2(10.0, 0.0))).layout(line));
    ui.spacing_mut().item_spacing.x = 8.0;
    icon(&mut ui, icons::CARET_DOWN, Cut::Regular, 14.0, tokens.t3);
    if !remark.is_empty() {
        say(&mut ui, Face::Small, Tint::Third, remark);
    }
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        if !mark.is_empty() {
            icon(ui, mark, Cut::Regular, 16.0, tokens.t3);
        }
        say(ui, Face::Body, Tint::First, shown);
    });
}
