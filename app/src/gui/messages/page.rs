//! The messages page: everything that was said in this session, with its time.

use egui::{Align, Layout, ScrollArea, Ui};

use super::{Action, Kept};
use crate::gui::figures::clock;
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::shell::top_bar;
use crate::gui::state::{self, State};
use crate::gui::widgets::button::{icon_only, secondary};
use crate::gui::widgets::frame::{empty, hairline};
use crate::gui::widgets::state::{icon_of, tone_of};
use crate::gui::widgets::text::{Tint, icon, paragraph, say};

/// Draws the page.
pub fn draw(ui: &mut Ui, state: &State, out: &mut Vec<state::Action>) {
    top_bar(ui, "Messages", |ui| {
        if state.messages.all().len() > 0 && secondary(ui, icons::TRASH, "Clear messages") {
            out.push(state::Action::Messages(Action::Clear));
        }
    });
    egui::CentralPanel::default().show(ui, |ui| {
        if state.messages.all().len() == 0 {
            let sentence = "What goes wrong, and what was done about it, is listed here for as long as the window is open.";
            empty(ui, icons::BELL, "No messages", sentence, |_| ());
            return;
        }
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            for kept in state.messages.all() {
                draw_row(ui, kept);
                hairline(ui);
            }
        });
    });
}

fn draw_row(ui: &mut Ui, kept: &Kept) {
    let message = &kept.message;
    let (mark, cut) = icon_of(message.look);
    let ink = tone_of(message.look, crate::gui::theme::Tokens::of(ui)).ink;
    ui.horizontal_top(|ui| {
        say(ui, Face::Mono, Tint::Third, clock(kept.at));
        icon(ui, mark, cut, 16.0, ink);
        ui.with_layout(Layout::right_to_left(Align::TOP), |ui| {
            if icon_only(ui, icons::COPY_SIMPLE, "Copy message").clicked() {
                ui.copy_text(format!("{} {}\n{}", clock(kept.at), message.title, message.text));
            }
            ui.with_layout(Layout::top_down(Align::LEFT), |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                paragraph(ui, Face::Section, Tint::First, &message.title);
                if !message.text.is_empty() {
                    paragraph(ui, Face::Body, Tint::Second, &message.text);
                }
            });
        });
    });
}
