//! The list of ports.

use egui::{Align, Frame, Layout, Margin, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, vec2};

use super::super::words::{Standing, standing};
use super::super::{Action, Bench};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::shell::is_narrow;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::link;
use crate::gui::widgets::frame::ends;
use crate::gui::widgets::state::{marked, state_mark};
use crate::gui::widgets::text::{Tint, say};

const ROW: f32 = 76.0;

/// Draws it.
pub(super) fn draw(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let view = &state.usb;
    let count = match view.ports.len() {
        1 => "1 port".to_owned(),
        many => format!("{many} ports"),
    };
    Frame::new().inner_margin(Margin { left: 20, right: 16, top: 10, bottom: 0 }).show(ui, |ui| {
        let remark = |ui: &mut Ui| drop(say(ui, Face::Small, Tint::Third, count));
        ends(ui, 24.0, remark, |ui| drop(say(ui, Face::Section, Tint::First, "Boards")));
    });
    ScrollArea::vertical().id_salt("ports").auto_shrink(false).show(ui, |ui| {
        Frame::new().inner_margin(Margin::symmetric(10, 4)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            for bench in &view.ports {
                row(ui, bench, view.open.as_deref() == Some(bench.path()) && !view.backups.open, out);
            }
        });
    });
}

fn row(ui: &mut Ui, bench: &Bench, active: bool, out: &mut Vec<Action>) {
    let tokens = Tokens::of(ui);
    let (place, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let fill = match (active, response.hovered()) {
        (true, _) => tokens.sel,
        (false, true) => tokens.bg2,
        (false, false) => egui::Color32::TRANSPARENT,
    };
    let ring = if response.has_focus() { egui::Stroke::new(2.0, tokens.accent) } else { egui::Stroke::NONE };
    ui.painter().rect(place, 6.0, fill, ring, egui::StrokeKind::Inside);
    let inside = place.shrink2(vec2(10.0, 8.0));
    let mut ui = ui.new_child(UiBuilder::new().max_rect(inside).layout(Layout::top_down(Align::Min)));
    let ui = &mut ui;
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.spacing_mut().interact_size.y = 18.0;
    let name = title(bench);
    say(ui, Face::Name, Tint::First, &name);
    say(ui, Face::MonoSmall, Tint::Third, bench.path());
    ui.add_space(2.0);
    let standing = standing(bench);
    state_line(ui, bench, &standing, out);
    let words = match &standing {
        Standing::Marked(_, words) => words.as_str(),
        Standing::Locked => "No permission",
    };
    let text = format!("{name}, {}, {words}", bench.path());
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, active, &text));
    if response.clicked() {
        out.push(Action::Open(bench.path().to_owned()));
        close_backups(active, out);
    }
}

/// Whoever chooses a board wants to see it, and not the backups over it.
fn close_backups(active: bool, out: &mut Vec<Action>) {
    if !active {
        out.push(Action::Backups(super::BackupAction::Close));
    }
}

/// The name that Skylift has given it, if there is one.
fn title(bench: &Bench) -> String {
    match bench.board.as_ref().and_then(|board| board.owner_name()) {
        Some(name) => format!("{name}, {}", bench.name()),
        None => bench.name(),
    }
}

fn state_line(ui: &mut Ui, bench: &Bench, standing: &Standing, out: &mut Vec<Action>) {
    let tokens = Tokens::of(ui);
    let fix = |ui: &mut Ui| {
        // Without room for it, the row itself leads there.
        let can_be_fixed = matches!(standing, Standing::Locked) && !is_narrow(ui);
        can_be_fixed && ui.push_id(bench.path(), |ui| link(ui, "Show fix")).inner
    };
    let wants_fix = ends(ui, 20.0, fix, |ui| match standing {
        Standing::Marked(look, words) => drop(state_mark(ui, *look, words)),
        Standing::Locked => drop(marked(ui, (icons::LOCK_KEY, Cut::Fill), tokens.open.ink, "No permission")),
    });
    if wants_fix {
        out.push(Action::Open(bench.path().to_owned()));
        close_backups(false, out);
    }
}
