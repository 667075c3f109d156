//! How much of something is through.

use egui::{Rect, Role, Sense, Ui, WidgetInfo, vec2};

use crate::gui::theme::Tokens;

/// A bar of this height over the whole width; `name` is for screen readers.
pub fn bar(ui: &mut Ui, name: &str, share: f32, height: f32) {
    let tokens = Tokens::of(ui);
    let (track, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    ui.painter().rect_filled(track, 2.0, tokens.bg4);
    let share = share.clamp(0.0, 1.0);
    if share > 0.0 {
        let through = Rect::from_min_size(track.min, vec2((track.width() * share).max(3.0), height));
        ui.painter().rect_filled(through, 2.0, tokens.accent);
    }
    let text = format!("{name}, {} percent", (share * 100.0).floor());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &text));
}
