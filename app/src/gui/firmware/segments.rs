//! The segments of an image: a bar to scale, and what each is.

use egui::{Align, Layout, Rect, Sense, Ui, pos2, vec2};

use crate::gui::figures::{percent, size};
use crate::gui::fonts::Face;
use crate::gui::theme::Tokens;
use crate::gui::widgets::text::{Tint, say, section};
use crate::image::Image;

/// What an address range of a chip is. ESP-IDF names them so in each chip's `soc.h`.
fn region(address: u32) -> &'static str {
    match address {
        0x3C00_0000..=0x3CFF_FFFF | 0x3F40_0000..=0x3F7F_FFFF => "Constants, flash",
        0x4200_0000..=0x42FF_FFFF | 0x400D_0000..=0x4036_FFFF => "Code, flash",
        0x4037_0000..=0x403F_FFFF | 0x4008_0000..=0x400B_FFFF | 0x4080_0000..=0x4087_FFFF => "Code, RAM",
        0x3FC8_0000..=0x3FCF_FFFF | 0x3FFA_E000..=0x3FFF_FFFF => "Data, RAM",
        0x5000_0000..=0x5001_FFFF | 0x600F_E000..=0x600F_FFFF => "RTC",
        _ => "Other",
    }
}

/// Draws them.
pub(super) fn draw(ui: &mut Ui, image: &Image) {
    let total = u64::from(image.info.len);
    section(ui, "Segments", &format!("{}, checksum and SHA-256 valid", size(total)));
    let tokens = Tokens::of(ui);
    let mut parts: Vec<_> = image
        .info
        .segments
        .iter()
        .map(|part| (region(part.address), Some(part.address), u64::from(part.len)))
        .collect();
    parts.sort_by_key(|(_, _, bytes)| std::cmp::Reverse(*bytes));
    let inside: u64 = parts.iter().map(|(_, _, bytes)| bytes).sum();
    parts.push(("Headers and padding", None, total.saturating_sub(inside)));
    let ink = |place: usize| tokens.data.get(place).copied().unwrap_or(tokens.line2);
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
    let room = bar.width() - 2.0 * parts.len() as f32;
    let mut left = bar.left();
    for (place, (_, _, bytes)) in parts.iter().enumerate() {
        let width = (room * *bytes as f32 / total.max(1) as f32).max(2.0);
        let part =
            Rect::from_min_max(pos2(left, bar.top()), pos2((left + width).min(bar.right()), bar.bottom()));
        ui.painter().rect_filled(part, 2.0, ink(place));
        left += width + 2.0;
    }
    ui.spacing_mut().item_spacing.y = 2.0;
    for (place, (name, address, bytes)) in parts.iter().enumerate() {
        ui.horizontal(|ui| {
            let (dot, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
            ui.painter().rect_filled(dot, 2.0, ink(place));
            say(ui, Face::Body, Tint::First, *name);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let share = *bytes * 100 / total.max(1);
                let share = if share == 0 && *bytes > 0 {
                    "under 1\u{202F}%".to_owned()
                } else {
                    percent(u32::try_from(share).unwrap_or(100))
                };
                cell(ui, 70.0, Face::Body, Tint::Third, share);
                cell(ui, 76.0, Face::Body, Tint::First, size(*bytes));
                // In a narrow panel the name needs the room.
                if let (Some(address), true) = (address, bar.width() > 340.0) {
                    cell(ui, 96.0, Face::MonoSmall, Tint::Third, format!("{address:#010x}"));
                }
            });
        });
    }
}

/// Text at the right edge of a cell.
fn cell(ui: &mut Ui, width: f32, face: Face, tint: Tint, text: String) {
    ui.allocate_ui_with_layout(vec2(width, 18.0), Layout::right_to_left(Align::Center), |ui| {
        ui.set_min_width(width);
        say(ui, face, tint, text);
    });
}
