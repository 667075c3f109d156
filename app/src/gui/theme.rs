//! The colours: one set for dark, one for light. Nothing else in the window names a colour.

use egui::Color32;

/// Foreground and tint of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tone {
    /// Word, icon and bar.
    pub ink: Color32,
    /// Background of a banner or a row.
    pub tint: Color32,
}

/// Every colour of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Whether this is the dark set.
    pub dark: bool,
    /// Navigation, status bar, date headings.
    pub bg0: Color32,
    /// Page, detail panel.
    pub bg1: Color32,
    /// Cards, dialogs, menus, toasts; a hovered row.
    pub bg2: Color32,
    /// Secondary button, active chip and page.
    pub bg3: Color32,
    /// Hover and press, the empty track of bars.
    pub bg4: Color32,
    /// Text fields, log, code.
    pub bgx: Color32,
    /// Selected row, selected text.
    pub sel: Color32,
    /// Hairlines.
    pub line: Color32,
    /// Outline of cards and buttons.
    pub line2: Color32,
    /// Outline of what takes input: 3:1 at least.
    pub ctl: Color32,
    /// Names, values, body.
    pub t1: Color32,
    /// Supporting text, cells.
    pub t2: Color32,
    /// Labels, units, headers, times.
    pub t3: Color32,
    /// Primary button, links, focus, active progress.
    pub accent: Color32,
    /// A hovered primary button.
    pub accent_hover: Color32,
    /// Text and marks on the accent.
    pub on_accent: Color32,
    /// Phases already done, verified bytes.
    pub accent_dim: Color32,
    /// Image segments, chart series.
    pub data: [Color32; 5],
    /// Valid, validated.
    pub valid: Tone,
    /// Pending validation.
    pub pending: Tone,
    /// Rolled back, aborted.
    pub rolled_back: Tone,
    /// Failed.
    pub failed: Tone,
    /// Offline, refused, lost, cancelled.
    pub offline: Tone,
    /// Updating.
    pub updating: Tone,
    /// Open, unsigned, unguarded.
    pub open: Tone,
}

const fn hex(rgb: u32) -> Color32 {
    let [_, red, green, blue] = rgb.to_be_bytes();
    Color32::from_rgb(red, green, blue)
}

const fn tone(ink: u32, tint: u32) -> Tone {
    Tone { ink: hex(ink), tint: hex(tint) }
}

impl Tokens {
    /// The dark set.
    pub const DARK: Self = Self {
        dark: true,
        bg0: hex(0x0F1114),
        bg1: hex(0x14171B),
        bg2: hex(0x1A1E23),
        bg3: hex(0x22272E),
        bg4: hex(0x2B313A),
        bgx: hex(0x0C0E11),
        sel: hex(0x1B2E42),
        line: hex(0x272C33),
        line2: hex(0x39414B),
        ctl: hex(0x66707C),
        t1: hex(0xE9ECEF),
        t2: hex(0xB3BAC3),
        t3: hex(0x919AA4),
        accent: hex(0x5DB4FF),
        accent_hover: hex(0x85C6FF),
        on_accent: hex(0x06131F),
        accent_dim: hex(0x386FA3),
        data: [hex(0x5DB4FF), hex(0x3D86C6), hex(0x386FA3), hex(0x8C96A1), hex(0x66707C)],
        valid: tone(0x5FD18C, 0x17291F),
        pending: tone(0xF2C84B, 0x272315),
        rolled_back: tone(0xCBA6FF, 0x231E2E),
        failed: tone(0xFF857C, 0x331C1C),
        offline: tone(0x9AA3AD, 0x20242A),
        updating: tone(0x5DB4FF, 0x16283A),
        open: tone(0xF59E66, 0x2E2118),
    };

