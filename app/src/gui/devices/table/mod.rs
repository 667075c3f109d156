//! The table of devices: only the rows in sight are drawn.

mod cells;
mod tags;

use egui::{Align, Layout, Sense, Ui, vec2};
use egui_extras::{Column as Width, TableBuilder, TableRow};

use super::keys::{focus_table, table as focusable, table_has_focus};
use super::sort::{Column, SortBy};
use super::{Action, Row, View, detail, drop};
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::field::{Tick, tick_box};

pub(super) use cells::{seen_words, tick_down};
pub(super) use tags::pill;

const HEAD: f32 = 30.0;
const ROW: f32 = 36.0;
/// Below this width names take what is left, and versions are in the details.
const NO_FIRMWARE: f32 = 430.0;

/// What a column shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Tick,
    State,
    Name,
    Chip,
    Firmware,
    Slots,
    Protection,
    Access,
    Signal,
    Seen,
}

impl Cell {
    /// Its head, and what a click on that sorts by.
    const fn head(self) -> (&'static str, Option<Column>) {
        match self {
            Self::Tick => ("", None),
            Self::State => ("State", Some(Column::State)),
            Self::Name => ("Name", Some(Column::Name)),
            Self::Chip => ("Chip", Some(Column::Chip)),
            Self::Firmware => ("Firmware", Some(Column::Firmware)),
            Self::Slots => ("Slots", None),
            Self::Protection => ("Protection", None),
            Self::Access => ("Access", None),
            Self::Signal => ("Signal", Some(Column::Signal)),
            Self::Seen => ("Seen", Some(Column::Seen)),
        }
    }

    /// The room its longest text needs, in a table of this width.
    fn width(self, table: f32) -> Width {
        Width::exact(match self {
            Self::Tick => 44.0,
            Self::State if is_short(table) => 140.0,
            Self::State => 184.0,
            // Names have their tags behind them where there is room for that.
            Self::Name if table < NO_FIRMWARE => return Width::remainder(),
            Self::Name if is_short(table) => 128.0,
            Self::Name => ((table - others(table)) * 0.45).clamp(136.0, 340.0),
            Self::Chip => 84.0,
            Self::Firmware => return Width::remainder(),
            Self::Slots => 62.0,
            Self::Protection => 88.0,
            Self::Access => 124.0,
            Self::Signal => 66.0,
            Self::Seen => 80.0,
        })
    }

    const fn is_figure(self) -> bool {
        matches!(self, Self::Seen)
    }
}

/// So narrow that words of state are cut short.
fn is_short(table: f32) -> bool {
    table < 640.0
}

/// What the columns take that are neither names nor firmware.
fn others(table: f32) -> f32 {
    match table {
        ..780.0 => 290.0,
        ..980.0 => 454.0,
        _ => 732.0,
    }
}

/// What there is room for.
fn cells(table: f32) -> &'static [Cell] {
    use Cell::{Access, Chip, Firmware, Name, Protection, Seen, Signal, Slots, State, Tick};
    match table {
        ..NO_FIRMWARE => &[Tick, State, Name, Slots],
        ..780.0 => &[Tick, State, Name, Firmware, Slots],
        ..980.0 => &[Tick, State, Name, Chip, Firmware, Slots, Seen],
        _ => &[Tick, State, Name, Chip, Firmware, Slots, Protection, Access, Signal, Seen],
    }
}

/// Draws the table.
pub(super) fn draw(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let view = &state.devices;
    let rows = view.rows.shown();
    focusable(ui, ui.max_rect());
    let width = ui.available_width();
    let moved = moved_to(ui, view);
    let cells = cells(width);
    ui.spacing_mut().item_spacing = egui::Vec2::ZERO;
    let mut table = TableBuilder::new(ui)
        .id_salt("devices")
        .striped(false)
        .sense(Sense::CLICK)
        .cell_layout(Layout::left_to_right(Align::Center))
        .auto_shrink(false);
    for cell in cells {
        table = table.column(cell.width(width).clip(true));
    }
    if let Some(row) = moved {
        table = table.scroll_to_row(row, None);
    }
    let table = table.header(HEAD, |mut head| {
        for cell in cells {
            head.col(|ui| draw_head(ui, *cell, state, out));
        }
    });
    table.body(|body| {
        body.rows(ROW, rows.len(), |mut line| {
            if let Some(row) = rows.get(line.index()) {
                draw_row(&mut line, cells, row, state, out);
            }
        });
    });
}

