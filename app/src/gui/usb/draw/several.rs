//! Several boards at once: the ports with check marks and what becomes of each, and one form for all of them.

use egui::{Frame, Margin, Panel, ScrollArea, Ui};

use super::super::choices::file_name;
use super::super::form::{Field, Firmware, Form, MOST_NAME};
use super::super::job::{End, Job};
use super::super::order::Wanted;
use super::super::several::{Action as Act, Tally, can_take_part};
use super::super::words::{Standing, standing};
use super::super::{Action, Bench};
use super::job_end::verdict;
use super::setup::switch_line;
use super::{choices, network};
use crate::gui::figures::{chip, size};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::keys::{default_name, default_signer};
use crate::gui::shell::{Side, edge, is_narrow};
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::bar::bar;
use crate::gui::widgets::button::{Press, Weight, link};
use crate::gui::widgets::dropdown::{Choice, dropdown};
use crate::gui::widgets::field::{text_field, tick_box, wrong_field};
use crate::gui::widgets::frame::{ends, hairline, scroll};
use crate::gui::widgets::state::{marked, state_mark};
use crate::gui::widgets::text::{Tint, paragraph, say};

/// Draws the form as a panel, and the boards beside it.
pub(super) fn draw(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    panel(ui, state, out);
    super::central(ui, |ui| {
        scroll(ui, |ui| {
            let count = state.usb.ports.len();
            let ports = |ui: &mut Ui| drop(say(ui, Face::Small, Tint::Third, format!("{count} ports")));
            ends(ui, 32.0, ports, |ui| drop(say(ui, Face::Title, Tint::First, "Flash several boards")));
            paragraph(ui, Face::Body, Tint::Third, words(state.usb.several.tally(state.usb.ports.iter())));
            ui.add_space(8.0);
            let names = state.usb.several.names(state);
            for bench in &state.usb.ports {
                let name = names.iter().find(|(named, _)| named.path() == bench.path());
                hairline(ui);
                row(ui, state, bench, name.map(|(_, name)| name.as_str()), out);
            }
            hairline(ui);
        });
    });
}

fn words(tally: Tally) -> String {
    let Tally { running, done, not_done } = tally;
    if tally == Tally::default() {
        return "Each board gets the same firmware and network, a name with a number, and a key of its own."
            .to_owned();
    }
    let mut words = Vec::new();
    for (count, what) in [(running, "under way"), (done, "flashed"), (not_done, "not flashed")] {
        if count > 0 {
            words.push(format!("{count} {what}"));
        }
    }
    format!("{}.", words.join(", "))
}

/// A port: whether it takes part, what its board is to be called, how it stands.
fn row(ui: &mut Ui, state: &State, bench: &Bench, name: Option<&str>, out: &mut Vec<Action>) {
    let several = &state.usb.several;
    ui.add_space(6.0);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        if can_take_part(bench) {
            let ticked = several.has(bench);
            if tick_box(ui, ticked.into(), &format!("Flash the board on {}", bench.path())) {
                out.push(Action::Several(Act::Tick(bench.path().to_owned())));
            }
        } else {
            ui.allocate_exact_size(egui::vec2(28.0, 28.0), egui::Sense::hover());
        }
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            ui.spacing_mut().interact_size.y = 18.0;
            ui.add_space(4.0);
            let open = |ui: &mut Ui| ui.push_id(bench.path(), |ui| link(ui, "Show board")).inner;
            let mine = bench.job.as_ref().filter(|_| several.began(bench));
            let shown = mine.map(|job| job.title.as_str()).filter(|_| name.is_none()).or(name);
            let opens = ends(ui, 20.0, open, |ui| {
                ui.spacing_mut().item_spacing.x = 10.0;
                say(ui, Face::Name, Tint::First, shown.map_or_else(|| bench.name(), str::to_owned));
                say(ui, Face::MonoSmall, Tint::Third, bench.path());
            });
            if opens {
                out.push(Action::Open(bench.path().to_owned()));
            }
            match mine {
                Some(job) => course(ui, job),
                None => stands(ui, bench),
            }
        });
    });
    ui.add_space(6.0);
}

fn stands(ui: &mut Ui, bench: &Bench) {
    match standing(bench) {
        Standing::Marked(look, words) => drop(state_mark(ui, look, &words)),
        Standing::Locked => {
            let ink = Tokens::of(ui).open.ink;
            drop(marked(ui, (icons::LOCK_KEY, Cut::Fill), ink, "No permission"));
        }
    }
}

/// What becomes of a board, and what came of it.
fn course(ui: &mut Ui, job: &Job) {
    match &job.end {
        None => {
            say(ui, Face::Small, Tint::Second, job.sentence());
            if let Some(share) = job.percent() {
                bar(ui, &job.title, share as f32 / 100.0, 6.0);
            }
        }
        Some(end) => {
            let (look, title, text) = verdict(job, end);
            state_mark(ui, look, &title);
            if !matches!(end, End::Done(_)) {
                paragraph(ui, Face::Small, Tint::Second, text);
            }
        }
    }
}

