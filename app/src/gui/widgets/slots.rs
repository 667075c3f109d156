//! The two slots: the picture by which every device is known, as a pair in a row.

use egui::{
    Align2, Color32, FontId, Painter, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};
use skylift_protocol::{Digest, Phase, Slot, SlotState, Status, ValidationState};

use crate::engine::printable;
use crate::gui::mark::{Grey, Look};
use crate::gui::theme::Tokens;

/// What a slot is at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotUse {
    /// Its image runs, and is kept.
    Runs,
    /// Its image runs on probation.
    OnProbation,
    /// It is being written.
    BeingWritten,
    /// Its image was rolled back, and never boots.
    Aborted,
    /// It holds another image.
    Holds,
    /// It holds no complete image.
    Empty,
    /// It is being erased ahead of its next update.
    BeingErased,
    /// It was erased ahead of its next update.
    Erased,
}

/// One slot of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotView {
    /// Its number.
    pub number: u8,
    /// What it is.
    pub slot_use: SlotUse,
    /// Project and version of its image.
    pub holds: Option<(String, String)>,
    /// The digest of its image.
    pub digest: Option<Digest>,
    /// Bytes it can hold.
    pub room: u32,
    /// Bytes of its image, or those written so far, if the device tells.
    pub used: Option<u32>,
    /// Bytes that were erased ahead of its next update, if any were.
    pub erased: Option<u32>,
    /// Where it begins in flash, if the device tells.
    pub offset: Option<u32>,
    /// Whether it boots next.
    pub boots_next: bool,
}

/// The slots of a device as it last told them. `updating` says that the other one is being written.
#[must_use]
pub fn slots_of(status: &Status, updating: bool) -> Vec<SlotView> {
    status
        .slots
        .iter()
        .map(|slot| {
            let runs = status.running.slot == Some(slot.slot);
            let slot_use = match (runs, slot.state) {
                (true, _) if status.validation.state == ValidationState::Pending => SlotUse::OnProbation,
                (true, _) => SlotUse::Runs,
                (false, _) if updating => SlotUse::BeingWritten,
                (false, Some(SlotState::Aborted | SlotState::Invalid)) => SlotUse::Aborted,
                (false, _) if slot.version.is_some() => SlotUse::Holds,
                (false, _) if erased(status, slot).is_none() => SlotUse::Empty,
                (false, _) if status.phase == Phase::Preparing => SlotUse::BeingErased,
                (false, _) => SlotUse::Erased,
            };
            let text =
                |text: &Option<skylift_protocol::Label>| text.as_deref().map_or_else(String::new, printable);
            SlotView {
                number: slot.slot,
                slot_use,
                holds: slot.version.as_ref().map(|_| (text(&slot.project), text(&slot.version))),
                digest: slot.image_sha256,
                room: slot.size,
                used: used(status, slot, slot_use),
                erased: erased(status, slot),
                offset: slot.offset,
                boots_next: status.boots_next == Some(slot.slot),
            }
        })
        .collect()
}

/// Bytes from its start that are erased ahead of an update, if the device tells of this slot.
fn erased(status: &Status, slot: &Slot) -> Option<u32> {
    let prepared = status.prepared.filter(|prepared| prepared.slot == slot.slot)?;
    Some(prepared.bytes.min(slot.size))
}

fn used(status: &Status, slot: &Slot, slot_use: SlotUse) -> Option<u32> {
    let bytes = match slot_use {
        SlotUse::BeingWritten => status.progress.as_ref().map(|progress| progress.written),
        SlotUse::Empty | SlotUse::BeingErased | SlotUse::Erased => Some(0),
        _ => slot.image_size,
    };
    // More than it can hold is nothing that could be drawn.
    bytes.filter(|bytes| *bytes <= slot.size)
}

impl SlotView {
    /// How much of it is used, from 0 to 1, if the device tells.
    #[must_use]
    pub fn share(&self) -> Option<f32> {
        Some(self.used? as f32 / self.room.max(1) as f32)
    }

    fn sentence(&self) -> String {
        let number = self.number;
        let version = self.holds.as_ref().map_or("an image", |(_, version)| version);
        match self.slot_use {
            SlotUse::Runs => format!("Slot {number} runs {version}"),
            SlotUse::OnProbation => format!("Slot {number} runs {version}, pending validation"),
            SlotUse::BeingWritten => format!("Slot {number} is being written"),
            SlotUse::Aborted => format!("Slot {number} holds {version}, aborted: it never boots"),
            SlotUse::Holds => format!("Slot {number} holds {version}"),
            SlotUse::Empty => format!("Slot {number} is empty"),
            SlotUse::BeingErased => format!("Slot {number} is being erased ahead of its next update"),
            SlotUse::Erased => format!("Slot {number} is erased ahead of its next update"),
        }
    }

    /// What it is, as a mark and words.
    #[must_use]
    pub const fn word(&self) -> (Look, &'static str) {
        match self.slot_use {
            SlotUse::Runs => (Look::Valid, "Running, valid"),
            SlotUse::OnProbation => (Look::Pending, "Running, pending validation"),
            SlotUse::BeingWritten => (Look::Updating, "Being written"),
            SlotUse::Aborted => (Look::RolledBack, "Aborted, never boots"),
            SlotUse::Holds => (Look::Grey(Grey::Waiting), "Not running"),
            SlotUse::Empty => (Look::Grey(Grey::Waiting), "Empty"),
            SlotUse::BeingErased => (Look::Updating, "Being erased ahead"),
            SlotUse::Erased => (Look::Grey(Grey::Waiting), "Erased ahead"),
        }
    }
}

