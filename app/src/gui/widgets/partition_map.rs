//! A whole flash, partition by partition, to scale: one row for what is, one for what will be, aligned.

use egui::{Align2, Color32, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::slot_card::hatch;
use crate::gui::fonts::Face;
use crate::gui::theme::Tokens;

const ROW: f32 = 34.0;
const ROW_GAP: f32 = 6.0;
const LABEL: f32 = 56.0;
const SCALE: f32 = 22.0;
/// Between two partitions, in points.
const GAP: f32 = 2.0;
/// Nothing that has a border of its own is drawn narrower.
const LEAST: f32 = 12.0;

/// How a partition is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fill {
    /// It stays.
    Kept,
    /// It will be gone.
    Going,
    /// It will be written.
    Coming,
    /// It is being written, and this share is through.
    Writing(f32),
    /// It has been written.
    Written,
    /// There is nothing in it.
    Empty,
}

/// A partition.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Its first byte.
    pub offset: u32,
    /// Its bytes.
    pub size: u32,
    /// Its name.
    pub name: String,
    /// What is in it.
    pub about: String,
    /// How it is drawn.
    pub fill: Fill,
}

/// Draws rows over each other, each with its name at the left; without any name they take the whole width.
pub fn partition_map(ui: &mut Ui, rows: &[(&str, &[Span])], capacity: u32) {
    let tokens = Tokens::of(ui);
    let named = rows.iter().any(|(name, _)| !name.is_empty());
    let height = rows.len() as f32 * (ROW + ROW_GAP) + SCALE;
    let (area, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let left = area.left() + if named { LABEL } else { 0.0 };
    let spans = rows.iter().flat_map(|(_, spans)| spans.iter());
    let scale = Scale::new(spans, capacity, area.right() - left);
    for (place, (name, spans)) in rows.iter().enumerate() {
        let top = area.top() + place as f32 * (ROW + ROW_GAP);
        let at = pos2(area.left(), top + ROW / 2.0);
        ui.painter().text(at, Align2::LEFT_CENTER, name, Face::Small.font(), tokens.t3);
        for span in *spans {
            let (from, to) = (scale.x(span.offset), scale.x(span.offset.saturating_add(span.size)));
            let right = (left + to - GAP).max(left + from + 3.0);
            draw_span(ui, Rect::from_min_max(pos2(left + from, top), pos2(right, top + ROW)), span);
        }
    }
    addresses(ui, &scale, left, area);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, sentence(rows)));
}

fn draw_span(ui: &mut Ui, place: Rect, span: &Span) {
    let tokens = Tokens::of(ui);
    let painter = ui.painter();
    let line = |ink: Color32| Stroke::new(1.0, ink);
    let plain = |fill: Color32, ink: Color32| {
        painter.rect(place, 2.0, fill, line(ink), StrokeKind::Inside);
    };
    match span.fill {
        Fill::Kept => plain(tokens.bg4, tokens.line2),
        Fill::Empty => plain(tokens.bg1, tokens.line2),
        Fill::Going => hatch(painter, place, tokens.line2, tokens.bg2),
        Fill::Coming => plain(tokens.updating.tint, tokens.accent),
        Fill::Written => plain(tokens.valid.tint, tokens.valid.ink),
        Fill::Writing(share) => {
            plain(tokens.updating.tint, tokens.accent);
            let through = vec2((place.width() - 2.0) * share.clamp(0.0, 1.0), place.height() - 2.0);
            let through = Rect::from_min_size(place.min + vec2(1.0, 1.0), through);
            painter.rect_filled(through, 1.0, tokens.accent_dim.gamma_multiply(0.75));
        }
    }
    let room = place.width() - 14.0;
    let ink = if matches!(span.fill, Fill::Kept | Fill::Empty | Fill::Going) { tokens.t2 } else { tokens.t1 };
    let lay = |text: String| painter.layout_no_wrap(text, Face::Small.font(), ink);
    let whole = lay(format!("{}  {}", span.name, span.about).trim_end().to_owned());
    let galley = if whole.size().x <= room { whole } else { lay(span.name.clone()) };
    if galley.size().x <= room {
        let at = pos2(place.left() + 8.0, place.center().y - galley.size().y / 2.0);
        if span.fill == Fill::Going {
            // The lines would run through the letters.
            let ground = Rect::from_min_size(at, galley.size()).expand2(vec2(4.0, 1.0));
            painter.rect_filled(ground, 2.0, tokens.bg2);
        }
        painter.galley(at, galley, ink);
    }
    let hover = ui.interact(place, ui.make_persistent_id((span.offset, place.top() as i32)), Sense::hover());
    let end = u64::from(span.offset) + u64::from(span.size);
    hover.on_hover_text(format!("{} {}\n{:#08x} to {end:#08x}", span.name, span.about, span.offset));
}

