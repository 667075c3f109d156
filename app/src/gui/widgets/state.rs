//! Marks of states: icon, word and colour.

use egui::{Color32, CornerRadius, Frame, Margin, Response, RichText, Role, Ui, WidgetInfo};

use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::mark::{Grey, Look};
use crate::gui::theme::{Tokens, Tone};

/// The icon of a look.
#[must_use]
pub const fn icon_of(look: Look) -> (&'static str, Cut) {
    match look {
        Look::Valid => (icons::CHECK_CIRCLE, Cut::Fill),
        Look::Pending => (icons::HOURGLASS_MEDIUM, Cut::Fill),
        Look::RolledBack => (icons::ARROW_U_UP_LEFT, Cut::Bold),
        Look::Failed => (icons::WARNING_OCTAGON, Cut::Fill),
        Look::Updating => (icons::ARROW_CIRCLE_UP, Cut::Fill),
        Look::Grey(Grey::Offline) => (icons::WIFI_SLASH, Cut::Bold),
        Look::Grey(Grey::Refused) => (icons::PROHIBIT, Cut::Bold),
        Look::Grey(Grey::Lost) => (icons::QUESTION, Cut::Bold),
        Look::Grey(Grey::Cancelled) => (icons::STOP_CIRCLE, Cut::Fill),
        Look::Grey(Grey::Waiting) => (icons::CIRCLE_DASHED, Cut::Regular),
    }
}

/// The colours of a look.
#[must_use]
pub const fn tone_of(look: Look, tokens: &Tokens) -> Tone {
    match look {
        Look::Valid => tokens.valid,
        Look::Pending => tokens.pending,
        Look::RolledBack => tokens.rolled_back,
        Look::Failed => tokens.failed,
        Look::Updating => tokens.updating,
        Look::Grey(_) => tokens.offline,
    }
}

/// Icon and word in the colour of the state.
pub fn state_mark(ui: &mut Ui, look: Look, word: &str) -> Response {
    let tokens = Tokens::of(ui);
    // "Waiting" is the weakest of all.
    let ink = match look {
        Look::Grey(Grey::Waiting) => tokens.t3,
        look => tone_of(look, tokens).ink,
    };
    marked(ui, icon_of(look), ink, word)
}

/// Any icon with a word, in one colour.
pub fn marked(ui: &mut Ui, (icon, cut): (&str, Cut), ink: Color32, word: &str) -> Response {
    let response = ui
        .horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let icon = egui::Label::new(RichText::new(icon).font(cut.font(16.0)).color(ink));
            let word = egui::Label::new(Face::Name.text(word).color(ink)).truncate();
            // The icon stands before the word also where things are laid out from the right.
            if ui.layout().prefer_right_to_left() {
                let word = ui.add(word);
                ui.add(icon);
                word
            } else {
                ui.add(icon);
                ui.add(word)
            }
        })
        .inner;
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, word));
    response
}

/// The same on its tint; stands beside titles only.
pub fn pill(ui: &mut Ui, look: Look, word: &str) -> Response {
    let tone = tone_of(look, Tokens::of(ui));
    Frame::new()
        .fill(tone.tint)
        .corner_radius(CornerRadius::same(5))
        .inner_margin(Margin::symmetric(8, 3))
        .show(ui, |ui| {
            // A line is never lower than this, and a pill is 24 high.
            ui.spacing_mut().interact_size.y = 18.0;
            state_mark(ui, look, word)
        })
        .inner
}
