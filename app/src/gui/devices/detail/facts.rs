//! What a device says of itself, its network, and its tags.

use std::time::Duration;

use egui::{Key, Ui};
use skylift_protocol::{Encoding, FirmwareKind, Status, Wifi};
use skylift_updater::image::Revision;

use crate::engine::printable;
use crate::gui::devices::table::{pill, seen_words};
use crate::gui::devices::{Action, Row, tags, wifi};
use crate::gui::figures::{chip, day_and_time, flash_size, grouped, short_digest, signed, size};
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::messages::sentence;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight};
use crate::gui::widgets::field::{field_error, text_field, wrong_field};
use crate::gui::widgets::frame::rule;
use crate::gui::widgets::signal::signal_bars;
use crate::gui::widgets::text::{Tint, copyable, fact_row, paragraph, say, section};

/// What the ways to send an image are for.
const TAKES: &str = "Compressed images and deltas are smaller than the image that comes of them. A delta says only what \
                     differs from the image that runs.";

/// Draws them.
pub(super) fn draw(ui: &mut Ui, state: &State, row: &Row, status: &Status, out: &mut Vec<Action>) {
    if let Some(wifi) = &status.wifi {
        network(ui, row, status, wifi, out);
        rule(ui);
    }
    section(ui, "Device", "");
    identity(ui, state, row, status);
    if !status.fields.is_empty() {
        rule(ui);
        own_fields(ui, status);
    }
    rule(ui);
    section(ui, "Tags", "");
    tag_list(ui, state, row, out);
}

fn network(ui: &mut Ui, row: &Row, status: &Status, wifi: &Wifi, out: &mut Vec<Action>) {
    let why_not = row.deaf().or(row.is_busy().then_some("It is being updated"));
    let change = |ui: &mut Ui| {
        Press::new(Weight::Link, "Change…").small().refused(why_not).hint("Another WiFi").clicked(ui)
    };
    let changed = crate::gui::widgets::frame::ends(ui, 24.0, change, |ui| {
        say(ui, Face::Section, Tint::First, "WiFi");
    });
    if changed {
        out.push(Action::Wifi(row.device.id.clone()));
    }
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let name = wifi.ssid.as_deref().map_or_else(|| "Joined to none".to_owned(), printable);
        value(ui, "Network", name);
        signal(ui, status);
    });
    if let Some(text) = wifi::last_change(wifi) {
        paragraph(ui, Face::Small, Tint::Third, text);
    }
}

fn signal(ui: &mut Ui, status: &Status) {
    if let Some(dbm) = status.rssi_dbm {
        fact_row(ui, "Signal", |ui| {
            signal_bars(ui, dbm);
            say(ui, Face::Body, Tint::First, format!("{} dBm", signed(i32::from(dbm))));
        });
    }
}

fn value(ui: &mut Ui, label: &str, text: String) {
    fact_row(ui, label, |ui| drop(say(ui, Face::Body, Tint::First, text)));
}

