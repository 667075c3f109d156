//! How work on a board ended, and what to do next.

use egui::{Align, Layout, Ui};

use super::super::contact::Contact;
use super::super::job::{Doing, End, Job};
use super::super::work::wants_other_network;
use super::super::{Action, Bench};
use super::network;
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::mark::{Grey, Look};
use crate::gui::messages::sentence;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight, primary, secondary};
use crate::gui::widgets::frame::banner;
use crate::gui::widgets::state::{icon_of, tone_of};
use crate::gui::widgets::text::{Tint, icon, paragraph};

/// How it ended, and what to do next.
pub(super) fn ended(ui: &mut Ui, state: &State, bench: &Bench, job: &Job, end: &End, out: &mut Vec<Action>) {
    let tokens = Tokens::of(ui);
    let (look, title, text) = verdict(job, end);
    let (mark, cut) = icon_of(look);
    ui.add_space(4.0);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 14.0;
        icon(ui, mark, cut, 26.0, tone_of(look, tokens).ink);
        ui.vertical(|ui| {
            let title = Face::Display.text(title).size(20.0).color(tokens.t1);
            let response = ui.add(egui::Label::new(title).wrap());
            response
                .ctx
                .accesskit_node_builder(response.id, |node| node.set_live(egui::accesskit::Live::Polite));
            paragraph(ui, Face::Lead, Tint::Second, text);
        });
    });
    if let End::Failed(failure) = end
        && !failure.advice.is_empty()
    {
        ui.add_space(6.0);
        banner(ui, tokens.offline, (icons::LIGHTBULB, Cut::Regular), |ui| {
            for advice in &failure.advice {
                paragraph(ui, Face::Body, Tint::First, sentence(advice));
            }
        });
    }
    if wants_other_network(job) {
        ui.add_space(6.0);
        other_network(ui, state, bench, out);
    }
    ui.add_space(10.0);
    next(ui, bench, job, end, out);
}

/// How work ended: a mark, a title, and what it means for the board.
pub(super) fn verdict(job: &Job, end: &End) -> (Look, String, String) {
    match (end, &job.contact) {
        (End::Done(_), Some(contact)) => contact.words(&job.title),
        (End::Done(what), None) => (Look::Valid, what.clone(), job.leaves().to_owned()),
        (End::Cancelled, _) => {
            (Look::Grey(Grey::Cancelled), format!("{}: cancelled", job.doing.word()), job.leaves().to_owned())
        }
        (End::Failed(failure), _) => (
            Look::Failed,
            job.doing.failed().to_owned(),
            format!("{} {}", sentence(&failure.what), job.leaves()),
        ),
    }
}

/// The network again, to be written without the firmware.
fn other_network(ui: &mut Ui, state: &State, bench: &Bench, out: &mut Vec<Action>) {
    let mut form = bench.form.clone();
    let flaws = form.read(None).err().unwrap_or_default().told(&form.left);
    ui.scope(|ui| {
        ui.set_max_width(ui.available_width().min(400.0));
        ui.push_id("again", |ui| {
            for field in network::draw(ui, &mut form, &network::nothing(bench), &state.usb.networks, &flaws) {
                out.push(Action::Leave(bench.path().to_owned(), field));
            }
        });
    });
    if form != bench.form {
        out.push(Action::Change(bench.path().to_owned(), Box::new(form)));
    }
}

fn next(ui: &mut Ui, bench: &Bench, job: &Job, end: &End, out: &mut Vec<Action>) {
    let path = || bench.path().to_owned();
    ui.horizontal(|ui| {
        if wants_other_network(job) {
            let text = if job.contact.as_ref().is_some_and(Contact::is_wrong_password) {
                "Write the password again"
            } else {
                "Write the network again"
            };
            if primary(ui, icons::WIFI_HIGH, text) {
                out.push(Action::SetUp(path()));
            }
        }
        if let Some(device) = job.contact.as_ref().and_then(Contact::device)
            && primary(ui, icons::CPU, "Show device")
        {
            out.push(Action::ShowDevice(device.clone()));
        }
        let again = matches!(end, End::Failed(_) | End::Cancelled);
        if again
            && job.doing == Doing::Flash
            && bench.board.is_some()
            && primary(ui, icons::LIGHTNING, "Flash it again")
        {
            out.push(Action::Flash(path()));
        }
        if again
            && (job.doing == Doing::Read || bench.board.is_none())
            && primary(ui, icons::CPU, "Read board")
        {
            out.push(Action::Read(path()));
        }
        if again && job.has_backup && secondary(ui, icons::ARCHIVE, "Restore from its backup…") {
            out.push(Action::Backups(super::BackupAction::Toggle));
        }
        if secondary(ui, icons::TERMINAL_WINDOW, "Open monitor") {
            out.push(Action::OpenMonitor(path()));
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            if Press::new(Weight::Ghost, "Close").clicked(ui) {
                out.push(Action::CloseJob(path()));
            }
        });
    });
}
