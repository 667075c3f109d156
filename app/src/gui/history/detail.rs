//! One past update: its times as a bar, its figures, its end, and what the device logged.

use egui::{Frame, Margin, Ui};

use super::page::{label, lasted};
use super::{Action, Group, lanes, look_of, timeline, why_not_again};
use crate::gui::figures::{clock, day_and_time, fine_size, rate, short_digest, size};
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::messages::sentence;
use crate::gui::shell::{is_narrow, page_margin};
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::updates::airtime;
use crate::gui::widgets::button::{Press, Weight, link};
use crate::gui::widgets::frame::{ends, rule, scroll};
use crate::gui::widgets::state::{icon_of, pill, tone_of};
use crate::gui::widgets::text::{Tint, copyable, fact, fact_row, icon, paragraph, say, section};
use crate::store::{PastUpdate, What};

/// Draws the details of a group, and of the update in it that is open.
pub(super) fn draw(ui: &mut Ui, state: &State, group: &Group, update: &PastUpdate, out: &mut Vec<Action>) {
    let margin = page_margin(ui);
    Frame::new().inner_margin(Margin { left: margin, right: margin, top: 14, bottom: 0 }).show(ui, |ui| {
        title(ui, state, group, update, out);
        ui.add_space(8.0);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 28.0;
            figures(ui, state, group, update);
        });
    });
    scroll(ui, |ui| {
        let many = group.count() > 1;
        if !many {
            end(ui, update);
        }
        ends(ui, 24.0, timeline::legend, |ui| {
            say(ui, Face::Section, Tint::First, if many { "Devices" } else { "Times" });
        });
        timeline::draw(ui, group, update, state.now.wall, out);
        rule(ui);
        if many {
            chosen(ui, update);
            end(ui, update);
        }
        ui.add_space(8.0);
        lanes::draw(ui, group, update, state.history.course(), state.now.wall);
        ui.add_space(12.0);
        times(ui, update);
        rule(ui);
        drill(ui, update);
        events(ui, update);
        rule(ui);
        facts(ui, update);
        log(ui, update);
    });
}

fn figures(ui: &mut Ui, state: &State, group: &Group, update: &PastUpdate) {
    fact(ui, "Started", &day_and_time(group.first().started, state.now.wall));
    if let Some(took) = group.duration() {
        fact(ui, "Took", &lasted(took));
    }
    match group.airtime() {
        Some(airtime) => {
            fact(ui, "On the air", &airtime::instead(&airtime));
            if let Some(saves) = airtime::saves(&airtime) {
                fact(ui, "Saves", saves.trim_start_matches("saves "));
            }
        }
        None => fact(ui, "Sent", &size(group.updates().map(|update| update.bytes).sum())),
    }
    if let (Some(speed), 1) = (update.rate, group.count()) {
        fact(ui, "Rate", &rate(speed));
    }
    if let Some(rollout) = update.rollout.as_ref().filter(|rollout| rollout.devices > 1) {
        fact(ui, "Order", &rollout.order());
        if u32::try_from(group.count()).is_ok_and(|begun| begun < rollout.devices) {
            fact(ui, "Begun", &format!("{} of {} devices", group.count(), rollout.devices));
        }
    }
    let before = &group.first().from_version;
    let all_same = group.updates().all(|update| update.from_version == *before);
    fact(ui, "Before", if all_same { before } else { "several" });
}

/// Which of the devices the rest is about.
fn chosen(ui: &mut Ui, update: &PastUpdate) {
    ui.horizontal(|ui| {
        say(ui, Face::Section, Tint::First, label(update));
        let (look, word) = look_of(update);
        pill(ui, look, word);
        let speed = update.rate.map(|speed| format!(" at {}", rate(speed))).unwrap_or_default();
        if let Some(air) = &update.air {
            let text = format!("{}, {}{speed}", air.encoding, airtime::instead(&air.time));
            say(ui, Face::Small, Tint::Third, text);
        } else if update.rate.is_some() {
            say(ui, Face::Small, Tint::Third, format!("{}{speed}", size(update.bytes)));
        }
    });
    ui.add_space(4.0);
}

fn drill(ui: &mut Ui, update: &PastUpdate) {
    let Some(drill) = &update.drill else { return };
    section(ui, "Drill", "an image that had to fail");
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut value =
        |name: &str, text: String| fact_row(ui, name, |ui| drop(say(ui, Face::Body, Tint::First, text)));
    value("It fails by", drill.method.replace('_', " "));
    let result = drill.result.as_deref().map_or("Not known".to_owned(), |result| result.replace('_', " "));
    value("It proved", result);
    if let Some(recovery) = drill.recovery {
        value("Back after", format!("{:.1} s", recovery.as_secs_f32()));
    }
    rule(ui);
}

fn log(ui: &mut Ui, update: &PastUpdate) {
    let Some(log) = &update.log else { return };
    rule(ui);
    let copy = |ui: &mut Ui| link(ui, "Copy log");
    let copied = ends(ui, 26.0, copy, |ui| {
        say(ui, Face::Section, Tint::First, "Device log");
        say(ui, Face::Small, Tint::Third, "as it was at the end");
    });
    if copied {
        ui.copy_text(log.clone());
    }
    Frame::new().fill(Tokens::of(ui).bgx).corner_radius(6).inner_margin(10).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        let text = Face::MonoSmall.text(log).color(Tokens::of(ui).t2);
        ui.add(egui::Label::new(text).wrap().selectable(true));
    });
}

