//! One image in detail: what it is made of, where it fits, what protects the device from it.

use egui::{Align, Frame, Layout, Margin, Sense, Ui, vec2};
use skylift_protocol::FirmwareKind;
use skylift_simulator::layout::DEFAULT_TABLE;

use super::{Action, Opened, Uses, proof_panel, protection, segments};
use crate::engine::Snapshot;
use crate::gui::figures::{chip, day_and_time, percent, short_digest, size};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::mark::Look;
use crate::gui::shell::page_margin;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::toit::programs_panel;
use crate::gui::widgets::button::{Press, Weight, icon_only, link};
use crate::gui::widgets::frame::{banner, ends, rule, scroll};
use crate::gui::widgets::state::icon_of;
use crate::gui::widgets::text::{Tint, copyable, fact_row, icon, paragraph, say, section};
use crate::image::library::Entry;

/// Draws the details.
pub(super) fn draw(ui: &mut Ui, state: &State, entry: &Entry, out: &mut Vec<Action>) {
    let margin = page_margin(ui);
    Frame::new().inner_margin(Margin { left: margin, right: margin, top: 14, bottom: 12 }).show(ui, |ui| {
        title(ui, entry, out);
        ui.add_space(6.0);
        buttons(ui, state, entry, out);
    });
    scroll(ui, |ui| {
        went_back(ui, state, entry, out);
        let opened = state.firmware.opened.as_ref();
        let opened = opened.filter(|opened| opened.image.file_sha256 == entry.file_sha256);
        match opened {
            Some(opened) => {
                segments::draw(ui, &opened.image);
                rule(ui);
                fits(ui, state, entry);
                if let Some(programs) = &opened.toit {
                    rule(ui);
                    programs_panel::draw(ui, programs);
                }
                rule(ui);
                protection::draw(ui, state, &opened.image, out);
            }
            None => drop(paragraph(ui, Face::Body, Tint::Third, "Reading the image.")),
        }
        rule(ui);
        proof_panel::draw(ui, state, entry, out);
        rule(ui);
        facts(ui, state, entry, opened);
    });
}

fn title(ui: &mut Ui, entry: &Entry, out: &mut Vec<Action>) {
    let close = |ui: &mut Ui| icon_only(ui, icons::X, "Close details").clicked();
    let closed = ends(ui, 30.0, close, |ui| {
        say(ui, Face::Title, Tint::First, format!("{} {}", entry.project, entry.version));
    });
    if closed {
        out.push(Action::CloseDetail);
    }
    say(ui, Face::MonoSmall, Tint::Third, &entry.source);
}

fn buttons(ui: &mut Ui, state: &State, entry: &Entry, out: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        let why_not = state.engine.devices.is_empty().then_some("There is no device yet");
        let update = Press::new(Weight::Primary, "Update devices…").icon(icons::ARROW_CIRCLE_UP);
        if update.refused(why_not).clicked(ui) {
            out.push(Action::Update(entry.file_sha256));
        }
        if Press::new(Weight::Secondary, "Serve").icon(icons::BROADCAST).clicked(ui) {
            out.push(Action::Serve(entry.file_sha256));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_only(ui, icons::TRASH, "Drop from the library…").clicked() {
                out.push(Action::Forget(entry.file_sha256));
            }
        });
    });
}

/// The smallest slots of the devices that it is for, with whose they are; and those of Skylift's own table.
fn slots(engine: &Snapshot, entry: &Entry) -> Vec<(u32, String)> {
    let mut slots: Vec<(u32, Vec<&str>)> = Vec::new();
    for device in &engine.devices {
        let Some(status) = device.status.as_ref().filter(|status| status.chip == entry.chip) else {
            continue;
        };
        let Some(room) = status.slots.iter().map(|slot| slot.size).min() else { continue };
        match slots.iter_mut().find(|(size, _)| *size == room) {
            Some((_, devices)) => devices.push(device.label()),
            None => slots.push((room, vec![device.label()])),
        }
    }
    let whose = |devices: Vec<&str>| match devices.as_slice() {
        [one] => (*one).to_owned(),
        many => format!("{} devices", many.len()),
    };
    let own = DEFAULT_TABLE.iter().filter(|part| part.label.starts_with("ota_")).map(|part| part.size).min();
    let own = own.map(|size| (size, "Default, 4 MiB".to_owned()));
    own.into_iter().chain(slots.into_iter().map(|(room, devices)| (room, whose(devices)))).collect()
}

