//! The cells of the table of devices.

use egui::{Align, Layout, RichText, Ui};
use skylift_protocol::{FirmwareKind, Protection};

use super::Cell;
use super::tags::tags;
use crate::engine::{Access, Presence};
use crate::gui::devices::Row;
use crate::gui::devices::rows::{firmware, signal};
use crate::gui::figures::{ago, chip, countdown, percent, signed};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::mark::Mark;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::signal::signal_bars;
use crate::gui::widgets::slots::{slot_pair, slots_of};
use crate::gui::widgets::state::{marked, state_mark};
use crate::gui::widgets::text::{Tint, say, unknown};

/// Between what runs and what could.
const GAP: f32 = 12.0;

/// Draws a cell.
pub(super) fn draw(ui: &mut Ui, cell: Cell, row: &Row, state: &State) {
    match cell {
        Cell::Tick => {}
        Cell::State => mark(ui, row, state),
        Cell::Name => name(ui, row, state),
        Cell::Chip => drop(say(ui, Face::Body, Tint::Second, chip(row.device.chip))),
        Cell::Firmware => running(ui, row),
        Cell::Slots => slots(ui, row),
        Cell::Protection => protection(ui, row),
        Cell::Access => access(ui, row),
        Cell::Signal => strength(ui, row),
        Cell::Seen => seen(ui, row, state),
    }
}

/// Where there is little room, words are shorter, and figures stay.
fn mark(ui: &mut Ui, row: &Row, state: &State) {
    let now = state.now.steady;
    let words = if ui.available_width() >= 180.0 {
        row.mark.words(now)
    } else {
        match row.mark {
            Mark::Downloading(progress) => format!("Updating, {}", percent(progress.percent())),
            Mark::Pending(Some(deadline)) => {
                format!("Pending, {}", countdown(deadline.saturating_duration_since(now)))
            }
            Mark::Pending(None) => "Pending".to_owned(),
            mark => mark.word().to_owned(),
        }
    };
    let name = row.device.label().to_owned();
    let mark = state_mark(ui, row.mark.look(), &words);
    mark.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{name}, {words}")));
    if let Mark::Pending(Some(deadline)) = row.mark {
        tick_down(ui, deadline.saturating_duration_since(now));
    }
}

/// A countdown moves with each full second.
pub(in crate::gui::devices) fn tick_down(ui: &Ui, left: std::time::Duration) {
    if !left.is_zero() {
        let part = std::time::Duration::from_nanos(u64::from(left.subsec_nanos()));
        ui.request_repaint_after(part + std::time::Duration::from_millis(10));
    }
}

fn name(ui: &mut Ui, row: &Row, state: &State) {
    ui.spacing_mut().item_spacing.x = 8.0;
    say(ui, Face::Name, Tint::First, row.device.label());
    let kind = row.device.status.as_ref().map(|status| status.running.kind);
    if kind == Some(FirmwareKind::Simulated) {
        whole_or_not(ui, "Simulated", "Device code on emulated flash");
    }
    if row.is_jaguar() {
        whole_or_not(ui, "Jaguar", "Toit with Jaguar in it");
    }
    tags(ui, state.devices.tags_of(&row.device.id));
}

/// A word that matters less than the name before it: where it has no room it is left out.
fn whole_or_not(ui: &mut Ui, word: &str, hint: &str) {
    let ink = Tokens::of(ui).t3;
    let width = ui.painter().layout_no_wrap(word.to_owned(), Face::Small.font(), ink).size().x;
    // With a gap before the next column.
    if width + 8.0 <= ui.available_width() {
        say(ui, Face::Small, Tint::Third, word).on_hover_text(hint);
    }
}

fn running(ui: &mut Ui, row: &Row) {
    let text = firmware(&row.device);
    if text.is_empty() {
        unknown(ui, "The device has not said what runs");
        return;
    }
    ui.spacing_mut().item_spacing.x = GAP;
    let beside = beside(row, Tokens::of(ui));
    // What is new is whole; what runs gives way to it.
    let needed = beside.as_ref().map_or(0.0, |(text, ink, _)| {
        GAP + ui.painter().layout_no_wrap(text.clone(), Face::Body.font(), *ink).size().x
    });
    let room = (ui.available_width() - needed - 8.0).max(40.0);
    ui.scope(|ui| {
        ui.set_max_width(room);
        // The version says more than the project.
        let ink = Tokens::of(ui).t2;
        let whole = ui.painter().layout_no_wrap(text.clone(), Face::Body.font(), ink).size().x <= room;
        let shown = if whole { text.as_str() } else { &row.device.version };
        let label = say(ui, Face::Body, Tint::Second, shown);
        if !whole {
            label.on_hover_text(&text);
        }
    });
    if let Some((text, ink, hint)) = beside {
        let text = egui::Label::new(Face::Body.text(text).color(ink)).truncate();
        ui.add(text).on_hover_text(hint);
    }
}

