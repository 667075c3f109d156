//! Power cuts: what has been proven of the updates to an image, and a proof in the making.

use egui::{Rect, Role, Sense, Ui, WidgetInfo, vec2};
use skylift_simulator::bootloader::Bootloader;

use super::partitions::{Partitions, devices, name, told};
use super::proof::{Action, Proof, Stage, left};
use crate::gui::figures::{clock_time, day_and_time, grouped};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight, icon_only};
use crate::gui::widgets::field::{choice, one_of};
use crate::gui::widgets::frame::ends;
use crate::gui::widgets::text::{Tint, icon, paragraph, say, section};
use crate::image::library::Entry;
use crate::store::Certified;

const BOOTLOADERS: [(Bootloader, &str); 2] =
    [(Bootloader::Stock, "Stock bootloader"), (Bootloader::Rollback, "One that rolls back")];

/// More devices to take the partition table of are not offered.
const MOST_DEVICES: usize = 5;

/// Draws it.
pub(super) fn draw(ui: &mut Ui, state: &State, entry: &Entry, out: &mut Vec<super::Action>) {
    section(ui, "Power cuts", "");
    let wanted = entry.file_sha256.to_string();
    let of_it = |certified: &&std::sync::Arc<Certified>| certified.new.file_sha256 == wanted;
    for certified in state.history.certificates.iter().filter(of_it).take(4) {
        proven(ui, state, certified);
    }
    let mut actions = Vec::new();
    let proof = state.firmware.proof.as_ref();
    match proof.filter(|proof| proof.new == entry.file_sha256) {
        Some(proof) => in_the_making(ui, state, entry, proof, &mut actions),
        None => offer(ui, state, entry, proof.is_some_and(Proof::is_running), &mut actions),
    }
    out.extend(actions.into_iter().map(super::Action::Proof));
}

fn proven(ui: &mut Ui, state: &State, certified: &Certified) {
    let tokens = Tokens::of(ui);
    let (mark, ink) = if certified.holds() {
        (icons::CHECK_CIRCLE, tokens.valid.ink)
    } else {
        (icons::WARNING_OCTAGON, tokens.failed.ink)
    };
    ui.horizontal_top(|ui| {
        icon(ui, mark, Cut::Fill, 18.0, ink);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            say(ui, Face::Name, Tint::First, survived(certified));
            let text = format!(
                "From {} {}, {} bootloader, {}",
                certified.old.project,
                certified.old.version,
                certified.bootloader,
                day_and_time(certified.at, state.now.wall)
            );
            paragraph(ui, Face::Small, Tint::Third, text);
        });
    });
}

/// `3,094 of 3,094 power cuts survived`.
pub(in crate::gui) fn survived(certified: &Certified) -> String {
    let [survived, points] = [certified.survived, certified.points].map(|count| grouped(count as u64));
    format!("{survived} of {points} power cuts survived")
}

fn offer(ui: &mut Ui, state: &State, entry: &Entry, busy: bool, out: &mut Vec<Action>) {
    let why_not = if busy {
        Some("Another proof is being made")
    } else if state.firmware.olds(entry).is_empty() {
        Some("It takes another image for the same chip, which devices run before")
    } else {
        None
    };
    let text = "Cuts the power at every step of the update from another image, on this computer, with the real updater.";
    paragraph(ui, Face::Body, Tint::Second, text);
    ui.add_space(2.0);
    let press = Press::new(Weight::Secondary, "Certify against…").icon(icons::SHIELD_CHECK).small();
    if press.refused(why_not).clicked(ui) {
        out.push(Action::Choose);
    }
}

