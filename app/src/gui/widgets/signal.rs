//! Signal strength as bars.

use egui::{Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::gui::theme::Tokens;

/// Four bars for a strength in dBm.
pub fn signal_bars(ui: &mut Ui, dbm: i8) {
    let tokens = Tokens::of(ui);
    let lit = match dbm {
        -55.. => 4,
        -67..=-56 => 3,
        -77..=-68 => 2,
        -87..=-78 => 1,
        _ => 0,
    };
    let (area, response) = ui.allocate_exact_size(vec2(18.0, 14.0), Sense::hover());
    for (bar, height) in [5.0, 8.0, 11.0, 14.0].into_iter().enumerate() {
        let left = area.left() + bar as f32 * 5.0;
        let place = Rect::from_min_max(pos2(left, area.bottom() - height), pos2(left + 3.0, area.bottom()));
        ui.painter().rect_filled(place, 1.0, if bar < lit { tokens.t2 } else { tokens.line2 });
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Signal {dbm} dBm")));
}
