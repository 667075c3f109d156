//! What a board is to become: the form at the right of the page.

use std::sync::Arc;
use std::time::Duration;

use egui::{Align, Frame, Layout, Margin, Panel, ScrollArea, Ui};

use super::super::board::BoardView;
use super::super::choices::file_name;
use super::super::form::{Field, Firmware, Flaws, Form, Joins, MOST_NAME};
use super::super::order::Wanted;
use super::super::plan::Planning;
use super::super::{Action, Bench};
use super::{choices, network};
use crate::gui::figures::{chip, clock_time, flash_size, size};
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::keys::{default_name, default_signer};
use crate::gui::shell::{Side, edge, is_narrow};
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight, link};
use crate::gui::widgets::dropdown::{Choice, dropdown};
use crate::gui::widgets::field::{switch, text_field, wrong_field};
use crate::gui::widgets::frame::{ends, hairline};
use crate::gui::widgets::text::{Tint, paragraph, say};
use crate::image::bundled::BundledFirmware;

pub(super) const WIDTH: f32 = 380.0;
pub(super) const NARROW: f32 = 288.0;
/// Bytes a second that are read for a backup at the usual rate: 921,600 baud, one block at a time.
const BACKUP_RATE: u64 = 60 * 1024;

/// Draws it as a panel.
pub(super) fn panel(
    ui: &mut Ui,
    state: &State,
    bench: &Bench,
    board: &Arc<BoardView>,
    out: &mut Vec<Action>,
) {
    Panel::right("setup")
        .exact_size(if is_narrow(ui) { NARROW } else { WIDTH })
        .resizable(false)
        .show_separator_line(false)
        .frame(Frame::new().fill(Tokens::of(ui).bg1))
        .show(ui, |ui| {
            edge(ui, Side::Left);
            let mut form = bench.form.clone();
            let signer = default_signer(state).map(|signer| &signer.name);
            let flaws = form.read(signer).err();
            Panel::bottom("go")
                .resizable(false)
                .show_separator_line(false)
                .frame(Frame::new().inner_margin(Margin::symmetric(20, 12)))
                .show(ui, |ui| {
                    edge(ui, Side::Top);
                    go(ui, state, bench, board, flaws.is_some(), out);
                });
            let told = flaws.unwrap_or_default().told(&form.left);
            ScrollArea::vertical().id_salt("setup").auto_shrink(false).show(ui, |ui| {
                Frame::new().inner_margin(Margin::symmetric(20, 12)).show(ui, |ui| {
                    ui.set_width(ui.available_width());
                    fields(ui, state, bench, board, (&mut form, &told), out);
                });
            });
            if form != bench.form {
                out.push(Action::Change(bench.path().to_owned(), Box::new(form)));
            }
        });
}

fn fields(
    ui: &mut Ui,
    state: &State,
    bench: &Bench,
    board: &BoardView,
    (form, flaws): (&mut Form, &Flaws),
    out: &mut Vec<Action>,
) {
    say(ui, Face::Section, Tint::First, "Flash and set up");
    firmware(ui, state, bench, board, out);
    let mut left = Vec::new();
    let typed = form.name.len();
    network::label(ui, "Device name", &format!("{typed} of {MOST_NAME}"));
    let field = if flaws.name.is_some() { wrong_field } else { text_field };
    let width = ui.available_width();
    if field(ui, "Device name", &mut form.name, "porch-lamp", width).lost_focus() {
        left.push(Field::Name);
    }
    network::flaw(ui, flaws.name.as_ref());
    left.extend(network::draw(ui, form, &network::nothing(bench), &state.usb.networks, flaws));
    out.extend(left.into_iter().map(|field| Action::Leave(bench.path().to_owned(), field)));
    ui.add_space(10.0);
    hairline(ui);
    ui.add_space(6.0);
    switches(ui, state, board, form, out);
    hairline(ui);
    ui.add_space(2.0);
    if let Some(wanted) = choices::draw(ui, &mut form.choices, Some(board.flash_size())) {
        out.push(Action::Pick(bench.path().to_owned(), wanted));
    }
}

