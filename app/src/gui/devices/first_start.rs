//! What the devices page shows before there is a device: three ways to begin.

use egui::{Align, Layout, RichText, Ui, vec2};

use super::Action;
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight};
use crate::gui::widgets::frame::{card, hairline};
use crate::gui::widgets::text::{Tint, icon, paragraph, say};

const CARD: egui::Vec2 = vec2(300.0, 296.0);
/// The three still stand side by side, so that all of them are in sight.
const NARROW_CARD: egui::Vec2 = vec2(252.0, 316.0);
const GAP: f32 = 20.0;

struct Way<'a> {
    icon: &'a str,
    title: &'a str,
    text: &'a str,
    note: (&'a str, String),
}

/// Draws it.
pub(super) fn draw(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let across = |card: egui::Vec2| (card.x + GAP) * 3.0 - GAP;
    let room = ui.available_width();
    let card = if room >= across(CARD) { CARD } else { NARROW_CARD };
    let columns = if room >= across(card) { 3.0 } else { 1.0 };
    let width = (card.x + GAP) * columns - GAP;
    let left = ((ui.available_width() - width) / 2.0).max(0.0);
    egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let above = if card == CARD { ui.available_height() * 0.22 - 40.0 } else { 0.0 };
        ui.add_space(above.max(8.0));
        ui.horizontal_top(|ui| {
            ui.add_space(left);
            ui.vertical(|ui| {
                ui.set_width(width.min(ui.available_width()));
                say(ui, Face::Display, Tint::First, "Start with one device");
                paragraph(
                    ui,
                    Face::Lead,
                    Tint::Second,
                    "Flash it once by cable, then update it over WiFi. The old firmware stays in place until the new one has proved itself.",
                );
                ui.add_space(16.0);
                ways(ui, card, columns > 1.0, state, out);
                ui.add_space(16.0);
                promises(ui);
            });
        });
    });
}

fn ways(ui: &mut Ui, card: egui::Vec2, across: bool, state: &State, out: &mut Vec<Action>) {
    let layout = if across { Layout::left_to_right(Align::TOP) } else { Layout::top_down(Align::Min) };
    ui.with_layout(layout, |ui| {
        ui.spacing_mut().item_spacing = vec2(GAP, GAP);
        way(ui, card, &by_cable(state), |ui| {
            if Press::new(Weight::Secondary, "Open USB").clicked(ui) {
                out.push(Action::OpenUsb);
            }
        });
        way(ui, card, &by_address(state), |ui| {
            if Press::new(Weight::Secondary, "Add by address…").clicked(ui) {
                out.push(Action::Add);
            }
        });
        way(ui, card, &simulated(), |ui| {
            let why_not = state.devices.expects_simulated.then_some("It is being switched on");
            let press = Press::new(Weight::Primary, "Start a simulated device").icon(icons::PLAY);
            if press.refused(why_not).clicked(ui) {
                out.push(Action::Simulate);
            }
        });
    });
}

fn by_cable(state: &State) -> Way<'static> {
    let note = match state.usb.ports.len() {
        0 => (icons::PLUGS, "No board on USB yet. It appears there as soon as you plug one in.".to_owned()),
        1 => (icons::PLUGS, "1 port is there.".to_owned()),
        many => (icons::PLUGS, format!("{many} ports are there.")),
    };
    Way {
        icon: icons::USB,
        title: "Plug in a board",
        text: "Skylift finds the chip, writes its firmware, gives it a name and your WiFi, and pairs it with this computer.",
        note,
    }
}

fn by_address(state: &State) -> Way<'static> {
    let note = match &state.engine.discovery_trouble {
        Some(trouble) => (icons::WARNING_OCTAGON, format!("The search has trouble: {trouble}")),
        None => (
            icons::MAGNIFYING_GLASS,
            "Searching the local network. A device that runs Skylift appears by itself.".to_owned(),
        ),
    };
    Way {
        icon: icons::GLOBE_SIMPLE,
        title: "Add by address",
        text: "For a device that runs Skylift in another network, or where the search is blocked.",
        note,
    }
}

fn simulated() -> Way<'static> {
    Way {
        icon: icons::FLASK,
        title: "Start a simulated device",
        text: "No hardware needed. It runs the same updater code as a chip, on emulated flash, and can fail in every way a \
               chip can.",
        note: (icons::INFO, "Runs on this computer only. Stop it any time.".to_owned()),
    }
}

fn way(ui: &mut Ui, size: egui::Vec2, way: &Way<'_>, button: impl FnOnce(&mut Ui)) {
    let tokens = Tokens::of(ui);
    ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
        card(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
            ui.set_min_size(size - vec2(34.0, 34.0));
            ui.set_max_width(size.x - 34.0);
            egui::Frame::new().fill(tokens.bg3).corner_radius(6).inner_margin(8).show(ui, |ui| {
                ui.label(RichText::new(way.icon).font(Cut::Regular.font(20.0)).color(tokens.accent));
            });
            ui.add_space(6.0);
            ui.label(Face::Section.text(way.title).size(15.0).color(tokens.t1));
            paragraph(ui, Face::Body, Tint::Second, way.text);
            ui.with_layout(Layout::bottom_up(Align::Min), |ui| {
                ui.allocate_ui_with_layout(
                    vec2(ui.available_width(), if size == CARD { 34.0 } else { 50.0 }),
                    Layout::left_to_right(Align::TOP),
                    |ui| {
                        icon(ui, way.note.0, Cut::Regular, 14.0, tokens.t3);
                        paragraph(ui, Face::Small, Tint::Third, &way.note.1);
                    },
                );
                ui.add_space(4.0);
                hairline(ui);
                ui.add_space(8.0);
                button(ui);
            });
        });
    });
}

fn promises(ui: &mut Ui) {
    let ink = Tokens::of(ui).t3;
    ui.horizontal_wrapped(|ui| {
        for (mark, text) in [
            (icons::SHIELD_CHECK, "A power cut never leaves a device without firmware"),
            (icons::ARROW_U_UP_LEFT, "A bad update rolls back by itself and says why"),
        ] {
            icon(ui, mark, Cut::Regular, 16.0, ink);
            ui.label(Face::Body.text(text).color(ink));
            ui.add_space(20.0);
        }
    });
}
