//! The colours of a log: those of levels, and those that a board asks for, as colours that can be read on our ground.

use egui::Color32;

use crate::gui::theme::Tokens;
use crate::usb::monitor::{Colour, Level, Style};

/// The colours of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ink {
    /// Of its level.
    pub word: Color32,
    /// Of what it says.
    pub text: Color32,
}

impl Ink {
    const fn plain(ink: Color32) -> Self {
        Self { word: ink, text: ink }
    }
}

/// The colours of a level.
#[must_use]
pub const fn of_level(level: Level, tokens: &Tokens) -> Ink {
    match level {
        Level::Error => Ink::plain(tokens.failed.ink),
        Level::Warn => Ink::plain(tokens.pending.ink),
        Level::Info => Ink { word: tokens.t2, text: tokens.t1 },
        Level::Debug | Level::Trace => Ink::plain(tokens.t3),
        Level::None => Ink { word: tokens.t3, text: tokens.t1 },
    }
}

/// The colour that a board asks for; `usual` where it asks for none.
#[must_use]
pub const fn of_style(style: Style, usual: Color32, tokens: &Tokens) -> Color32 {
    match style.colour {
        None if style.bold => tokens.t1,
        None => usual,
        // Black is the ground of most terminals; who writes in it wants it to be hardly seen.
        Some(Colour::Black) => tokens.t3,
        Some(Colour::Red) => tokens.failed.ink,
        Some(Colour::Green) => tokens.valid.ink,
        Some(Colour::Yellow) => tokens.pending.ink,
        Some(Colour::Blue) => tokens.accent,
        Some(Colour::Magenta) => tokens.rolled_back.ink,
        Some(Colour::Cyan) => tokens.accent_hover,
        Some(Colour::White) => tokens.t1,
    }
}
