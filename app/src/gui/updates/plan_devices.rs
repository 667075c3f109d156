//! The devices of a plan, with what each will say to the image, and what is to be known before.

use egui::{Align, Layout, Ui};
use skylift_protocol::Id;

use super::care::Outlook;
use super::plan::Plan;
use super::ways::{cost_of, taken};
use super::{Action, airtime, plan_signature, ways_panel, wrap};
use crate::advice::Advice as _;
use crate::engine::{Device, Forecast, PlanError};
use crate::gui::figures::{fine_size, foretold};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::mark::{Grey, Look};
use crate::gui::messages::sentence;
use crate::gui::shell::is_narrow;
use crate::gui::state::{self, State};
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::link;
use crate::gui::widgets::field::tick_box;
use crate::gui::widgets::frame::{ends, hairline};
use crate::gui::widgets::state::state_mark;
use crate::gui::widgets::text::{Tint, fact, icon, paragraph, say};

/// Draws them.
pub(super) fn draw(ui: &mut Ui, state: &State, plan: &Plan, out: &mut Vec<state::Action>) {
    totals(ui, state, plan);
    ui.add_space(10.0);
    plan_signature::draw(ui, state, plan);
    ui.add_space(10.0);
    ways_panel::draw(ui, state, plan, out);
    let all_offered = plan.devices.len() >= state.engine.devices.len();
    let more = |ui: &mut Ui| !all_offered && link(ui, "Other devices");
    let offer = ends(ui, 26.0, more, |ui| {
        say(ui, Face::Section, Tint::First, "Devices");
        say(ui, Face::Small, Tint::Third, format!("{} chosen", plan.chosen().len()));
    });
    if offer {
        out.push(wrap(Action::OfferAll));
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    for (id, ticked) in &plan.devices {
        let Some(device) = state.engine.device(id) else { continue };
        hairline(ui);
        row(ui, state, plan, (device, *ticked), out);
    }
}

/// What it comes to, before anything is sent.
fn totals(ui: &mut Ui, state: &State, plan: &Plan) {
    let sendable = plan.sendable(&state.engine).len();
    let airtime = plan.airtime(&state.engine);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 28.0;
        fact(
            ui,
            "Gets it",
            &if sendable == 1 { "1 device".to_owned() } else { format!("{sendable} devices") },
        );
        fact(ui, "On the air", &airtime.as_ref().map_or_else(|| "–".to_owned(), airtime::instead));
        if let Some(saves) = airtime.as_ref().and_then(airtime::saves) {
            fact(ui, "Saves", saves.trim_start_matches("saves "));
        }
        let time = plan.whole_time(state).map(|time| format!("about {}", foretold(time.as_secs_f64())));
        fact(ui, "Takes", time.as_deref().unwrap_or("–"));
    });
}

fn row(
    ui: &mut Ui,
    state: &State,
    plan: &Plan,
    (device, ticked): (&Device, bool),
    out: &mut Vec<state::Action>,
) {
    let name = if is_narrow(ui) { 120.0 } else { 170.0 };
    ui.horizontal(|ui| {
        ui.set_min_height(46.0);
        if tick_box(ui, ticked.into(), &format!("Update {}", device.label())) {
            out.push(wrap(Action::Toggle(device.id.clone())));
        }
        ui.allocate_ui_with_layout(egui::vec2(name, 42.0), Layout::top_down(Align::Min), |ui| {
            ui.set_min_width(name);
            ui.add_space(4.0);
            ui.spacing_mut().item_spacing.y = 1.0;
            say(ui, Face::Name, Tint::First, device.label());
            say(ui, Face::Small, Tint::Third, crate::gui::devices::firmware(device));
        });
        ui.vertical(|ui| {
            ui.add_space(8.0);
            ui.spacing_mut().item_spacing.y = 2.0;
            let outlook = plan.outlook(device, &state.engine);
            said(ui, state, plan, device, &outlook, out);
            if !matches!(outlook, Outlook::Known(Forecast::Refuse(_))) {
                for caution in plan.cautions(device) {
                    ui.horizontal_top(|ui| {
                        ui.spacing_mut().item_spacing.x = 6.0;
                        icon(ui, icons::INFO, Cut::Regular, 14.0, Tokens::of(ui).open.ink);
                        paragraph(ui, Face::Body, Tint::First, caution.words());
                    });
                }
            }
            ui.add_space(8.0);
        });
    });
}

fn said(
    ui: &mut Ui,
    state: &State,
    plan: &Plan,
    device: &Device,
    outlook: &Outlook,
    out: &mut Vec<state::Action>,
) {
    let (look, word, text) = match outlook {
        Outlook::Away(true) => (Look::Grey(Grey::Offline), "Does not answer", "Updated when it comes back."),
        Outlook::Away(false) => {
            (Look::Grey(Grey::Offline), "Does not answer", "Left out, it cannot be updated now.")
        }
        Outlook::Unknown(why) => (Look::Grey(Grey::Waiting), "Not known yet", *why),
        Outlook::Known(Forecast::Send) => return sent(ui, plan, device, out),
        Outlook::Known(Forecast::AlreadyRunning) => (Look::Valid, "Runs it already", "Nothing is sent."),
        Outlook::Known(Forecast::Refuse(cause)) => {
            state_mark(ui, Look::Grey(Grey::Refused), "Will be refused");
            let said = paragraph(ui, Face::Body, Tint::Second, sentence(&cause.detail));
            if !cause.advice.is_empty() {
                said.on_hover_text(lines(&cause.advice));
            }
            plan_signature::help(ui, state, plan, (device, cause), out);
            return;
        }
    };
    ui.horizontal_wrapped(|ui| {
        state_mark(ui, look, word);
        ui.add(egui::Label::new(Face::Body.text(text).color(Tokens::of(ui).t2)).wrap());
    });
}

fn sent(ui: &mut Ui, plan: &Plan, device: &Device, out: &mut Vec<state::Action>) {
    ui.horizontal_wrapped(|ui| {
        state_mark(ui, Look::Updating, "Will be sent");
        if let Some(trouble) = plan.ways.trouble(&device.id) {
            return not_planned(ui, &device.id, trouble, out);
        }
        let (text, about) = match plan.ways.of(&device.id) {
            Some(costs) => {
                let way = taken(costs, plan.care.encoding);
                let cost = cost_of(costs, plan.care.encoding);
                let figures = cost.map(|cost| {
                    format!(", {}, about {}", fine_size(u64::from(cost.bytes)), foretold(cost.seconds))
                });
                (format!("{way}{}", figures.unwrap_or_default()), airtime::about(way))
            }
            None => ("what it costs is worked out".to_owned(), "The update can begin all the same"),
        };
        let text = Face::Body.text(text).color(Tokens::of(ui).t2);
        ui.add(egui::Label::new(text).wrap()).on_hover_text(about);
    });
}

/// Why it is not known what a device would be sent, with what helps against it, and another try.
fn not_planned(ui: &mut Ui, device: &Id, trouble: &PlanError, out: &mut Vec<state::Action>) {
    let text = Face::Body.text(sentence(&trouble.to_string())).color(Tokens::of(ui).t2);
    let advice: Vec<_> =
        std::iter::once("What it costs is not known".to_owned()).chain(trouble.advice()).collect();
    ui.add(egui::Label::new(text).wrap()).on_hover_text(lines(&advice));
    if link(ui, "Try again") {
        out.push(wrap(Action::AskAgain(device.clone())));
    }
}

/// Sentences, each on a line of its own.
fn lines(advice: &[String]) -> String {
    advice.iter().map(|line| sentence(line)).collect::<Vec<_>>().join("\n")
}