/// Addresses stand under the borders that have room for one.
fn addresses(ui: &Ui, scale: &Scale, left: f32, area: Rect) {
    let tokens = Tokens::of(ui);
    let painter = ui.painter();
    let put = |x: f32, align: Align2, address: u32| {
        let text = format!("{address:#08x}");
        painter.text(pos2(x, area.bottom() - 4.0), align, text, Face::MonoSmall.font(), tokens.t3)
    };
    let last = put(area.right(), Align2::RIGHT_BOTTOM, scale.capacity);
    let mut taken = f32::NEG_INFINITY;
    for border in &scale.borders {
        let x = left + scale.x(*border);
        if x > taken + 12.0 && x + last.width() + 12.0 < last.left() {
            taken = put(x, Align2::LEFT_BOTTOM, *border).right();
        }
    }
}

fn sentence(rows: &[(&str, &[Span])]) -> String {
    let row = |(name, spans): &(&str, &[Span])| {
        let spans = spans.iter().map(|span| format!("{} {}", span.name, span.about).trim_end().to_owned());
        format!("{name} {}", spans.collect::<Vec<_>>().join(", ")).trim().to_owned()
    };
    rows.iter().map(row).collect::<Vec<_>>().join(". ")
}

/// Where addresses stand: to scale, but no part between two borders is narrower than it can be seen.
#[derive(Debug)]
struct Scale {
    capacity: u32,
    /// Addresses where something begins or ends, in order, from 0 to the capacity.
    borders: Vec<u32>,
    /// Where they stand, in points.
    at: Vec<f32>,
}

impl Scale {
    fn new<'s>(spans: impl Iterator<Item = &'s Span>, capacity: u32, width: f32) -> Self {
        let ends = spans.flat_map(|span| [span.offset, span.offset.saturating_add(span.size)]);
        let mut borders: Vec<u32> = ends.filter(|at| *at < capacity).chain([0, capacity]).collect();
        borders.sort_unstable();
        borders.dedup();
        let sizes: Vec<f32> = borders.windows(2).map(|pair| (pair[1] - pair[0]) as f32).collect();
        let widths = shares(&sizes, width);
        let mut at = vec![0.0];
        for width in widths {
            at.push(at.last().copied().unwrap_or(0.0) + width);
        }
        Self { capacity, borders, at }
    }

    fn x(&self, address: u32) -> f32 {
        let place = self.borders.partition_point(|border| *border < address);
        self.at.get(place).or(self.at.last()).copied().unwrap_or(0.0)
    }
}

/// Parts of a width by size, none narrower than [`LEAST`] as long as there is room.
fn shares(sizes: &[f32], width: f32) -> Vec<f32> {
    let least = LEAST.min(width / sizes.len().max(1) as f32);
    let mut narrow = vec![false; sizes.len()];
    loop {
        let wide = |flag: bool| sizes.iter().zip(&narrow).filter(move |(_, narrow)| **narrow == flag);
        let rest = width - least * wide(true).count() as f32;
        let unit = rest / wide(false).map(|(size, _)| size).sum::<f32>().max(1.0);
        let widths =
            sizes.iter().zip(&narrow).map(|(size, narrow)| if *narrow { least } else { size * unit });
        let widths: Vec<f32> = widths.collect();
        let mut found = false;
        for (flag, width) in narrow.iter_mut().zip(&widths) {
            let becomes = !*flag && *width < least;
            found |= becomes;
            *flag |= becomes;
        }
        if !found {
            return widths;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(offset: u32, size: u32) -> Span {
        Span { offset, size, name: String::new(), about: String::new(), fill: Fill::Kept }
    }

    #[test]
    fn what_is_small_can_be_seen_and_the_rest_is_to_scale() {
        let spans = [span(0x8000, 0x1000), span(0x1_0000, 0x1E_0000), span(0x1F_0000, 0x1E_0000)];
        let scale = Scale::new(spans.iter(), 4 << 20, 600.0);
        assert!((scale.x(4 << 20) - 600.0).abs() < 0.01);
        assert!((scale.x(0x9000) - scale.x(0x8000) - LEAST).abs() < 0.01);
        let slot = |at: u32| scale.x(at + 0x1E_0000) - scale.x(at);
        assert!((slot(0x1_0000) - slot(0x1F_0000)).abs() < 0.01 && slot(0x1_0000) > 200.0);
    }

    #[test]
    fn hostile_spans_stay_inside() {
        let spans = [span(u32::MAX - 1, u32::MAX), span(0, 0), span(5, u32::MAX)];
        let scale = Scale::new(spans.iter(), 16, 100.0);
        assert!((0..=100).contains(&(scale.x(u32::MAX) as i32)));
        assert!(shares(&[], 10.0).is_empty());
        assert_eq!(shares(&[1.0; 100], 100.0), vec![1.0; 100]);
    }
}
