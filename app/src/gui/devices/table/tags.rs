//! Tags as small pills behind a name: as many as there is room for, and how many more there are.

use egui::{CornerRadius, Frame, Margin, Response, Role, Sense, Ui, WidgetInfo, vec2};

use crate::gui::fonts::Face;
use crate::gui::theme::Tokens;

/// Left and right of a tag's text.
const MARGIN: i8 = 6;
const GAP: f32 = 4.0;
const HEIGHT: f32 = 20.0;
/// Between the last one and the next column.
const END: f32 = 8.0;

/// A tag.
pub(in crate::gui::devices) fn pill<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> R {
    Frame::new()
        .fill(Tokens::of(ui).bg3)
        .corner_radius(CornerRadius::same(4))
        .inner_margin(Margin::symmetric(MARGIN, 1))
        .show(ui, contents)
        .inner
}

/// Draws them into what is left of the line.
pub(super) fn tags(ui: &mut Ui, tags: &[String]) {
    if tags.is_empty() {
        return;
    }
    ui.spacing_mut().item_spacing.x = GAP;
    let fit = how_many_fit(ui, tags);
    tags.iter().take(fit).for_each(|tag| drop(word(ui, tag)));
    if fit < tags.len() {
        let more = format!("+{}", tags.len() - fit);
        word(ui, &more).on_hover_text(tags.join(", "));
    }
}

/// Painted by hand: a cell centres what it holds, and would stretch a frame to its height.
fn word(ui: &mut Ui, text: &str) -> Response {
    let tokens = Tokens::of(ui);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), Face::Small.font(), tokens.t2);
    let size = vec2(galley.size().x + 2.0 * f32::from(MARGIN), HEIGHT);
    let (place, response) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect_filled(place, 4.0, tokens.bg3);
    ui.painter().galley(place.center() - galley.size() / 2.0, galley, tokens.t2);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Tag {text}")));
    response
}

fn how_many_fit(ui: &Ui, tags: &[String]) -> usize {
    let room = ui.available_width() - END;
    let more = width(ui, "+9") + GAP;
    let mut used = 0.0;
    for (place, tag) in tags.iter().enumerate() {
        used += width(ui, tag) + GAP;
        let rest = if place + 1 < tags.len() { more } else { 0.0 };
        if used + rest > room {
            return place;
        }
    }
    tags.len()
}

fn width(ui: &Ui, text: &str) -> f32 {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), Face::Small.font(), Tokens::of(ui).t2);
    galley.size().x + 2.0 * f32::from(MARGIN)
}
