//! The backups of this computer, as a list.

use egui::{Popup, Ui, vec2};

use super::super::backups::{Action as BackupAction, BackupRow, Soundness};
use super::super::{Action, Bench};
use crate::gui::figures::{day_and_time, flash_size, size};
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::mark::{Grey, Look};
use crate::gui::state::State;
use crate::gui::widgets::button::{Press, Weight, icon_only};
use crate::gui::widgets::frame::{empty, ends, hairline, scroll};
use crate::gui::widgets::state::state_mark;
use crate::gui::widgets::text::{Tint, copyable, paragraph, say};

/// Draws it.
pub(super) fn draw(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let view = &state.usb.backups;
    if view.rows.is_empty() && view.damaged.is_empty() {
        let sentence = "What a board holds is read into a backup before it is overwritten, if you leave that on. It can then be \
                        restored whole, or by partition.";
        empty(ui, icons::ARCHIVE, "No backup yet", sentence, |_| ());
        return;
    }
    scroll(ui, |ui| {
        say(ui, Face::Title, Tint::First, "Backups");
        let text = "A backup holds all of a board's flash, WiFi passwords and keys included. The files are for you alone.";
        paragraph(ui, Face::Body, Tint::Third, text);
        ui.add_space(8.0);
        for row in &view.rows {
            hairline(ui);
            line(ui, state, row, out);
        }
        hairline(ui);
        for damaged in &view.damaged {
            ui.add_space(4.0);
            paragraph(ui, Face::Body, Tint::Second, damaged);
        }
    });
}

fn line(ui: &mut Ui, state: &State, row: &BackupRow, out: &mut Vec<Action>) {
    let target = state.usb.opened().filter(|bench| bench.board.is_some());
    ui.push_id(&row.id, |ui| {
        let buttons = |ui: &mut Ui| buttons(ui, target, row, out);
        ends(ui, 44.0, buttons, |ui| {
            ui.spacing_mut().item_spacing.x = 16.0;
            say(ui, Face::Name, Tint::First, day_and_time(row.taken, state.now.wall));
            let mac = row.mac.as_deref().unwrap_or("MAC unknown");
            say(ui, Face::Body, Tint::Second, format!("{}, {mac}", row.chip));
            if !row.ran.is_empty() {
                say(ui, Face::Body, Tint::Third, &row.ran);
            }
            let flash = flash_size(u32::try_from(row.flash).unwrap_or(u32::MAX));
            say(ui, Face::Body, Tint::Third, format!("{flash} in {}", size(row.size)));
            copyable(ui, &format!("id {}", row.id), &row.id, &row.id);
        });
        match &row.sound {
            Soundness::Unchecked => {}
            Soundness::Checking => drop(state_mark(ui, Look::Grey(Grey::Waiting), "Being checked")),
            Soundness::Whole => {
                drop(state_mark(ui, Look::Valid, "Whole: it is what was read from the board"))
            }
            Soundness::Damaged(why) => {
                state_mark(ui, Look::Failed, "Damaged");
                paragraph(ui, Face::Body, Tint::Second, why);
            }
        }
    });
}

fn buttons(ui: &mut Ui, target: Option<&Bench>, row: &BackupRow, out: &mut Vec<Action>) {
    let more = icon_only(ui, icons::TRASH, &format!("Delete backup {}…", row.id));
    if more.clicked() {
        out.push(Action::Backups(BackupAction::Delete(row.id.clone())));
    }
    let why_not = match target {
        None => Some("Read the board that it shall go to first"),
        Some(bench) if bench.running().is_some() => Some("Something is done with the board"),
        Some(_) => None,
    };
    let name = "Restore…";
    let restore =
        Press::new(Weight::Secondary, name).icon(icons::ARROW_U_UP_LEFT).small().refused(why_not).show(ui);
    if let Some(bench) = target {
        Popup::menu(&restore).show(|ui| parts(ui, bench, row, out));
    }
    let checking = (row.sound == Soundness::Checking).then_some("It is being checked");
    if Press::new(Weight::Secondary, "Verify").small().refused(checking).clicked(ui) {
        out.push(Action::Backups(BackupAction::Verify(row.id.clone())));
    }
}

fn parts(ui: &mut Ui, bench: &Bench, row: &BackupRow, out: &mut Vec<Action>) {
    let mut item = |ui: &mut Ui, text: String, partition: Option<&String>| {
        if ui.add(egui::Button::new(text).frame_when_inactive(false).min_size(vec2(200.0, 28.0))).clicked() {
            out.push(Action::Backups(BackupAction::Restore {
                backup: row.id.clone(),
                partition: partition.cloned(),
                port: bench.path().to_owned(),
            }));
        }
    };
    item(ui, format!("The whole flash, to {}…", bench.path()), None);
    for partition in &row.partitions {
        item(ui, format!("Only {partition}…"), Some(partition));
    }
}