fn title(ui: &mut Ui, state: &State, group: &Group, update: &PastUpdate, out: &mut Vec<Action>) {
    let many = group.count() > 1;
    let again = if many { "Run again for all…" } else { "Run again…" };
    let mut buttons = |ui: &mut Ui| {
        if Press::new(Weight::Secondary, "Save report…").icon(icons::DOWNLOAD_SIMPLE).clicked(ui) {
            out.push(Action::Bundle(update.number));
        }
        let again = Press::new(Weight::Secondary, again).icon(icons::ARROW_CLOCKWISE);
        if again.refused(why_not_again(state, update)).clicked(ui) {
            out.push(Action::Again(group.updates().map(|update| update.number).collect()));
        }
    };
    if is_narrow(ui) {
        say(ui, Face::Title, Tint::First, super::page::title(group));
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            if !many {
                let (look, word) = look_of(update);
                pill(ui, look, word);
            }
            buttons(ui);
        });
    } else {
        ends(ui, 30.0, buttons, |ui| {
            say(ui, Face::Title, Tint::First, super::page::title(group));
            if !many {
                let (look, word) = look_of(update);
                pill(ui, look, word);
            }
        });
    }
}

fn end(ui: &mut Ui, update: &PastUpdate) {
    let Some(end) = update.end.as_ref().filter(|end| end.verdict != "validated") else { return };
    let (look, _) = look_of(update);
    let tone = tone_of(look, Tokens::of(ui));
    crate::gui::widgets::frame::banner(ui, tone, icon_of(look), |ui| {
        let reason = end.reason.as_deref().unwrap_or(&end.verdict).replace('_', " ");
        say(ui, Face::Section, Tint::First, sentence(&reason));
        if let Some(detail) = &end.detail {
            paragraph(ui, Face::Body, Tint::First, sentence(detail));
        }
    });
    ui.add_space(12.0);
}

/// How long each phase took.
fn times(ui: &mut Ui, update: &PastUpdate) {
    let phases: Vec<_> = update.phases().filter_map(|phase| Some((phase.phase, phase.time?))).collect();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 20.0;
        for (phase, time) in phases {
            let words = sentence(&phase.replace('_', " "));
            fact(ui, words.trim_end_matches('.'), &format!("{:.1} s", time.as_secs_f32()));
        }
    });
}

fn events(ui: &mut Ui, update: &PastUpdate) {
    section(ui, "What happened", "");
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.spacing_mut().interact_size.y = 20.0;
    for moment in &update.timeline {
        let text = match &moment.what {
            What::Phase(phase) => sentence(&phase.replace('_', " ")),
            What::Note(note) => noted(note),
        };
        ui.horizontal(|ui| {
            say(ui, Face::Mono, Tint::Third, clock(moment.at));
            say(ui, Face::Body, Tint::First, text.trim_end_matches('.'));
        });
    }
    if let Some(end) = &update.end {
        let (look, word) = look_of(update);
        let (mark, cut) = icon_of(look);
        let ink = tone_of(look, Tokens::of(ui)).ink;
        ui.horizontal(|ui| {
            say(ui, Face::Mono, Tint::Third, clock(end.at));
            icon(ui, mark, cut, 14.0, ink);
            say(ui, Face::Name, Tint::First, word);
        });
    }
}

/// A note of the history in words; behind some there is a figure.
fn noted(note: &str) -> String {
    match note.split_once(' ') {
        Some(("served_at", at)) => format!("Reached this computer at {at}"),
        Some(("resumed_from", bytes)) => match bytes.parse() {
            Ok(bytes) => format!("Resumed at {}", size(bytes)),
            Err(_) => "Resumed".to_owned(),
        },
        Some(("planned", plan)) => match plan.split_once(' ').map(|(way, bytes)| (way, bytes.parse())) {
            Some((way, Ok(bytes))) => format!("Planned to send {} {way}", fine_size(bytes)),
            _ => "Planned".to_owned(),
        },
        Some(("fell_back", ways)) => match ways.split_once(' ') {
            Some((from, to)) => format!("Sent {to}, not {from}"),
            None => "Sent another way".to_owned(),
        },
        Some(("trusts", signers)) => {
            let short: Vec<String> = signers.split(' ').map(short_digest).collect();
            format!("Takes images of {} only", short.join(" or "))
        }
        _ => sentence(&note.replace('_', " ")),
    }
}

fn facts(ui: &mut Ui, update: &PastUpdate) {
    section(ui, "Image and device", "");
    ui.spacing_mut().item_spacing.y = 0.0;
    fact_row(ui, "Device", |ui| drop(copyable(ui, "device id", &update.device, &update.device)));
    for (name, digest) in
        [("SHA-256 of image", &update.image_sha256), ("SHA-256 of file", &update.file_sha256)]
    {
        fact_row(ui, name, |ui| drop(copyable(ui, name, &short_digest(digest), digest)));
    }
    let mut value =
        |name: &str, text: String| fact_row(ui, name, |ui| drop(say(ui, Face::Body, Tint::First, text)));
    value("Size", size(u64::from(update.size)));
    if let Some(air) = &update.air {
        let saves = airtime::saves(&air.time).map(|saves| format!(", {saves}")).unwrap_or_default();
        value("Sent", format!("{}, {}{saves}", air.encoding, fine_size(air.time.sent)));
    }
    if let Some(at) = update.resumed_from {
        value("Resumed at", size(u64::from(at)));
    }
    if let Some(at) = &update.served_at {
        value("Served at", at.clone());
    }
}
