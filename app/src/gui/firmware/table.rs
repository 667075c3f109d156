//! The table of images.

use egui::{Align, Layout, Sense, Ui};
use egui_extras::{Column as Width, TableBuilder, TableRow};

use super::{Action, Column, Uses};
use crate::gui::figures::{chip, day_and_time, size};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::keys::vouch::{Worth, in_a_word, suffix, vouches};
use crate::gui::shell::page_margin;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::arrows::arrows;
use crate::gui::widgets::signature::mark_of;
use crate::gui::widgets::state::marked;
use crate::gui::widgets::text::{Tint, say, unknown};
use crate::image::library::Entry;

const HEAD: f32 = 30.0;
const ROW: f32 = 36.0;
/// Under the table there are a field, the drop zone, and perhaps a switch.
const BELOW: f32 = 176.0;
const SWITCH: f32 = 34.0;

/// What a column shows, by what a click on its head sorts.
const fn head(column: Column) -> (&'static str, f32) {
    match column {
        Column::Image => ("Image", 0.0),
        Column::Chip => ("Chip", 88.0),
        Column::Size => ("Size", 84.0),
        Column::Signature => ("Signature", 124.0),
        Column::Added => ("Added", 110.0),
        Column::Uses => ("On devices", 172.0),
    }
}

/// What there is room for.
fn columns(width: f32) -> &'static [Column] {
    use Column::{Added, Chip, Image, Signature, Size, Uses};
    if width < 540.0 {
        &[Image, Size, Signature]
    } else if width < 720.0 {
        &[Image, Chip, Size, Signature, Added]
    } else {
        &[Image, Chip, Size, Signature, Added, Uses]
    }
}

const fn is_figure(column: Column) -> bool {
    matches!(column, Column::Size)
}

/// Draws the table.
pub(super) fn draw(ui: &mut Ui, state: &State, entries: &[&Entry], out: &mut Vec<Action>) {
    out.extend(arrows(ui).map(Action::Move));
    let columns = columns(ui.available_width());
    ui.spacing_mut().item_spacing = egui::Vec2::ZERO;
    let below =
        if state.keys.signers.is_empty() && !state.firmware.sign_builds { BELOW } else { BELOW + SWITCH };
    let height = (entries.len() as f32 * ROW).min(ui.available_height() - below - HEAD).max(ROW * 2.0);
    let margin = f32::from(page_margin(ui));
    let mut table = TableBuilder::new(ui)
        .id_salt("images")
        .striped(false)
        .sense(Sense::click())
        .cell_layout(Layout::left_to_right(Align::Center))
        .max_scroll_height(height)
        .auto_shrink([false, true])
        .column(Width::exact(margin));
    for column in columns {
        let width = match head(*column) {
            (_, 0.0) => Width::remainder(),
            (_, width) => Width::exact(width),
        };
        table = table.column(width.clip(true));
    }
    let table = table.header(HEAD, |mut row| {
        row.col(|_| ());
        for column in columns {
            row.col(|ui| draw_head(ui, *column, state, out));
        }
    });
    table.body(|body| {
        body.rows(ROW, entries.len(), |mut row| {
            if let Some(entry) = entries.get(row.index()) {
                draw_row(&mut row, columns, entry, state, out);
            }
        });
    });
}

fn draw_head(ui: &mut Ui, column: Column, state: &State, out: &mut Vec<Action>) {
    let (name, _) = head(column);
    let sort = state.firmware.sort;
    let text = match (sort.column == column, sort.reversed) {
        (true, false) => format!("{name} {}", icons::ARROW_DOWN),
        (true, true) => format!("{name} {}", icons::ARROW_UP),
        (false, _) => name.to_owned(),
    };
    aligned(ui, column, |ui| {
        let text = Face::Head.text(text).color(Tokens::of(ui).t3);
        let response = ui.add(egui::Label::new(text).selectable(false).sense(Sense::click()));
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Sort by {}", name.to_lowercase()))
        });
        if response.clicked() {
            out.push(Action::Sort(column));
        }
    });
}

/// Figures stand at the right of their column.
fn aligned(ui: &mut Ui, column: Column, contents: impl FnOnce(&mut Ui)) {
    if is_figure(column) {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(16.0);
            contents(ui);
        });
    } else {
        contents(ui);
    }
}

fn draw_row(
    row: &mut TableRow<'_, '_>,
    columns: &[Column],
    entry: &Entry,
    state: &State,
    out: &mut Vec<Action>,
) {
    row.set_selected(state.firmware.open == Some(entry.file_sha256));
    row.set_overline(row.index() > 0);
    row.col(|_| ());
    for column in columns {
        row.col(|ui| aligned(ui, *column, |ui| cell(ui, *column, entry, state)));
    }
    let response = row.response();
    let signed = suffix(state.firmware.signatures.get(&entry.file_sha256), &state.keys.signers);
    let name = format!("Image {} {}{signed}", entry.project, entry.version);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
    if response.clicked() {
        out.push(Action::Open(entry.file_sha256));
    }
}

fn cell(ui: &mut Ui, column: Column, entry: &Entry, state: &State) {
    match column {
        Column::Image => {
            ui.spacing_mut().item_spacing.x = 6.0;
            say(ui, Face::Name, Tint::First, &entry.project);
            say(ui, Face::Body, Tint::Second, &entry.version);
        }
        Column::Chip => drop(say(ui, Face::Body, Tint::Second, chip(entry.chip))),
        Column::Size => drop(say(ui, Face::Body, Tint::Second, size(u64::from(entry.size)))),
        Column::Signature => signature(ui, state, entry),
        Column::Added => {
            let added = std::time::UNIX_EPOCH + std::time::Duration::from_secs(entry.added);
            say(ui, Face::Body, Tint::Second, day_and_time(added, state.now.wall));
        }
        Column::Uses => match state.firmware.uses_of(entry).filter(|uses| uses.tried() > 0) {
            Some(uses) => drop(say(ui, Face::Body, Tint::First, uses.words())),
            None => drop(say(ui, Face::Body, Tint::Third, Uses::default().words())),
        },
    }
}

fn signature(ui: &mut Ui, state: &State, entry: &Entry) {
    let tokens = Tokens::of(ui);
    let Some(found) = state.firmware.signatures.get(&entry.file_sha256) else {
        return drop(unknown(ui, "The image has not been read yet"));
    };
    let (worth, word) = in_a_word(found, &state.keys.signers);
    let (mark, ink) = mark_of(worth, tokens);
    // What is well is grey.
    let ink = if worth == Worth::Known { tokens.t2 } else { ink };
    let cut = if worth == Worth::Bad { Cut::Fill } else { Cut::Regular };
    marked(ui, (mark, cut), ink, &word).on_hover_ui(|ui| {
        for vouch in vouches(found, &state.keys.signers) {
            say(ui, Face::Small, Tint::Second, vouch.name);
        }
    });
}
