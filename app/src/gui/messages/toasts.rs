//! Toasts: what happened, at the bottom right, for a while.

use egui::{Align2, Area, CornerRadius, Frame, Id, Margin, Order, RichText, Stroke, Ui, vec2};

use super::{Action, Kept};
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::state::{self, State};
use crate::gui::style::CARD_RADIUS;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::icon_only;
use crate::gui::widgets::state::{icon_of, tone_of};
use crate::gui::widgets::text::{Tint, paragraph};

const WIDTH: f32 = 392.0;
/// Above the status bar.
const MARGIN: egui::Vec2 = vec2(-16.0, -44.0);

/// Draws the toasts of this moment over the page.
pub fn draw_toasts(ui: &mut Ui, state: &State, out: &mut Vec<state::Action>) {
    let toasts = state.messages.toasts(state.now.wall);
    if toasts.is_empty() {
        return;
    }
    Area::new(Id::unique("toasts")).order(Order::Foreground).anchor(Align2::RIGHT_BOTTOM, MARGIN).show(
        ui.ctx(),
        |ui| {
            ui.spacing_mut().item_spacing.y = 8.0;
            for toast in toasts.into_iter().rev() {
                draw_toast(ui, toast, out);
            }
        },
    );
    if let Some(left) = state.messages.next_change(state.now.wall) {
        ui.request_repaint_after(left);
    }
}

fn draw_toast(ui: &mut Ui, toast: &Kept, out: &mut Vec<state::Action>) {
    let tokens = Tokens::of(ui);
    let message = &toast.message;
    let shadow = ui.visuals().popup_shadow;
    Frame::new()
        .fill(tokens.bg2)
        .stroke(Stroke::new(1.0, tokens.line2))
        .corner_radius(CornerRadius::same(CARD_RADIUS))
        .shadow(shadow)
        .inner_margin(Margin { left: 14, right: 8, top: 8, bottom: 12 })
        .show(ui, |ui| {
            ui.set_width(WIDTH - 22.0);
            ui.horizontal_top(|ui| {
                let (icon, cut) = icon_of(message.look);
                let ink = tone_of(message.look, tokens).ink;
                ui.vertical(|ui| {
                    ui.add_space(5.0);
                    ui.label(RichText::new(icon).font(cut.font(16.0)).color(ink));
                });
                ui.vertical(|ui| {
                    ui.set_width(WIDTH - 90.0);
                    ui.add_space(5.0);
                    ui.spacing_mut().item_spacing.y = 2.0;
                    paragraph(ui, Face::Section, Tint::First, &message.title);
                    if !message.text.is_empty() {
                        paragraph(ui, Face::Small, Tint::Second, &message.text);
                    }
                });
                if icon_only(ui, icons::X, "Close message").clicked() {
                    out.push(state::Action::Messages(Action::CloseToast(toast.number)));
                }
            });
        });
}