/// What is being sent, or could be.
fn beside(row: &Row, tokens: &Tokens) -> Option<(String, egui::Color32, String)> {
    if let Some(job) = row.job.as_ref().filter(|job| job.verdict.is_none()) {
        let version = &job.image.version;
        return Some((
            format!("{} {version}", icons::ARROW_RIGHT),
            tokens.t3,
            format!("{version} is on its way"),
        ));
    }
    let ready = row.ready.as_ref().filter(|_| !row.is_busy())?;
    let ink = if ready.is_newer() { tokens.accent } else { tokens.t3 };
    Some((ready.words(), ink, ready.sentence()))
}

fn slots(ui: &mut Ui, row: &Row) {
    match &row.device.status {
        Some(status) => {
            slot_pair(
                ui,
                &slots_of(status, row.mark.is_updating()),
                row.device.presence == Presence::Offline,
            );
        }
        None if row.is_jaguar() => drop(unknown(ui, "Jaguar does not tell what is in its slots")),
        None => drop(unknown(ui, "The device has not answered yet")),
    }
}

fn protection(ui: &mut Ui, row: &Row) {
    match row.device.status.as_ref().map(|status| status.protection) {
        Some(Protection::Guard) => drop(
            say(ui, Face::Body, Tint::Second, "Guard")
                .on_hover_text("The boot guard inside each image steps back to the old one"),
        ),
        Some(Protection::Bootloader) => drop(
            say(ui, Face::Body, Tint::Second, "Bootloader")
                .on_hover_text("The bootloader rolls a bad image back by itself"),
        ),
        None if row.is_jaguar() => drop(
            say(ui, Face::Body, Tint::Second, "Bootloader").on_hover_text(
                "Toit's bootloader starts the old image again, unless Jaguar gets onto the network with the new one",
            ),
        ),
        _ => drop(unknown(ui, "It is not known who would roll a bad image back")),
    }
}

fn access(ui: &mut Ui, row: &Row) {
    let tokens = Tokens::of(ui);
    let Some(access) = row.device.access else { return drop(unknown(ui, "The device has not answered yet")) };
    let (mark, ink, text) = match access {
        Access::Open => (icons::LOCK_SIMPLE_OPEN, tokens.open.ink, "Open"),
        Access::Paired => (icons::LOCK_SIMPLE, tokens.t2, "Paired"),
        Access::PairedElsewhere => (icons::LOCK_SIMPLE, tokens.t3, "Paired elsewhere"),
        Access::KeyDamaged => (icons::LOCK_SIMPLE, tokens.open.ink, "Key damaged"),
        Access::NotProven => (icons::SHIELD_SLASH, tokens.open.ink, "Not proven"),
    };
    marked(ui, (mark, Cut::Regular), ink, text).on_hover_text(access.sentence());
}

/// One that answers is asked again and again; what changes nothing is not told each time.
pub(in crate::gui::devices) fn seen_words(row: &Row, at: std::time::SystemTime, state: &State) -> String {
    if row.device.presence == Presence::Online { "now".to_owned() } else { ago(at, state.now.wall) }
}

fn strength(ui: &mut Ui, row: &Row) {
    match signal(&row.device) {
        Some(dbm) => {
            ui.spacing_mut().item_spacing.x = 6.0;
            signal_bars(ui, dbm);
            say(ui, Face::Body, Tint::Second, signed(i32::from(dbm))).on_hover_text("dBm");
        }
        None => drop(unknown(ui, "The device names no signal strength")),
    }
}

fn seen(ui: &mut Ui, row: &Row, state: &State) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.add_space(20.0);
        match row.device.last_seen {
            Some(at) => {
                let text = seen_words(row, at, state);
                ui.label(RichText::new(text).font(Face::Body.font()).color(Tokens::of(ui).t3));
            }
            None => drop(unknown(ui, "It has not answered yet")),
        }
    });
}
