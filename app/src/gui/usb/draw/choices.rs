//! The choices that most people leave as they are, folded away: how much, which table and bootloader, how the chip is
//! reached.

use egui::Ui;

use super::super::choices::{BootloaderChoice, Choices, RATES, Reach, TableChoice, file_name};
use super::super::order::Wanted;
use super::network::label;
use crate::gui::figures::{flash_size, grouped};
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::widgets::button::{Press, Weight};
use crate::gui::widgets::dropdown::{Choice, dropdown};
use crate::gui::widgets::field::{choice, one_of};
use crate::gui::widgets::frame::ends;
use crate::gui::widgets::text::{Tint, paragraph, say};
use crate::usb::board::Table;
use crate::usb::flash::Scope;
use crate::usb::wire::{After, Before, USUAL_RATE};

/// Draws them, and changes them; `flash` is how large that is, in bytes, if it is known. A file that is to be chosen now.
pub(super) fn draw(ui: &mut Ui, choices: &mut Choices, flash: Option<u32>) -> Option<Wanted> {
    fold(ui, choices);
    if !choices.shown {
        return None;
    }
    label(ui, "What is written", "");
    if let Some(scope) =
        one_of(ui, choices.scope, &[(Scope::Everything, "Whole board"), (Scope::AppOnly, "App only")])
    {
        choices.scope = scope;
    }
    let mut wanted = None;
    match choices.scope {
        Scope::AppOnly => about(ui, "The app alone: bootloader and partition table stay."),
        Scope::Everything => {
            wanted = table(ui, &mut choices.table, flash);
            wanted = wanted.or(bootloader(ui, &mut choices.bootloader));
        }
    }
    reach(ui, &mut choices.reach);
    wanted
}

/// How the chip is reached, where nothing else can be chosen yet.
pub(super) fn only_reach(ui: &mut Ui, choices: &mut Choices) {
    fold(ui, choices);
    if choices.shown {
        ui.set_max_width(ui.available_width().min(400.0));
        reach(ui, &mut choices.reach);
    }
}

/// A line that unfolds what is under it, with what is not as usual in there.
fn fold(ui: &mut Ui, choices: &mut Choices) {
    let mark = if choices.shown { icons::CARET_DOWN } else { icons::CARET_RIGHT };
    let remark = |ui: &mut Ui| {
        if !choices.shown {
            say(ui, Face::Small, Tint::Third, choices.remark());
        }
    };
    let mut clicked = false;
    let name = |ui: &mut Ui| clicked = Press::new(Weight::Ghost, "More choices").icon(mark).clicked(ui);
    ends(ui, 30.0, remark, name);
    choices.shown ^= clicked;
}

fn about(ui: &mut Ui, text: &str) {
    paragraph(ui, Face::Small, Tint::Third, text);
}

fn one<T>(value: T, name: impl Into<String>, remark: &str) -> Choice<T> {
    Choice { value, name: name.into(), remark: remark.to_owned() }
}

const FILE: &str = "A file…";

fn table(ui: &mut Ui, chosen: &mut TableChoice, flash: Option<u32>) -> Option<Wanted> {
    label(ui, "Partition table", "");
    let mut choices = vec![
        one(Some(TableChoice::Fitting), "The firmware's, else Skylift's", "usual"),
        one(Some(TableChoice::Keep), "Keep the board's", ""),
    ];
    let ours = Table::our_sizes().filter(|size| flash.is_none_or(|flash| *size <= flash));
    choices.extend(
        ours.map(|size| {
            one(Some(TableChoice::Ours(size)), format!("Skylift's for {}", flash_size(size)), "")
        }),
    );
    choices.push(one(None, FILE, "CSV or binary"));
    let here = choices.iter().find(|choice| choice.value.as_ref() == Some(chosen));
    let shown = match (here, &*chosen) {
        (Some(choice), _) => choice.name.clone(),
        (None, TableChoice::File(path)) => file_name(path),
        (None, _) => String::new(),
    };
    let width = ui.available_width();
    match dropdown(ui, ("Partition table", icons::PACKAGE), (&shown, ""), &choices, width) {
        Some(Some(table)) => *chosen = table,
        Some(None) => return Some(Wanted::Table),
        None => {}
    }
    None
}

fn bootloader(ui: &mut Ui, chosen: &mut BootloaderChoice) -> Option<Wanted> {
    label(ui, "Bootloader", "");
    let usual = "The firmware's, else ESP-IDF's";
    let choices = [one(false, usual, "usual"), one(true, FILE, "")];
    let shown = match &*chosen {
        BootloaderChoice::Fitting => usual.to_owned(),
        BootloaderChoice::File { path, .. } => file_name(path),
    };
    let width = ui.available_width();
    let picked = dropdown(ui, ("Bootloader", icons::PACKAGE), (&shown, ""), &choices, width);
    if picked == Some(false) {
        *chosen = BootloaderChoice::Fitting;
    }
    match chosen {
        BootloaderChoice::Fitting => {
            about(ui, "ESP-IDF's does not roll back: Skylift's guard in the app does.")
        }
        BootloaderChoice::File { rolls_back, .. } => {
            if choice(ui, *rolls_back, "It is built with rollback") {
                *rolls_back = !*rolls_back;
            }
        }
    }
    (picked == Some(true)).then_some(Wanted::Bootloader { rolls_back: false })
}

fn reach(ui: &mut Ui, reach: &mut Reach) {
    label(ui, "Highest baud rate", "");
    let name = |baud: Option<u32>| match baud {
        Some(baud) => grouped(baud.into()),
        None => format!("{}, lowered on errors", grouped(USUAL_RATE.into())),
    };
    let rates = RATES.iter().map(|rate| one(Some(*rate), name(Some(*rate)), ""));
    let choices: Vec<_> = std::iter::once(one(None, name(None), "usual")).chain(rates).collect();
    let width = ui.available_width();
    let shown = name(reach.baud);
    if let Some(baud) = dropdown(ui, ("Highest baud rate", icons::LIGHTNING), (&shown, ""), &choices, width) {
        reach.baud = baud;
    }
    label(ui, "How the chip gets into download mode", "");
    if let Some(before) =
        one_of(ui, reach.before, &[(Before::Reset, "It is reset"), (Before::NoReset, "By hand")])
    {
        reach.before = before;
    }
    about(
        ui,
        match reach.before {
            Before::Reset => "The port's lines reset the chip.",
            Before::NoReset => "You have held BOOT and pressed RESET.",
        },
    );
    label(ui, "How it is left", "");
    if let Some(after) =
        one_of(ui, reach.after, &[(After::Reset, "It restarts"), (After::NoReset, "It stays")])
    {
        reach.after = after;
    }
    about(
        ui,
        match reach.after {
            After::Reset => "It restarts, and runs its program.",
            After::NoReset => "It stays in download mode: nothing is seen on the network.",
        },
    );
}
