//! The devices page as a whole: top bar, filters, table, details.

use egui::{
    CentralPanel, CursorIcon, EventFilter, Frame, Key, Margin, Modifiers, Panel, Rect, Role, Sense, Stroke,
    Ui, WidgetInfo, pos2,
};

use super::keys::{Panel as Place, keys};
use super::{Action, Filter, Row, absent, detail, drop, first_start, table};
use crate::gui::icons;
use crate::gui::shell::{Side, edge, filter_row, is_narrow, top_bar};
use crate::gui::state::{self, State};
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight, link};
use crate::gui::widgets::field::{chip, search_field};
use crate::gui::widgets::frame::empty;

/// Below this width the details take the place of the table.
const ONE_COLUMN: f32 = 760.0;
/// The details are never narrower, in points.
const LEAST: f32 = 320.0;

/// Draws the page.
pub fn draw(ui: &mut Ui, state: &State, out: &mut Vec<state::Action>) {
    let mut actions = Vec::new();
    drop::begin(ui.ctx());
    keys(ui, state, &mut actions);
    if state.devices.rows.total() == 0 {
        top_bar(ui, "Devices", |_| ());
        CentralPanel::default().show(ui, |ui| first_start::draw(ui, state, &mut actions));
    } else {
        contents(ui, state, &mut actions);
    }
    drop::hint(ui.ctx(), state, Tokens::of(ui));
    out.extend(actions.into_iter().map(state::Action::Devices));
}

fn contents(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let open = state.devices.open.as_ref().and_then(|id| state.devices.rows.row(id));
    let one_column = ui.content_rect().width() < ONE_COLUMN;
    match open {
        Some(row) if one_column => {
            let frame = Frame::new().fill(Tokens::of(ui).bg1);
            CentralPanel::default().frame(frame).show(ui, |ui| details(ui, state, row, true, out));
        }
        open => {
            head(ui, state, out);
            absent::draw(ui, state, out);
            if let Some(row) = open {
                beside(ui, state, row, out);
            }
            list(ui, state, out);
        }
    }
}

/// The details at the right of the table, as wide as the user made them.
fn beside(ui: &mut Ui, state: &State, row: &Row, out: &mut Vec<Action>) {
    let usual = if is_narrow(ui) { 336.0 } else { 416.0 };
    let most = (ui.available_width() - 360.0).clamp(LEAST, 560.0);
    let width = state.devices.detail_width.unwrap_or(usual).clamp(LEAST, most);
    Panel::right("device")
        .exact_size(width)
        .resizable(false)
        .show_separator_line(false)
        .frame(Frame::new().fill(Tokens::of(ui).bg1))
        .show(ui, |ui| {
            edge(ui, Side::Left);
            let place = ui.max_rect();
            details(ui, state, row, false, out);
            let wider = handle(ui, place);
            if wider != 0.0 {
                out.push(Action::DetailWidth((width + wider).clamp(LEAST, most)));
            }
        });
}

/// The edge by which the details are made wider, also with arrows; by how many points.
fn handle(ui: &Ui, panel: Rect) -> f32 {
    const STEP: f32 = 16.0;
    let grip = Rect::from_min_max(panel.left_top(), pos2(panel.left() + 5.0, panel.bottom()));
    let response = ui.interact(grip, ui.scope_id().with("edge"), Sense::drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, "Width of the details"));
    let arrows = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    let ink = if response.has_focus() { Tokens::of(ui).accent } else { Tokens::of(ui).ctl };
    if response.hovered() || response.dragged() || response.has_focus() {
        ui.set_cursor_icon(CursorIcon::ResizeHorizontal);
        ui.painter().vline(panel.left() + 1.0, panel.y_range(), Stroke::new(2.0, ink));
    }
    let pressed = |key| response.has_focus() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    match (pressed(Key::ArrowLeft), pressed(Key::ArrowRight)) {
        (true, false) => STEP,
        (false, true) => -STEP,
        _ => -response.drag_delta().x,
    }
}

fn details(ui: &mut Ui, state: &State, row: &Row, alone: bool, out: &mut Vec<Action>) {
    drop::note(ui.ctx(), ui.max_rect(), &row.device.id);
    detail::draw(ui, state, row, alone, out);
}

fn head(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    top_bar(ui, "Devices", |ui| {
        update_button(ui, state, out);
        if Press::new(Weight::Secondary, "Add device…").icon(icons::PLUS).hint("Ctrl N").clicked(ui) {
            out.push(Action::Add);
        }
        let simulate = Press::new(Weight::Secondary, "Simulate one").icon(icons::FLASK);
        let why_not = state.devices.expects_simulated.then_some("One is being switched on");
        if !is_narrow(ui) && simulate.refused(why_not).clicked(ui) {
            out.push(Action::Simulate);
        }
        let mut search = state.devices.search.clone();
        let width = if is_narrow(ui) { 180.0 } else { 240.0 };
        let field = search_field(ui, "Find a device", &mut search, width);
        Place::Search.begins_with(&field, field.rect);
        if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::F)) {
            field.request_focus();
        }
        if search != state.devices.search {
            out.push(Action::Search(search));
        }
    });
    filter_row(ui, |ui| {
        for filter in Filter::ALL {
            let name = if is_narrow(ui) && filter == Filter::Attention { "Attention" } else { filter.name() };
            if chip(ui, state.devices.filter == filter, name, Some(state.devices.rows.count(filter))) {
                out.push(Action::Filter(filter));
            }
        }
    });
}

/// What a click on it updates is on the button itself.
fn update_button(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let ticked = state.devices.ticks.on.len();
    let batch = state.devices.rows.batch();
    let outdated = batch.devices.len();
    let (text, hint) = match (ticked, outdated) {
        (0, 0) => ("Update…".to_owned(), String::new()),
        (0, count) if batch.others == 0 => {
            (format!("Update {count} outdated…"), format!("To {}, Ctrl U", batch.name))
        }
        (0, count) => (
            format!("Update {count} outdated…"),
            format!("To {}, Ctrl U. {} more wait for other images.", batch.name, batch.others),
        ),
        (count, _) => (format!("Update {count}…"), "Ctrl U".to_owned()),
    };
    let why_not = (ticked == 0 && outdated == 0).then_some("Tick the devices to be updated first");
    let press = Press::new(Weight::Primary, &text).icon(icons::ARROW_CIRCLE_UP);
    if press.refused(why_not).hint(&hint).clicked(ui) {
        out.push(Action::Update(Vec::new()));
    }
}

fn list(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let frame = Frame::new().fill(Tokens::of(ui).bg1).inner_margin(Margin::ZERO);
    CentralPanel::default().frame(frame).show(ui, |ui| {
        if state.devices.rows.shown().is_empty() {
            nothing_found(ui, state, out);
        } else {
            table::draw(ui, state, out);
        }
    });
}

fn nothing_found(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let view = &state.devices;
    let hidden = view.rows.total();
    let devices = if hidden == 1 { "1 device is" } else { &format!("{hidden} devices are") };
    if view.search.trim().is_empty() {
        let title = format!("No device under “{}”", view.filter.name());
        empty(ui, icons::MAGNIFYING_GLASS, &title, &format!("{devices} hidden by the filter."), |ui| {
            if link(ui, "Show all") {
                out.push(Action::Filter(Filter::All));
            }
        });
    } else {
        let title = format!("No device matches “{}”", view.search.trim());
        empty(ui, icons::MAGNIFYING_GLASS, &title, &format!("{devices} hidden by the search."), |ui| {
            if link(ui, "Clear search") {
                out.push(Action::Search(String::new()));
            }
        });
    }
}
