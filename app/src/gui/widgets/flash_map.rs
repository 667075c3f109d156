//! Where the slots lie in flash, to scale. What a device does not tell of is not drawn.

use egui::{Align2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::slot_card::fill;
use super::slots::SlotView;
use crate::gui::fonts::Face;
use crate::gui::theme::Tokens;

const BAR: f32 = 10.0;
const LABELS: f32 = 16.0;
/// Between two partitions, in points.
const GAP: f32 = 2.0;
/// No partition is drawn narrower.
const LEAST: f32 = 3.0;

/// Where a slot is drawn, as shares of the width.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    from: f32,
    to: f32,
}

/// Draws the map; nothing unless the device tells where all of its slots lie.
pub fn flash_map(ui: &mut Ui, slots: &[SlotView], offline: bool) {
    let Some((spans, end)) = spans(slots) else { return };
    let tokens = Tokens::of(ui);
    let (area, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), BAR + 4.0 + LABELS), Sense::hover());
    let painter = ui.painter();
    let x = |share: f32| area.left() + share * area.width();
    let below = |at: f32, align: Align2, text: String| {
        painter.text(pos2(at, area.bottom()), align, text, Face::MonoSmall.font(), tokens.t3)
    };
    let last = below(area.right(), Align2::RIGHT_BOTTOM, address(end));
    let mut taken = below(area.left(), Align2::LEFT_BOTTOM, "0x0".to_owned()).right();
    for (slot, span) in slots.iter().zip(spans) {
        let right = (x(span.to) - GAP).max(x(span.from) + LEAST);
        let place = Rect::from_min_max(pos2(x(span.from), area.top()), pos2(right, area.top() + BAR));
        painter.rect(place, 2.0, tokens.bg4, Stroke::new(1.0, tokens.line2), StrokeKind::Inside);
        if let Some(share) = slot.share().filter(|share| *share > 0.0) {
            let width = (place.width() * share).max(LEAST);
            fill(painter, Rect::from_min_size(place.min, vec2(width, BAR)), slot, offline, tokens);
        }
        // A label stands where it has room.
        let name = format!("ota_{}", slot.number);
        let galley = painter.layout_no_wrap(name.clone(), Face::MonoSmall.font(), tokens.t3);
        let at = place.left().max(taken + 8.0);
        if at + galley.size().x + 8.0 < last.left() {
            taken = below(at, Align2::LEFT_BOTTOM, name).right();
        }
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, sentence(slots)));
}

fn address(at: u64) -> String {
    format!("0x{at:X}")
}

fn sentence(slots: &[SlotView]) -> String {
    let places = slots.iter().filter_map(|slot| {
        let from = u64::from(slot.offset?);
        Some(format!(
            "ota_{} from {} to {}",
            slot.number,
            address(from),
            address(from + u64::from(slot.room))
        ))
    });
    places.collect::<Vec<_>>().join(", ")
}

/// The slots as shares of the flash up to the end of the last one, and that end. `None` if one is not told, or if what
/// is told cannot be.
fn spans(slots: &[SlotView]) -> Option<(Vec<Span>, u64)> {
    let mut ends = Vec::new();
    for slot in slots {
        let from = u64::from(slot.offset?);
        ends.push((from, from + u64::from(slot.room)));
    }
    let end = ends.iter().map(|(_, to)| *to).max().filter(|end| *end > 0)?;
    let share = |at: u64| (at as f64 / end as f64) as f32;
    Some((ends.into_iter().map(|(from, to)| Span { from: share(from), to: share(to) }).collect(), end))
}

#[cfg(test)]
mod tests {
    use super::super::slots::slots_of;
    use super::*;
    use crate::gui::devices::sample::status;

    #[test]
    fn slots_are_to_scale() {
        let (spans, end) = spans(&slots_of(&status("lamp"), false)).unwrap();
        assert_eq!(end, 0x3D_0000);
        assert!((spans[0].to - spans[1].from).abs() < 1e-6 && (spans[1].to - 1.0).abs() < 1e-6);
        assert!((spans[0].from - 1.0 / 61.0).abs() < 1e-6, "{spans:?}");
    }

    #[test]
    fn what_is_not_told_is_not_drawn() {
        let mut old = status("lamp");
        old.slots[1].offset = None;
        assert!(spans(&slots_of(&old, false)).is_none());
        assert!(spans(&[]).is_none());
    }
}