fn identity(ui: &mut Ui, state: &State, row: &Row, status: &Status) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let device = &row.device;
    fact_row(ui, "Id", |ui| drop(copyable(ui, "id", &device.id, &device.id)));
    let digest = status.running.image_sha256.to_string();
    let name = "digest of the running image";
    fact_row(ui, "Runs", |ui| drop(copyable(ui, name, &short_digest(&digest), &digest)));
    if let Some(revision) = status.chip_revision {
        value(ui, "Chip", format!("{} revision {}", chip(status.chip), Revision(revision)));
    }
    if let Some(flash) = status.flash_size {
        value(ui, "Flash", flash_size(flash));
    }
    match status.running.kind {
        FirmwareKind::Simulated => value(ui, "Kind", "Simulated".to_owned()),
        FirmwareKind::Foreign => value(ui, "Kind", "Built without Skylift".to_owned()),
        _ => {}
    }
    fact_row(ui, "Takes", |ui| {
        say(ui, Face::Body, Tint::First, takes(status)).on_hover_text(TAKES);
    });
    let reset = sentence(&status.reset_reason.as_str().replace('_', " "));
    value(ui, "Last reset", reset.trim_end_matches('.').to_owned());
    if let Some(at) = device.last_seen {
        // Not for how long: that would be another text with every answer.
        let booted = at.checked_sub(Duration::from_secs(u64::from(status.uptime_s))).unwrap_or(at);
        value(ui, "Up since", day_and_time(booted, state.now.wall));
    }
    value(ui, "Boots", grouped(u64::from(status.boot_count)));
    if let Some(heap) = status.heap_free {
        let least = status.heap_least.map(|least| format!(", {} at the least", size(u64::from(least))));
        value(ui, "Free memory", size(u64::from(heap)) + &least.unwrap_or_default());
    }
    if let Some(celsius) = status.temperature_c {
        value(ui, "Chip temperature", format!("{} °C", signed(i32::from(celsius))));
    }
    if status.wifi.is_none() {
        signal(ui, status);
    }
    if let Some(seen) = device.last_seen {
        value(ui, "Seen", seen_words(row, seen, state));
    }
    ui.spacing_mut().item_spacing.y = 6.0;
}

/// What it decodes: `Delta, compressed and raw images`.
fn takes(status: &Status) -> String {
    let known = status.encodings.iter().filter(|encoding| **encoding != Encoding::Unknown);
    let mut words: Vec<_> = known.map(|encoding| encoding.as_str()).collect();
    words.sort_unstable_by_key(|word| std::cmp::Reverse(*word));
    let words = match words.as_slice() {
        [] => "raw images only".to_owned(),
        words => format!("{} and raw images", words.join(", ")),
    };
    sentence(&words).trim_end_matches('.').to_owned()
}

/// What the user's own firmware tells, under a title that says whose words these are.
fn own_fields(ui: &mut Ui, status: &Status) {
    section(ui, "From its firmware", "");
    ui.spacing_mut().item_spacing.y = 0.0;
    for (name, text) in status.fields.iter() {
        value(ui, name, printable(text));
    }
    ui.spacing_mut().item_spacing.y = 6.0;
}

pub(super) fn tag_list(ui: &mut Ui, state: &State, row: &Row, out: &mut Vec<Action>) {
    let id = &row.device.id;
    let given = state.devices.tags_of(id);
    if !given.is_empty() {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(6.0, 6.0);
            for tag in given.iter().filter(|tag| removable(ui, tag)) {
                out.push(Action::TakeTag(id.clone(), tag.clone()));
            }
        });
    }
    let typed = &state.devices.new_tag;
    let read = tags::read(typed).map(drop);
    let mut text = typed.clone();
    ui.horizontal(|ui| {
        let flawed = read.is_err_and(|flaw| !flaw.is_empty());
        let field = if flawed { wrong_field } else { text_field };
        let field = field(ui, "New tag", &mut text, "New tag", 160.0);
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let why_not = read.is_err().then_some("Type a word first");
        let add = Press::new(Weight::Secondary, "Add").icon(icons::PLUS).refused(why_not);
        if add.clicked(ui) || entered && read.is_ok() {
            out.push(Action::AddTag(id.clone()));
            field.request_focus();
        }
    });
    if let Err(flaw) = read
        && !flaw.is_empty()
    {
        field_error(ui, flaw);
    }
    if text != *typed {
        out.push(Action::TypeTag(text));
    }
}

/// A tag with a cross behind it; true if that was clicked.
fn removable(ui: &mut Ui, tag: &str) -> bool {
    pill(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            ui.spacing_mut().interact_size.y = 20.0;
            say(ui, Face::Small, Tint::Second, tag);
            let cross = Face::Small.text(icons::X).color(Tokens::of(ui).t3);
            let button = egui::Button::new(cross).frame(false).min_size(egui::vec2(20.0, 20.0));
            let response = ui.add(button);
            let name = format!("Take the tag {tag} away");
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
            response.on_hover_text(&name).clicked()
        })
        .inner
    })
}
