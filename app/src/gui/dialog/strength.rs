//! How good a passphrase is, by its length alone: what it is made of only its owner knows.

use egui::{Sense, Ui, vec2};

use crate::gui::fonts::Face;
use crate::gui::theme::Tokens;
use crate::gui::widgets::text::{Tint, say};
use crate::store::Passphrase;

/// Bars that can be full.
const BARS: usize = 3;

/// How good it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strength {
    /// So many characters are missing.
    TooShort(usize),
    /// Whoever has the file and a good computer finds it.
    Weak,
    /// Good enough for most.
    Fair,
    /// Nobody tries that long.
    Good,
}

impl Strength {
    pub(super) fn of(passphrase: &str) -> Self {
        match passphrase.chars().count() {
            short @ ..Passphrase::SHORTEST => Self::TooShort(Passphrase::SHORTEST - short),
            ..13 => Self::Weak,
            13..20 => Self::Fair,
            _ => Self::Good,
        }
    }

    fn words(self) -> String {
        match self {
            Self::TooShort(1) => "One character more at least".to_owned(),
            Self::TooShort(missing) => format!("{missing} characters more at least"),
            Self::Weak => "Weak, four or five words are better".to_owned(),
            Self::Fair => "Fair, by its length".to_owned(),
            Self::Good => "Good, by its length".to_owned(),
        }
    }

    const fn bars(self) -> usize {
        match self {
            Self::TooShort(_) => 0,
            Self::Weak => 1,
            Self::Fair => 2,
            Self::Good => BARS,
        }
    }
}

/// Draws it: bars and words, so that neither needs colour.
pub(super) fn draw(ui: &mut Ui, strength: Strength) {
    let tokens = Tokens::of(ui);
    let ink = match strength {
        Strength::TooShort(_) | Strength::Weak => tokens.open.ink,
        Strength::Fair => tokens.pending.ink,
        Strength::Good => tokens.valid.ink,
    };
    for bar in 0..BARS {
        let (place, _) = ui.allocate_exact_size(vec2(24.0, 6.0), Sense::hover());
        let fill = if bar < strength.bars() { ink } else { tokens.bg4 };
        ui.painter().rect_filled(place, 2.0, fill);
    }
    ui.add_space(4.0);
    say(ui, Face::Small, Tint::Second, strength.words());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_is_better() {
        assert_eq!(Strength::of(""), Strength::TooShort(8));
        // Characters are counted, not bytes.
        assert_eq!(Strength::of("ßßßßßßß"), Strength::TooShort(1));
        let bars: Vec<_> = [0, 8, 13, 20, 64].map(|long| Strength::of(&"x".repeat(long)).bars()).to_vec();
        assert_eq!(bars, [0, 1, 2, 3, 3]);
    }
}