    /// The light set.
    pub const LIGHT: Self = Self {
        dark: false,
        bg0: hex(0xF0F2F5),
        bg1: hex(0xFAFBFC),
        bg2: hex(0xFFFFFF),
        bg3: hex(0xE9ECEF),
        bg4: hex(0xDDE2E8),
        bgx: hex(0xFFFFFF),
        sel: hex(0xD8E8F9),
        line: hex(0xDCE0E5),
        line2: hex(0xC3C9D1),
        ctl: hex(0x808A95),
        t1: hex(0x15181C),
        t2: hex(0x454D57),
        t3: hex(0x5B646E),
        accent: hex(0x0B62BD),
        accent_hover: hex(0x084E98),
        on_accent: hex(0xFFFFFF),
        accent_dim: hex(0x5793D4),
        data: [hex(0x0B62BD), hex(0x4F8FD3), hex(0x4D6A8A), hex(0x7F8994), hex(0x5C6570)],
        valid: tone(0x17703A, 0xE2F3E8),
        pending: tone(0x7D5700, 0xFBF0CF),
        rolled_back: tone(0x7338BD, 0xF1E8FC),
        failed: tone(0xBE2A25, 0xFCE7E5),
        offline: tone(0x57606A, 0xE9ECF0),
        updating: tone(0x0B62BD, 0xE0EDFA),
        open: tone(0x9C4408, 0xFCEADD),
    };

    /// The set that `ui` is drawn with.
    #[must_use]
    pub fn of(ui: &egui::Ui) -> &'static Self {
        if ui.visuals().dark_mode { &Self::DARK } else { &Self::LIGHT }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, WCAG 2.2.
    fn luminance(color: Color32) -> f64 {
        let linear = |byte: u8| {
            let share = f64::from(byte) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
    }

    fn contrast(one: Color32, other: Color32) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    fn lowest(tokens: &Tokens, ink: Color32) -> f64 {
        let Tokens { bg0, bg1, bg2, bg3, bg4, bgx, sel, .. } = *tokens;
        [bg0, bg1, bg2, bg3, bg4, bgx, sel]
            .map(|ground| contrast(ink, ground))
            .into_iter()
            .fold(99.0, f64::min)
    }

    #[test]
    fn text_can_be_read_on_every_ground() {
        for tokens in [Tokens::DARK, Tokens::LIGHT] {
            assert!(lowest(&tokens, tokens.t1) >= 11.0);
            assert!(lowest(&tokens, tokens.t2) >= 6.55, "{}", lowest(&tokens, tokens.t2));
            assert!(lowest(&tokens, tokens.t3) >= 4.5, "{}", lowest(&tokens, tokens.t3));
            assert!(lowest(&tokens, tokens.accent) >= 4.5, "{}", lowest(&tokens, tokens.accent));
            assert!(contrast(tokens.on_accent, tokens.accent) >= 4.5);
            assert!(contrast(tokens.on_accent, tokens.accent_hover) >= 4.5);
        }
    }

    #[test]
    fn states_can_be_read_on_every_ground_and_on_their_own_tint() {
        for tokens in [Tokens::DARK, Tokens::LIGHT] {
            let Tokens { valid, pending, rolled_back, failed, offline, updating, open, .. } = tokens;
            for tone in [valid, pending, rolled_back, failed, offline, updating, open] {
                assert!(lowest(&tokens, tone.ink) >= 4.45, "{:?}: {}", tone.ink, lowest(&tokens, tone.ink));
                assert!(contrast(tone.ink, tone.tint) >= 4.8, "{:?} on its tint", tone.ink);
                assert!(contrast(tokens.t2, tone.tint) >= 4.8 && contrast(tokens.t3, tone.tint) >= 4.8);
            }
        }
    }

    #[test]
    fn controls_and_data_stand_out() {
        for tokens in [Tokens::DARK, Tokens::LIGHT] {
            assert!(contrast(tokens.ctl, tokens.bg1) >= 3.0);
            assert!(contrast(tokens.accent_dim, tokens.bg1) >= 3.0);
            for series in tokens.data {
                assert!(contrast(series, tokens.bg1) >= 3.0, "{series:?}");
            }
        }
    }
}