fn panel(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let several = &state.usb.several;
    Panel::right("several")
        .exact_size(if is_narrow(ui) { super::setup::NARROW } else { super::setup::WIDTH })
        .resizable(false)
        .show_separator_line(false)
        .frame(Frame::new().fill(Tokens::of(ui).bg1))
        .show(ui, |ui| {
            edge(ui, Side::Left);
            Panel::bottom("go several")
                .resizable(false)
                .show_separator_line(false)
                .frame(Frame::new().inner_margin(Margin::symmetric(20, 12)))
                .show(ui, |ui| {
                    edge(ui, Side::Top);
                    go(ui, state, out);
                });
            let mut form = several.form.clone();
            ScrollArea::vertical().id_salt("several").auto_shrink(false).show(ui, |ui| {
                Frame::new().inner_margin(Margin::symmetric(20, 12)).show(ui, |ui| {
                    ui.set_width(ui.available_width());
                    fields(ui, state, &mut form, out);
                });
            });
            if form != several.form {
                out.push(Action::Several(Act::Change(Box::new(form))));
            }
        });
}

fn fields(ui: &mut Ui, state: &State, form: &mut Form, out: &mut Vec<Action>) {
    let flaws = state.usb.several.flaws().unwrap_or_default().told(&form.left);
    say(ui, Face::Section, Tint::First, "For all of them");
    if firmware(ui, state, form) {
        out.push(Action::Several(Act::Pick(Wanted::Firmware)));
    }
    let mut left = Vec::new();
    network::label(ui, "Name, before its number", &format!("{} of {MOST_NAME}", form.name.len()));
    let field = if flaws.name.is_some() { wrong_field } else { text_field };
    let width = ui.available_width();
    if field(ui, "Name, before its number", &mut form.name, "porch-lamp", width).lost_focus() {
        left.push(Field::Name);
    }
    network::flaw(ui, flaws.name.as_ref());
    left.extend(network::draw(ui, form, network::NONE, &state.usb.networks, &flaws));
    out.extend(left.into_iter().map(|field| Action::Several(Act::Leave(field))));
    ui.add_space(10.0);
    hairline(ui);
    ui.add_space(6.0);
    switches(ui, state, form, out);
    hairline(ui);
    ui.add_space(2.0);
    if let Some(wanted) = choices::draw(ui, &mut form.choices, None) {
        out.push(Action::Several(Act::Pick(wanted)));
    }
}

/// What is to be flashed; true if a file is to be chosen.
fn firmware(ui: &mut Ui, state: &State, form: &mut Form) -> bool {
    network::label(ui, "Firmware", "");
    let one = |value, name: String, remark: String| Choice { value, name, remark };
    let fitting = one(Some(Firmware::Fitting), "Skylift for its chip".to_owned(), "bundled".to_owned());
    let library = state.firmware.entries.iter().map(|entry| {
        let remark = format!("{}, {}", chip(entry.chip), size(entry.size.into()));
        one(
            Some(Firmware::Library(entry.file_sha256)),
            format!("{} {}", entry.project, entry.version),
            remark,
        )
    });
    let file = one(None, "A file…".to_owned(), String::new());
    let choices: Vec<_> = std::iter::once(fitting).chain(library).chain([file]).collect();
    let here = choices.iter().find(|choice| choice.value.is_some() && choice.value == form.firmware);
    let shown = match (here, &form.firmware) {
        (Some(choice), _) => (choice.name.clone(), choice.remark.clone()),
        (None, Some(Firmware::Path(path))) => (file_name(path), "file".to_owned()),
        (None, _) => ("Choose firmware".to_owned(), String::new()),
    };
    let width = ui.available_width();
    match dropdown(ui, ("Firmware", icons::PACKAGE), (&shown.0, &shown.1), &choices, width) {
        Some(Some(firmware)) => form.firmware = Some(firmware),
        Some(None) => return true,
        None => {}
    }
    false
}

fn switches(ui: &mut Ui, state: &State, form: &mut Form, out: &mut Vec<Action>) {
    let about = "Each then obeys only who holds its key.";
    if switch_line(ui, form.pair, "Pair them with this computer", about) {
        form.pair = !form.pair;
    }
    if default_signer(state).is_some() {
        let name = format!("Run only images signed by {}", default_name(state));
        if switch_line(ui, form.sign_only, &name, "Others are refused before they can boot.") {
            form.sign_only = !form.sign_only;
        }
    }
    let on = state.settings.kept.backup_before_flash;
    let about = "Those that hold something. Restore them any time from Backups.";
    if switch_line(ui, on, "Back up boards first", about) {
        out.push(Action::BackUpFirst(!on));
    }
}

/// The one button, and the one that calls all of it off.
fn go(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let several = &state.usb.several;
    let count = state.usb.ports.iter().filter(|bench| several.has(bench)).count();
    let running = several.tally(state.usb.ports.iter()).running;
    let text = if count == 1 { "Flash 1 board".to_owned() } else { format!("Flash {count} boards") };
    let left = !several.form.left.is_empty();
    let why_not = match () {
        () if count == 0 && running > 0 => Some("They are being flashed"),
        () if count == 0 => Some("Tick the boards to be flashed"),
        () if several.form.firmware.is_none() => Some("Choose firmware first"),
        () if left && several.flaws().is_some() => Some("Fill in the form first"),
        () => None,
    };
    let press = Press::new(Weight::Primary, &text).icon(icons::LIGHTNING).refused(why_not).wide();
    if ui.vertical_centered_justified(|ui| press.clicked(ui)).inner {
        out.push(Action::Several(Act::Flash));
    }
    if running > 0 {
        ui.add_space(6.0);
        let cancel = Press::new(Weight::Secondary, "Cancel all").icon(icons::X).wide();
        if ui.vertical_centered_justified(|ui| cancel.clicked(ui)).inner {
            out.push(Action::Several(Act::Cancel));
        }
    }
}
