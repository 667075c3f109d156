//! Files that are dropped onto the window: which device they are meant for.

use egui::{Align2, Context, Id as WidgetId, Order, Rect};
use skylift_protocol::Id;

use crate::gui::fonts::Face;
use crate::gui::page::Page;
use crate::gui::state::State;
use crate::gui::theme::Tokens;

/// The rows and the details that were drawn last, by which the place of a drop is judged.
fn memory() -> WidgetId {
    WidgetId::unique("devices under a drop")
}

/// Forgets where things were drawn: a new picture begins.
pub(super) fn begin(ctx: &Context) {
    ctx.data_mut(|data| data.insert_temp(memory(), Vec::<(Rect, Id)>::new()));
}

/// Remembers where a device is drawn.
pub(super) fn note(ctx: &Context, place: Rect, device: &Id) {
    ctx.data_mut(|data| {
        data.get_temp_mut_or_default::<Vec<(Rect, Id)>>(memory()).push((place, device.clone()));
    });
}

/// The device that a file dropped now is for: the one under the pointer; or, where the system does not say where the
/// pointer is, the one whose details are open.
#[must_use]
pub fn target(ctx: &Context, state: &State) -> Option<Id> {
    if state.page != Page::Devices || state.dialog.is_some() {
        return None;
    }
    let Some(pointer) = ctx.input(|input| input.pointer.latest_pos()) else {
        return state.devices.open.clone();
    };
    let places: Vec<(Rect, Id)> = ctx.data(|data| data.get_temp(memory())).unwrap_or_default();
    places.into_iter().find(|(place, _)| place.contains(pointer)).map(|(_, id)| id)
}

/// While a file hovers over the window: what dropping it will do.
pub(super) fn hint(ctx: &Context, state: &State, tokens: &Tokens) {
    if ctx.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let device =
        target(ctx, state).and_then(|id| state.engine.device(&id).map(|device| device.label().to_owned()));
    let text = device.map_or_else(
        || "Drop it to add it to the library".to_owned(),
        |name| format!("Drop it to update {name}"),
    );
    egui::Area::new(WidgetId::unique("drop hint"))
        .order(Order::Tooltip)
        .anchor(Align2::CENTER_BOTTOM, egui::vec2(0.0, -60.0))
        .interactable(false)
        .show(ctx, |ui| {
            egui::Frame::popup(ui.style()).inner_margin(12).show(ui, |ui| {
                ui.label(Face::Section.text(text).color(tokens.t1));
            });
        });
}