/// How full it makes the slots of the devices that it is for.
fn fits(ui: &mut Ui, state: &State, entry: &Entry) {
    section(ui, "Fits", "");
    let tokens = Tokens::of(ui);
    for (room, devices) in slots(&state.engine, entry) {
        let fits = entry.size <= room;
        let ink = if fits { tokens.data[3] } else { tokens.failed.ink };
        ui.horizontal(|ui| {
            ui.set_min_height(24.0);
            ui.allocate_ui_with_layout(vec2(116.0, 24.0), Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_width(116.0);
                say(ui, Face::Body, Tint::First, devices);
            });
            let bar = if ui.available_width() < 240.0 { 44.0 } else { 110.0 };
            let (bar, _) = ui.allocate_exact_size(vec2(bar, 7.0), Sense::hover());
            ui.painter().rect_filled(bar, 2.0, tokens.bg4);
            let share = (entry.size as f32 / room.max(1) as f32).min(1.0);
            ui.painter().rect_filled(bar.with_max_x(bar.left() + bar.width() * share), 2.0, ink);
            let text = if fits {
                format!(
                    "{} of {}",
                    percent(
                        u32::try_from(u64::from(entry.size) * 100 / u64::from(room.max(1))).unwrap_or(100)
                    ),
                    size(u64::from(room))
                )
            } else {
                format!("{} too large", size(u64::from(entry.size - room)))
            };
            icon(
                ui,
                if fits { icons::CHECK } else { icons::WARNING_OCTAGON },
                if fits { Cut::Regular } else { Cut::Fill },
                14.0,
                if fits { tokens.valid.ink } else { ink },
            );
            say(ui, Face::Body, Tint::Second, text);
        });
    }
}

/// That devices went back from it is the first thing to know of an image.
fn went_back(ui: &mut Ui, state: &State, entry: &Entry, out: &mut Vec<Action>) {
    let Some(uses) = state.firmware.uses_of(entry).filter(|uses| uses.rolled_back > 0) else { return };
    let tone = Tokens::of(ui).rolled_back;
    banner(ui, tone, icon_of(Look::RolledBack), |ui| {
        let show = |ui: &mut Ui| link(ui, "Show");
        let text = format!("Rolled back on {} of {} devices.", uses.rolled_back, uses.tried());
        if ends(ui, 20.0, show, |ui| drop(say(ui, Face::Name, Tint::First, text))) {
            out.push(Action::ShowPast(entry.file_sha256));
        }
        if let Some(reason) = &uses.reason {
            paragraph(ui, Face::Body, Tint::Second, reason);
        }
    });
    ui.add_space(12.0);
}

fn facts(ui: &mut Ui, state: &State, entry: &Entry, opened: Option<&Opened>) {
    section(ui, "Image", "");
    let image = opened.map(|opened| opened.image.as_ref());
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut value =
        |label: &str, text: String| fact_row(ui, label, |ui| drop(say(ui, Face::Body, Tint::First, text)));
    let revisions = image.map(|image| format!(", {}", image.info.head.revisions)).unwrap_or_default();
    value("Chip", format!("{}{revisions}", chip(entry.chip)));
    if image.is_some_and(|image| image.kind() == FirmwareKind::Simulated) {
        value("Kind", "For simulated devices only".to_owned());
    }
    let added = std::time::UNIX_EPOCH + std::time::Duration::from_secs(entry.added);
    value("Added", day_and_time(added, state.now.wall));
    if let Some(descriptor) = image.map(|image| image.info.descriptor()) {
        value("Built", format!("{} {}", descriptor.date(), descriptor.time()));
        value("Made with", descriptor.idf_version.as_str().to_owned());
        value("Security version", descriptor.secure_version.to_string());
    }
    let uses = state.firmware.uses_of(entry).map_or_else(|| Uses::default().words(), Uses::words);
    value("On devices", uses);
    if let Some(opened) = opened {
        let kept = if opened.elf_kept { "Kept, panics can be decoded" } else { "Not kept" };
        value("ELF", kept.to_owned());
    }
    for (label, digest) in [("SHA-256 of image", entry.image_sha256), ("SHA-256 of file", entry.file_sha256)]
    {
        let whole = digest.to_string();
        fact_row(ui, label, |ui| drop(copyable(ui, label, &short_digest(&whole), &whole)));
    }
}
