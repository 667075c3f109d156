//! The keyboard of the devices page: letters and arrows for the table, and the way from panel to panel.

use egui::{Context, EventFilter, Id as WidgetId, Key, Modifiers, Rect, Response, Sense, Ui};
use skylift_protocol::Id;

use super::Action;
use crate::gui::state::State;

/// What F6 goes round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Panel {
    /// The search above the table.
    Search,
    /// The table.
    Table,
    /// The details.
    Detail,
}

impl Panel {
    const ALL: [Self; 3] = [Self::Search, Self::Table, Self::Detail];

    fn memory(self) -> WidgetId {
        WidgetId::unique(match self {
            Self::Search => "devices, search",
            Self::Table => "devices, table",
            Self::Detail => "devices, details",
        })
    }

    /// Remembers where a panel is, and the widget it begins with, for as long as it is drawn.
    pub(super) fn begins_with(self, first: &Response, place: Rect) {
        let (id, pass) = (first.id, first.ctx.cumulative_pass_nr());
        first.ctx.data_mut(|data| data.insert_temp(self.memory(), (id, place, pass)));
    }

    fn drawn(self, ui: &Ui) -> Option<(Self, WidgetId, Rect)> {
        let (id, place, pass) = ui.data(|data| data.get_temp::<(WidgetId, Rect, u64)>(self.memory()))?;
        (pass + 1 >= ui.cumulative_pass_nr()).then_some((self, id, place))
    }
}

/// The table as one thing that has the focus: arrows move inside of it, Tab leads on.
pub(super) fn table(ui: &Ui, place: Rect) {
    let id = WidgetId::unique("table of devices");
    let response = ui.interact(place, id, Sense::focusable_noninteractive());
    let filter = EventFilter { tab: false, horizontal_arrows: true, vertical_arrows: true, escape: true };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Table, true, "Devices"));
    Panel::Table.begins_with(&response, place);
}

/// Whether keys go to the table, because it has the focus.
pub(super) fn table_has_focus(ui: &Ui) -> bool {
    ui.memory(|memory| memory.has_focus(WidgetId::unique("table of devices")))
}

/// Gives it the focus.
pub(super) fn focus_table(ctx: &Context) {
    ctx.memory_mut(|memory| memory.request_focus(WidgetId::unique("table of devices")));
}

/// Takes the keys.
pub(super) fn keys(ui: &Ui, state: &State, out: &mut Vec<Action>) {
    if state.dialog.is_some() {
        return;
    }
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    if pressed(Modifiers::NONE, Key::F6) {
        next_panel(ui);
    }
    if pressed(Modifiers::NONE, Key::F5) {
        out.push(Action::SearchAgain);
    }
    if pressed(Modifiers::COMMAND, Key::U) {
        out.push(Action::Update(Vec::new()));
    }
    // Whatever else has the focus gets the other keys.
    if ui.egui_wants_keyboard_input() && !table_has_focus(ui) {
        return;
    }
    if pressed(Modifiers::COMMAND, Key::A) {
        out.push(Action::TickAll);
    }
    if pressed(Modifiers::NONE, Key::Escape) {
        out.push(escape(state));
    }
    steps(ui, out);
    if let Some(id) = &state.devices.ticks.cursor {
        let jaguar = state.devices.rows.row(id).is_some_and(|row| row.is_jaguar());
        on_cursor(ui, id, jaguar, out);
    }
}

/// Closes what is open, or else shows everything again.
fn escape(state: &State) -> Action {
    if state.devices.open.is_some() { Action::CloseDetail } else { Action::Search(String::new()) }
}

fn steps(ui: &Ui, out: &mut Vec<Action>) {
    let steps = [
        (Key::ArrowDown, 1),
        (Key::ArrowUp, -1),
        (Key::PageDown, 10),
        (Key::PageUp, -10),
        (Key::Home, -i32::MAX),
        (Key::End, i32::MAX),
    ];
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    for (key, by) in steps {
        // With Shift first: without, it would count as well.
        if pressed(Modifiers::SHIFT, key) {
            out.push(Action::Extend(by));
        } else if pressed(Modifiers::NONE, key) {
            out.push(Action::Move(by));
        }
    }
}

/// What is done with the device that a key means.
type OfDevice = fn(Id) -> Action;

fn on_cursor(ui: &Ui, id: &Id, jaguar: bool, out: &mut Vec<Action>) {
    let keys: [(Key, OfDevice); 6] = [
        (Key::Space, Action::Tick),
        (Key::Enter, Action::Open),
        (Key::U, |id| Action::Update(vec![id])),
        (Key::I, Action::Identify),
        (Key::R, Action::Reboot),
        (Key::Delete, Action::Forget),
    ];
    for (key, action) in keys {
        // Jaguar neither blinks nor restarts when it is told.
        let known = !jaguar || !matches!(key, Key::I | Key::R);
        if known && ui.input_mut(|input| input.consume_key(Modifiers::NONE, key)) {
            out.push(action(id.clone()));
        }
    }
}

/// From the panel that has the focus to the next one that is drawn; to the table, if none has.
fn next_panel(ui: &Ui) {
    let drawn: Vec<_> = Panel::ALL.into_iter().filter_map(|panel| panel.drawn(ui)).collect();
    let place_of = |wanted| drawn.iter().position(|(panel, ..)| *panel == wanted);
    let focused = ui.memory(|memory| memory.focused()).and_then(|id| ui.read_response(id));
    let at = focused.and_then(|focused| {
        let center = focused.rect.center();
        drawn.iter().position(|(_, first, place)| *first == focused.id || place.contains(center))
    });
    let next = at.map_or_else(|| place_of(Panel::Table).unwrap_or(0), |at| (at + 1) % drawn.len().max(1));
    if let Some((_, first, _)) = drawn.get(next) {
        ui.memory_mut(|memory| memory.request_focus(*first));
    }
}
