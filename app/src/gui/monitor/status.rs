//! What the monitor says in the status bar while its page is open.

use egui::Ui;

use super::View;
use crate::gui::figures::grouped;
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::theme::Tokens;
use crate::gui::widgets::text::{Tint, icon, say};

/// Draws it from the left.
pub fn status(ui: &mut Ui, view: &View) {
    let tokens = Tokens::of(ui);
    icon(ui, icons::TERMINAL_WINDOW, Cut::Regular, 14.0, tokens.t3);
    say(ui, Face::Small, Tint::Third, counts(view));
    ui.add_space(12.0);
    icon(ui, icons::FLOPPY_DISK, Cut::Regular, 14.0, tokens.t3);
    match &view.saved_to {
        Some(path) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let saved = say(ui, Face::Small, Tint::Third, format!("Saved to {name}"));
            saved.on_hover_text(path.display().to_string());
        }
        None => drop(say(ui, Face::Small, Tint::Third, "Not saved to a file")),
    }
    ui.add_space(12.0);
    if view.is_paused() {
        icon(ui, icons::PAUSE, Cut::Regular, 14.0, tokens.pending.ink);
        let text = match view.log.arrived_since() {
            0 => "Paused".to_owned(),
            more => format!("Paused, {} more", plural(more, "line")),
        };
        ui.label(Face::Head.text(text).color(tokens.pending.ink));
        ui.add_space(12.0);
    }
}

fn counts(view: &View) -> String {
    let lines = plural(view.log.len() as u64, "line");
    match view.cards.len() as u64 {
        0 => lines,
        panics => format!("{lines}, {}", plural(panics, "panic")),
    }
}

fn plural(count: u64, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {what}{s}", grouped(count))
}
