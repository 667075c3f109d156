//! One device in detail: what it is, what is in its slots, how its last update ended, and what can be done with it.

mod facts;
mod flash;
mod jaguar;
mod log;
mod menu;
mod protection;
mod remembered;
mod trouble;

use egui::{Align, Frame, Layout, Margin, Ui};

use super::keys::Panel;
use super::{Action, Row};
use crate::gui::figures::chip;
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::mark::Mark;
use crate::gui::shell::{is_narrow, page_margin};
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight, icon_only};
use crate::gui::widgets::frame::{ends, rule};
use crate::gui::widgets::state::pill;
use crate::gui::widgets::text::{Tint, copyable, say};

pub(super) use menu::menu;

/// Draws the details; `alone` where there is no table beside them.
pub(super) fn draw(ui: &mut Ui, state: &State, row: &Row, alone: bool, out: &mut Vec<Action>) {
    let place = ui.max_rect();
    let margin = page_margin(ui);
    ui.spacing_mut().item_spacing.y = 4.0;
    Frame::new().inner_margin(Margin { left: margin, right: margin, top: 14, bottom: 12 }).show(ui, |ui| {
        title(ui, state, row, (alone, place), out);
        ui.add_space(6.0);
        buttons(ui, state, row, (alone, place), out);
    });
    // Another device begins at its top.
    ui.push_id(&row.device.id, |ui| {
        scroll_all(ui, |ui| {
            trouble::draw(ui, state, row, out);
            inside(ui, |ui| sections(ui, state, row, out));
        });
    });
}

/// Bands reach from side to side, sections stand at the margin; both are scrolled together.
fn scroll_all(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        contents(ui);
    });
}

fn inside(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    Frame::new().inner_margin(Margin::symmetric(page_margin(ui), 16)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 6.0;
        ui.spacing_mut().interact_size.y = 24.0;
        contents(ui);
    });
}

/// A link in the line of the text around it; true if it was clicked.
fn inline_link(ui: &mut Ui, text: &str, why_not: Option<&str>) -> bool {
    ui.scope(|ui| {
        let widgets = &mut ui.visuals_mut().widgets;
        for look in [&mut widgets.inactive, &mut widgets.hovered] {
            look.weak_bg_fill = egui::Color32::TRANSPARENT;
            look.bg_stroke = egui::Stroke::NONE;
        }
        widgets.active.weak_bg_fill = egui::Color32::TRANSPARENT;
        ui.spacing_mut().button_padding = egui::Vec2::ZERO;
        let button = egui::Button::new(Face::Name.text(text).color(Tokens::of(ui).accent));
        let response = ui.add_enabled(why_not.is_none(), button.min_size(egui::vec2(0.0, 22.0)));
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, why_not.is_none(), text));
        let clicked = response.clicked();
        if let Some(why_not) = why_not {
            response.on_disabled_hover_text(why_not);
        }
        clicked
    })
    .inner
}

fn sections(ui: &mut Ui, state: &State, row: &Row, out: &mut Vec<Action>) {
    if let Some(facts) = row.device.family.jaguar() {
        return jaguar::draw(ui, state, row, facts, out);
    }
    match &row.device.status {
        Some(status) => {
            flash::draw(ui, row, status, out);
            rule(ui);
            protection::draw(ui, state, row, status, out);
            rule(ui);
            facts::draw(ui, state, row, status, out);
        }
        None => remembered::draw(ui, state, row, out),
    }
    rule(ui);
    log::draw(ui, state, row, out);
}

fn title(ui: &mut Ui, state: &State, row: &Row, (alone, place): (bool, egui::Rect), out: &mut Vec<Action>) {
    let device = &row.device;
    let (mark, name) =
        if alone { (icons::ARROW_LEFT, "Back to all devices") } else { (icons::X, "Close details") };
    let words = row.mark.words(state.now.steady);
    if let Mark::Pending(Some(deadline)) = row.mark {
        super::table::tick_down(ui, deadline.saturating_duration_since(state.now.steady));
    }
    let closed = if alone {
        ui.horizontal(|ui| {
            let back = icon_only(ui, mark, name);
            Panel::Detail.begins_with(&back, place);
            say(ui, Face::Title, Tint::First, device.label());
            pill(ui, row.mark.look(), &words);
            back.clicked()
        })
        .inner
    } else {
        let close = |ui: &mut Ui| icon_only(ui, mark, name).clicked();
        ends(ui, 30.0, close, |ui| name_and_state(ui, row, &words))
    };
    if closed {
        out.push(Action::CloseDetail);
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 18.0;
        ui.spacing_mut().item_spacing.x = 4.0;
        say(ui, Face::Small, Tint::Third, format!("{}, at", chip(device.chip)));
        let address = device.address.to_string();
        copyable(ui, "address", &address, &address);
    });
}

/// A long name gives way: the state is whole.
fn name_and_state(ui: &mut Ui, row: &Row, words: &str) {
    let needed = {
        let text = words.to_owned();
        let ink = egui::Color32::PLACEHOLDER;
        ui.painter().layout_no_wrap(text, Face::Name.font(), ink).size().x + 22.0 + 16.0 + 8.0
    };
    let room = (ui.available_width() - needed).max(40.0);
    ui.scope(|ui| {
        ui.set_max_width(room);
        say(ui, Face::Title, Tint::First, row.device.label());
    });
    ui.spacing_mut().interact_size.y = 18.0;
    pill(ui, row.mark.look(), words);
}

fn buttons(ui: &mut Ui, state: &State, row: &Row, (alone, place): (bool, egui::Rect), out: &mut Vec<Action>) {
    let id = &row.device.id;
    let busy = row.is_busy().then_some("It is being updated");
    ui.horizontal(|ui| {
        let update = Press::new(Weight::Primary, "Update…").icon(icons::ARROW_CIRCLE_UP);
        let update = update.refused(busy.or(row.closed())).hint("U").show(ui);
        if !alone {
            Panel::Detail.begins_with(&update, place);
        }
        if update.clicked() {
            out.push(Action::Update(vec![id.clone()]));
        }
        if row.is_jaguar() {
            jaguar::make(ui, row, out);
        } else {
            own_orders(ui, row, out);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let more = icon_only(ui, icons::DOTS_THREE, "More for this device");
            egui::Popup::menu(&more).show(|ui| menu(ui, state, row, out));
        });
    });
}

/// What Skylift's own firmware does when it is told.
fn own_orders(ui: &mut Ui, row: &Row, out: &mut Vec<Action>) {
    let id = &row.device.id;
    let offline = row.deaf();
    let busy = row.is_busy().then_some("It is being updated");
    let identify = Press::new(Weight::Secondary, "Identify").icon(icons::LIGHTBULB);
    if identify.refused(offline).hint("I").clicked(ui) {
        out.push(Action::Identify(id.clone()));
    }
    let reboot = Press::new(Weight::Secondary, "Restart…").icon(icons::ARROW_CLOCKWISE);
    if !is_narrow(ui) && reboot.refused(offline.or(busy)).hint("R").clicked(ui) {
        out.push(Action::Reboot(id.clone()));
    }
}