/// What is to be flashed: what comes along, images of the library for this chip, or a file.
fn firmware(ui: &mut Ui, state: &State, bench: &Bench, board: &BoardView, out: &mut Vec<Action>) {
    let path = || bench.path().to_owned();
    network::label(ui, "Firmware", "");
    let bundled = BundledFirmware::of(board.chip()).map(|firmware| Choice {
        value: Some(Firmware::Bundled(firmware.chip)),
        name: format!("Skylift for {}", chip(firmware.chip)),
        remark: "bundled".to_owned(),
    });
    let entries = state.firmware.entries.iter().filter(|entry| entry.chip == board.chip());
    let library = entries.map(|entry| Choice {
        value: Some(Firmware::Library(entry.file_sha256)),
        name: format!("{} {}", entry.project, entry.version),
        remark: size(entry.size.into()),
    });
    let file = Choice { value: None, name: "A file…".to_owned(), remark: String::new() };
    let choices: Vec<_> = bundled.into_iter().chain(library).chain([file]).collect();
    let here = choices.iter().find(|choice| choice.value.is_some() && choice.value == bench.form.firmware);
    let shown = match (here, &bench.form.firmware) {
        (Some(choice), _) => (choice.name.clone(), choice.remark.clone()),
        (None, Some(Firmware::Path(path))) => (file_name(path), "file".to_owned()),
        (None, _) => ("Choose firmware".to_owned(), String::new()),
    };
    let width = ui.available_width();
    match dropdown(ui, ("Firmware", icons::PACKAGE), (&shown.0, &shown.1), &choices, width) {
        Some(Some(firmware)) => out.push(Action::Choose(path(), firmware)),
        Some(None) => out.push(Action::Pick(path(), Wanted::Firmware)),
        None => {}
    }
}

fn switches(ui: &mut Ui, state: &State, board: &BoardView, form: &mut Form, out: &mut Vec<Action>) {
    let was_paired = board.board.owner().is_some_and(|owner| owner.is_paired);
    let about = match was_paired {
        true => "It has a key, which this computer then holds as well.",
        false => "The device then obeys only who holds its key.",
    };
    if switch_line(ui, form.pair, "Pair with this computer", about) {
        form.pair = !form.pair;
    }
    if was_paired && form.pair {
        let about = "Whoever has the one before is shut out.";
        if switch_line(ui, form.new_key, "Give it a new key", about) {
            form.new_key = !form.new_key;
        }
    }
    if default_signer(state).is_some() {
        let name = format!("Run only images signed by {}", default_name(state));
        if switch_line(ui, form.sign_only, &name, "Others are refused before they can boot.") {
            form.sign_only = !form.sign_only;
        }
    }
    if !board.is_blank() && board.closed.is_none() {
        let on = state.settings.kept.backup_before_flash;
        let about = format!(
            "{}, at most {}. Restore it any time from Backups.",
            flash_size(board.flash_size()),
            clock_time(backup_time(board))
        );
        if switch_line(ui, on, "Back up this board first", &about) {
            out.push(Action::BackUpFirst(!on));
        }
    }
}

fn backup_time(board: &BoardView) -> Duration {
    Duration::from_secs(u64::from(board.flash_size()) / BACKUP_RATE)
}

pub(super) fn switch_line(ui: &mut Ui, on: bool, name: &str, about: &str) -> bool {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        let clicked = switch(ui, on, name);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.add_space(4.0);
            paragraph(ui, Face::Name, Tint::First, name);
            paragraph(ui, Face::Small, Tint::Third, about);
            ui.add_space(4.0);
        });
        clicked
    })
    .inner
}

/// The one button, what it writes, and how long that takes.
fn go(ui: &mut Ui, state: &State, bench: &Bench, board: &BoardView, has_flaws: bool, out: &mut Vec<Action>) {
    let backs_up = state.settings.kept.backup_before_flash && !board.is_blank();
    let joins = bench.form.joins != Joins::Nothing && bench.form.choices.reach.restarts();
    if let Some(plan) = bench.planning.made() {
        let time = plan.time(bench.form.choices.reach.rate())
            + if backs_up { backup_time(board) } else { Duration::ZERO };
        let about = format!("about {}", clock_time(time.max(Duration::from_secs(1))));
        let then = if joins && !is_narrow(ui) { ", then watches for first contact" } else { "" };
        let estimate = |ui: &mut Ui| drop(say(ui, Face::Small, Tint::Third, about));
        ends(ui, 20.0, estimate, |ui| {
            drop(say(ui, Face::Small, Tint::Third, format!("Writes {}{then}", size(plan.bytes))));
        });
    }
    let text = if backs_up { "Back up, flash and set up" } else { "Flash and set up" };
    let why_not = match &bench.planning {
        _ if obstacle(bench) => Some("The port cannot be used now"),
        Planning::Nothing => Some("Choose firmware first"),
        Planning::Making => Some("The firmware is being read"),
        Planning::Refused(_) => Some("It cannot be flashed: see above"),
        Planning::Made(_) if has_flaws && !bench.form.left.is_empty() => Some("Fill in the form first"),
        Planning::Made(_) => None,
    };
    let press = Press::new(Weight::Primary, text).icon(icons::LIGHTNING).refused(why_not).wide();
    if ui.vertical_centered_justified(|ui| press.clicked(ui)).inner {
        out.push(Action::Flash(bench.path().to_owned()));
    }
    if board.owner_name().is_some() {
        ui.with_layout(Layout::top_down(Align::Center), |ui| {
            if link(ui, "Write name, WiFi and keys only") {
                out.push(Action::SetUp(bench.path().to_owned()));
            }
        });
    }
}

fn obstacle(bench: &Bench) -> bool {
    super::super::words::obstacle(bench).is_some()
}