/// The row of the cursor, once after it has moved: it is scrolled into sight.
fn moved_to(ui: &Ui, view: &View) -> Option<usize> {
    let id = egui::Id::unique("cursor of the devices table");
    let cursor = view.ticks.cursor.clone();
    let before = ui.data(|data| data.get_temp(id)).unwrap_or(None::<skylift_protocol::Id>);
    if cursor == before {
        return None;
    }
    ui.data_mut(|data| data.insert_temp(id, cursor.clone()));
    view.rows.shown().iter().position(|row| Some(&row.device.id) == cursor.as_ref())
}

fn draw_head(ui: &mut Ui, cell: Cell, state: &State, out: &mut Vec<Action>) {
    let view = &state.devices;
    let (name, column) = cell.head();
    if cell == Cell::Tick {
        ui.add_space(14.0);
        let tick = match view.ticks.shown() {
            0 => Tick::Off,
            all if all == view.rows.shown().len() => Tick::On,
            _ => Tick::Some,
        };
        if tick_box(ui, tick, "Tick all devices") {
            out.push(Action::TickAll);
        }
        return;
    }
    let layout = if cell.is_figure() { Layout::right_to_left(Align::Center) } else { *ui.layout() };
    ui.with_layout(layout, |ui| {
        if cell.is_figure() {
            ui.add_space(20.0);
        }
        let sorted = column.is_some_and(|column| column == view.sort.column);
        let arrow = match (sorted, view.sort.reversed) {
            (true, false) => icons::ARROW_DOWN,
            (true, true) => icons::ARROW_UP,
            (false, _) => "",
        };
        let text = if arrow.is_empty() { name.to_owned() } else { format!("{name} {arrow}") };
        let text = Face::Head.text(text).color(Tokens::of(ui).t3);
        let label = egui::Label::new(text).selectable(false);
        let Some(column) = column else {
            ui.add(label);
            return;
        };
        let response = ui.add(label.sense(Sense::click()));
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Sort by {}", name.to_lowercase()))
        });
        if response.clicked() {
            out.push(Action::Sort(SortBy { column, reversed: false }));
        }
    });
}

fn draw_row(line: &mut TableRow<'_, '_>, cells: &[Cell], row: &Row, state: &State, out: &mut Vec<Action>) {
    let view = &state.devices;
    let id = &row.device.id;
    line.set_selected(view.open.as_ref() == Some(id) || view.ticks.on.contains(id));
    line.set_overline(line.index() > 0);
    let is_cursor = view.ticks.cursor.as_ref() == Some(id);
    for cell in cells {
        line.col(|ui| {
            if *cell == Cell::Tick && is_cursor && table_has_focus(ui) {
                cursor_bar(ui);
            }
            if *cell == Cell::Tick {
                tick(ui, row, state, out);
            } else {
                cells::draw(ui, *cell, row, state);
            }
        });
    }
    let response = line.response();
    drop::note(&response.ctx, response.rect, id);
    let name = row.device.label().to_owned();
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Device {name}")));
    if response.clicked() {
        let modifiers = response.ctx.input(|input| input.modifiers);
        out.push(if modifiers.shift {
            Action::TickTo(id.clone())
        } else if modifiers.command {
            Action::Tick(id.clone())
        } else {
            Action::Open(id.clone())
        });
        focus_table(&response.ctx);
    }
    response.context_menu(|ui| detail::menu(ui, state, row, out));
}

fn tick(ui: &mut Ui, row: &Row, state: &State, out: &mut Vec<Action>) {
    ui.add_space(14.0);
    let id = &row.device.id;
    let ticked = state.devices.ticks.on.contains(id);
    if tick_box(ui, ticked.into(), &format!("Tick {}", row.device.label())) {
        let shift = ui.input(|input| input.modifiers.shift);
        out.push(if shift { Action::TickTo(id.clone()) } else { Action::Tick(id.clone()) });
    }
}

/// Where the keyboard is.
fn cursor_bar(ui: &Ui) {
    let row = ui.max_rect();
    let bar = egui::Rect::from_min_size(row.left_top(), vec2(2.0, row.height()));
    ui.painter().rect_filled(bar, 0.0, Tokens::of(ui).accent);
}