/// Boxes of 20×16, one for each slot. A device that does not answer is drawn in grey.
pub fn slot_pair(ui: &mut Ui, slots: &[SlotView], offline: bool) -> Response {
    const BOX: egui::Vec2 = vec2(20.0, 16.0);
    const GAP: f32 = 2.0;
    let tokens = Tokens::of(ui);
    let count = slots.len() as f32;
    let width = count * BOX.x + (count - 1.0).max(0.0) * GAP;
    let (area, response) = ui.allocate_exact_size(vec2(width, BOX.y), Sense::hover());
    let mut left = area.left();
    for slot in slots {
        let place = Rect::from_min_size(pos2(left, area.top()), BOX);
        draw_box(ui.painter(), place, slot, offline, tokens);
        left += BOX.x + GAP;
    }
    let sentences = || slots.iter().map(SlotView::sentence).collect::<Vec<_>>().join(". ");
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, sentences()));
    response.on_hover_ui(|ui| {
        ui.label(sentences());
    })
}

fn draw_box(painter: &Painter, place: Rect, slot: &SlotView, offline: bool, tokens: &Tokens) {
    let clear = Color32::TRANSPARENT;
    let quiet = (clear, tokens.line2, tokens.t3, false);
    let (fill, outline, ink, dashed) = match slot.slot_use {
        SlotUse::Runs if offline => (clear, tokens.t3, tokens.t2, false),
        _ if offline => quiet,
        SlotUse::Runs => (tokens.valid.tint, tokens.valid.ink, tokens.valid.ink, false),
        SlotUse::OnProbation => (tokens.pending.tint, tokens.pending.ink, tokens.pending.ink, false),
        SlotUse::BeingWritten => (tokens.updating.tint, tokens.accent, tokens.accent, true),
        SlotUse::Aborted => (tokens.rolled_back.tint, tokens.rolled_back.ink, tokens.rolled_back.ink, true),
        SlotUse::Holds | SlotUse::Empty | SlotUse::BeingErased | SlotUse::Erased => quiet,
    };
    painter.rect_filled(place, 3.0, fill);
    if dashed {
        let corners = place.shrink(0.5);
        let path = [
            corners.left_top(),
            corners.right_top(),
            corners.right_bottom(),
            corners.left_bottom(),
            corners.left_top(),
        ];
        painter.extend(Shape::dashed_line(&path, Stroke::new(1.0, outline), 3.0, 2.0));
    } else {
        painter.rect_stroke(place, 3.0, Stroke::new(1.0, outline), StrokeKind::Inside);
    }
    let is_empty = matches!(slot.slot_use, SlotUse::Empty | SlotUse::BeingErased | SlotUse::Erased);
    let sign = if is_empty { "–".to_owned() } else { slot.number.to_string() };
    painter.text(place.center(), Align2::CENTER_CENTER, sign, FontId::monospace(11.0), ink);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::devices::sample::status;

    #[test]
    fn what_a_slot_holds_is_a_share_of_its_room() {
        let slots = slots_of(&status("lamp"), false);
        assert_eq!((slots[0].slot_use, slots[0].share()), (SlotUse::Runs, Some(0.5)));
        assert_eq!((slots[1].slot_use, slots[1].share()), (SlotUse::Empty, Some(0.0)));
        assert_eq!((slots[0].offset, slots[1].offset), (Some(0x1_0000), Some(0x1F_0000)));
    }

    #[test]
    fn what_was_erased_ahead_is_told_of_its_slot_alone() {
        let mut prepared = status("lamp");
        prepared.prepared = Some(skylift_protocol::Prepared { slot: 1, bytes: 0x8_0000 });
        let uses =
            |status: &Status| slots_of(status, false).iter().map(|slot| slot.slot_use).collect::<Vec<_>>();
        assert_eq!(uses(&prepared), [SlotUse::Runs, SlotUse::Erased]);
        let slots = slots_of(&prepared, false);
        assert_eq!((slots[0].erased, slots[1].erased), (None, Some(0x8_0000)));
        prepared.phase = Phase::Preparing;
        assert_eq!(uses(&prepared), [SlotUse::Runs, SlotUse::BeingErased]);
        // A slot holds no more than its size, whatever is said.
        prepared.prepared = Some(skylift_protocol::Prepared { slot: 1, bytes: u32::MAX });
        assert_eq!(slots_of(&prepared, false)[1].erased, Some(0x1E_0000));
    }

    #[test]
    fn what_is_not_told_or_cannot_be_is_not_known() {
        let mut old = status("lamp");
        old.slots[0].image_size = None;
        old.slots[0].offset = None;
        let slots = slots_of(&old, false);
        assert_eq!((slots[0].share(), slots[0].offset), (None, None));
        old.slots[0].image_size = Some(old.slots[0].size + 1);
        assert_eq!(slots_of(&old, false)[0].share(), None);
    }
}