fn in_the_making(ui: &mut Ui, state: &State, entry: &Entry, proof: &Proof, out: &mut Vec<Action>) {
    let old = proof.old.and_then(|old| state.firmware.entry(old));
    let old_name = old.map_or_else(String::new, |old| format!("{} {}", old.project, old.version));
    let title = format!("{old_name} {} {} {}", icons::ARROW_RIGHT, entry.project, entry.version);
    if let Stage::Running { begun, seed, done, total } = proof.stage {
        say(ui, Face::Name, Tint::First, title);
        let elapsed = state.now.steady.saturating_duration_since(begun);
        running(ui, elapsed, done, total, out);
        if let Some(seed) = seed {
            let table = name(&proof.partitions, &state.engine);
            paragraph(ui, Face::Small, Tint::Third, format!("Partition table: {table}. Seed {seed}."));
        }
        return;
    }
    let close = |ui: &mut Ui| icon_only(ui, icons::X, "Close the proof").clicked();
    if ends(ui, 28.0, close, |ui| drop(say(ui, Face::Name, Tint::First, title))) {
        out.push(Action::Close);
    }
    if let Stage::Failed(why) = &proof.stage {
        ui.horizontal_top(|ui| {
            icon(ui, icons::WARNING_OCTAGON, Cut::Fill, 16.0, Tokens::of(ui).failed.ink);
            paragraph(ui, Face::Body, Tint::First, why);
        });
    }
    choose(ui, state, entry, proof, out);
    ui.add_space(4.0);
    let why_not = match proof.partitions.table(&state.engine) {
        _ if proof.old.is_none() => Some("Choose the image that devices run"),
        table => table.err(),
    };
    let press = Press::new(Weight::Primary, "Cut the power everywhere").icon(icons::SHIELD_CHECK).small();
    if press.refused(why_not).clicked(ui) {
        out.push(Action::Start);
    }
}

fn choose(ui: &mut Ui, state: &State, entry: &Entry, proof: &Proof, out: &mut Vec<Action>) {
    say(ui, Face::Small, Tint::Third, "Devices run");
    let olds: Vec<_> = state
        .firmware
        .olds(entry)
        .into_iter()
        .take(12)
        .map(|old| (old.file_sha256, format!("{} {}", old.project, old.version)))
        .collect();
    ui.spacing_mut().item_spacing.y = 2.0;
    for (old, name) in olds {
        let chosen = proof.old == Some(old);
        if choice(ui, chosen, &name) {
            out.push(Action::Old(old));
        }
    }
    ui.add_space(4.0);
    partitions(ui, state, entry, &proof.partitions, out);
    ui.add_space(4.0);
    say(ui, Face::Small, Tint::Third, "Their bootloader");
    if let Some(bootloader) = one_of(ui, proof.bootloader, &BOOTLOADERS) {
        out.push(Action::Bootloader(bootloader));
    }
}

/// Whose partition table, and what is assumed of it.
fn partitions(ui: &mut Ui, state: &State, entry: &Entry, chosen: &Partitions, out: &mut Vec<Action>) {
    say(ui, Face::Small, Tint::Third, "Their partition table");
    let told_by = devices(&state.engine, entry).take(MOST_DEVICES);
    let mut choices = vec![Partitions::Default];
    choices.extend(told_by.map(|device| Partitions::Device(device.id.clone())));
    if let Partitions::File(_) = chosen {
        choices.push(chosen.clone());
    }
    for partitions in choices {
        if choice(ui, partitions == *chosen, &name(&partitions, &state.engine)) {
            out.push(Action::Partitions(partitions));
        }
    }
    if Press::new(Weight::Secondary, "Partition table file…").icon(icons::FILE_ARROW_DOWN).small().clicked(ui)
    {
        out.push(Action::PickTable);
    }
    let Partitions::Device(id) = chosen else { return };
    let Some(status) = state.engine.device(id).and_then(|device| device.status.as_ref()) else { return };
    let words = told(status).map_or_else(|why| why, |told| told.assumed);
    paragraph(ui, Face::Small, Tint::Second, words);
}

fn running(ui: &mut Ui, elapsed: std::time::Duration, done: usize, total: usize, out: &mut Vec<Action>) {
    let tokens = Tokens::of(ui);
    let words = if total == 0 {
        "Recording the update, to know where to cut it".to_owned()
    } else {
        let rest = left(elapsed, done, total).filter(|_| done < total);
        let rest = rest.map(|rest| format!(", about {} left", clock_time(rest))).unwrap_or_default();
        format!("{} of {} power cuts{rest}", grouped(done as u64), grouped(total as u64))
    };
    let (area, response) = ui.allocate_exact_size(vec2(ui.available_width(), 8.0), Sense::hover());
    let share = if total == 0 { 0.0 } else { done as f32 / total as f32 };
    ui.painter().rect_filled(area, 2.0, tokens.bg4);
    let part = Rect::from_min_size(area.min, vec2(area.width() * share.min(1.0), area.height()));
    ui.painter().rect_filled(part, 2.0, tokens.accent);
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &words));
    let cancel = |ui: &mut Ui| Press::new(Weight::Secondary, "Cancel the proof").small().clicked(ui);
    if ends(ui, 28.0, cancel, |ui| drop(say(ui, Face::Body, Tint::Second, &words))) {
        out.push(Action::Cancel);
    }
}
