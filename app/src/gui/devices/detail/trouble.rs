//! What is wrong with a device now, what it is doing, and how its last update ended: bands from side to side.

use egui::{Frame, Margin, Ui};
use skylift_protocol::{LastEnd, Outcome, Status};

use super::inline_link;
use crate::engine::{Access, Presence, printable};
use crate::gui::devices::{Action, Row};
use crate::gui::figures::{ago, countdown};
use crate::gui::fonts::Face;
use crate::gui::mark::{Grey, Look, Mark};
use crate::gui::messages::sentence;
use crate::gui::shell::page_margin;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::state::{icon_of, tone_of};
use crate::gui::widgets::text::{Tint, icon, paragraph};

/// Draws the bands, if there is anything to say.
pub(super) fn draw(ui: &mut Ui, state: &State, row: &Row, out: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.y = 6.0;
    moving(ui, state, row, out);
    let device = &row.device;
    if device.presence == Presence::Offline {
        offline(ui, state, row, out);
        return;
    }
    if let Some(access) = device.access.filter(|access| access.is_closed()) {
        closed(ui, access);
    }
    let Some(status) = &device.status else { return };
    if status.safe_mode {
        let text = "No image in its slots is good. Only network and update run: send it a working image.";
        Band::new(Look::Failed, "Safe mode", text).draw(ui, |_| ());
    }
    if let Mark::Pending(deadline) = row.mark {
        probation(ui, state, row, deadline, out);
    }
    let drill = state.devices.drills.kept.get(device.id.as_str());
    let is_proof = drill.is_some_and(|drill| drill.is_last_end_of(device));
    if let Some(end) = status.last_end.as_ref().filter(|end| end.outcome != Outcome::Validated && !is_proof) {
        last_end(ui, row, status, end, out);
    }
}

fn moving(ui: &mut Ui, state: &State, row: &Row, out: &mut Vec<Action>) {
    let id = &row.device.id;
    let Some(moved) = state.devices.moves.get(id) else { return };
    let (look, title, text) = moved.words();
    Band::new(look, title, text).draw(ui, |ui| {
        if moved.end.is_some() && inline_link(ui, "Close", None) {
            out.push(Action::CloseMove(id.clone()));
        }
    });
}

fn closed(ui: &mut Ui, access: Access) {
    let (look, title, text) = match access {
        Access::KeyDamaged => (
            Look::Failed,
            "Its key is damaged",
            "It takes orders from nobody, so that nobody gets in by damage. Pair it again by cable.",
        ),
        _ => (
            Look::Grey(Grey::Refused),
            "Paired with another computer",
            "It takes no orders from here. Export the keys there and import them here (skylift keys), or pair it again \
             by cable.",
        ),
    };
    Band::new(look, title, text).draw(ui, |_| ());
}

fn offline(ui: &mut Ui, state: &State, row: &Row, out: &mut Vec<Action>) {
    let device = &row.device;
    let seen = device.last_seen.map(|seen| format!(", last seen {}", ago(seen, state.now.wall)));
    let (look, title) = match device.access {
        Some(Access::NotProven) => (Look::Failed, "Not believed"),
        _ => (Look::Grey(Grey::Offline), "Offline"),
    };
    let title = format!("{title}{}", seen.unwrap_or_default());
    // It begins with the device's name, which keeps its first letter.
    let text = device.problem.as_ref().map(|problem| format!("{problem}."));
    let text = text.unwrap_or_else(|| "It is being asked where it was.".to_owned());
    Band::new(look, title, text).draw(ui, |ui| {
        if inline_link(ui, "Update when it comes back…", row.is_busy().then_some("It is being updated")) {
            out.push(Action::Update(vec![device.id.clone()]));
        }
        if inline_link(ui, "Search again", None) {
            out.push(Action::SearchAgain);
        }
    });
}

fn probation(
    ui: &mut Ui,
    state: &State,
    row: &Row,
    deadline: Option<std::time::Instant>,
    out: &mut Vec<Action>,
) {
    let left = deadline.map(|deadline| deadline.saturating_duration_since(state.now.steady));
    let left = left.map_or(String::new(), |left| format!(", {}", countdown(left)));
    let title = format!("Pending validation: do not power off{left}");
    let text = "It checks its network and API. Without a pass it rolls back by itself.";
    Band::new(Look::Pending, title, text).draw(ui, |ui| {
        let id = &row.device.id;
        if inline_link(ui, "Validate now…", None) {
            out.push(Action::Validate(id.clone()));
        }
        if inline_link(ui, "Roll back…", None) {
            out.push(Action::RollBack(id.clone()));
        }
    });
}

fn last_end(ui: &mut Ui, row: &Row, status: &Status, end: &LastEnd, out: &mut Vec<Action>) {
    let (look, title) = told(end, status);
    let (text, place) = why(end);
    let copy = format!("{title}\n{text}\n{}", place.as_deref().unwrap_or_default());
    let band = Band { place, ..Band::new(look, title, text) };
    band.draw(ui, |ui| {
        let id = &row.device.id;
        let name = if row.job_of_last_end().is_some() { "Show verdict" } else { "Show in history" };
        if inline_link(ui, name, None) {
            out.push(Action::ShowEnd(id.clone()));
        }
        if inline_link(ui, "Copy reason", None) {
            ui.copy_text(copy.trim_end().to_owned());
        }
    });
}

fn told(end: &LastEnd, status: &Status) -> (Look, String) {
    let version =
        end.version.as_ref().map_or_else(|| "The new image".to_owned(), |version| printable(version));
    match end.outcome {
        Outcome::RolledBack => {
            (Look::RolledBack, format!("{version} rolled back to {}", printable(&status.running.version)))
        }
        Outcome::Refused => {
            (Look::Grey(Grey::Refused), format!("{version} was refused. Nothing was written."))
        }
        _ => (Look::Failed, format!("The update to {version} failed")),
    }
}

/// The reason in a sentence, and the place in the code if the device names one.
fn why(end: &LastEnd) -> (String, Option<String>) {
    let detail = printable(&end.detail);
    if let Some((message, place)) = split_place(&detail) {
        return (sentence(message), Some(place.to_owned()));
    }
    match (detail.is_empty(), end.reason) {
        (false, _) => (sentence(&detail), None),
        (true, Some(reason)) => (sentence(&reason.as_str().replace('_', " ")), None),
        (true, None) => (String::new(), None),
    }
}

/// `message (file:line)`, as devices tell of a panic.
fn split_place(detail: &str) -> Option<(&str, &str)> {
    let (message, place) = detail.strip_suffix(')')?.rsplit_once(" (")?;
    let (file, line) = place.rsplit_once(':')?;
    let is_line = !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
    (is_line && !file.is_empty()).then_some((message, place))
}

/// A tinted band from side to side.
struct Band {
    look: Look,
    title: String,
    text: String,
    /// A place in the code.
    place: Option<String>,
}

impl Band {
    fn new(look: Look, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { look, title: title.into(), text: text.into(), place: None }
    }

    fn draw(&self, ui: &mut Ui, links: impl FnOnce(&mut Ui)) {
        let tokens = Tokens::of(ui);
        let tone = tone_of(self.look, tokens);
        let margin = Margin::symmetric(page_margin(ui), 12);
        Frame::new().fill(tone.tint).inner_margin(margin).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().interact_size.y = 20.0;
            ui.horizontal(|ui| {
                let (mark, cut) = icon_of(self.look);
                icon(ui, mark, cut, 16.0, tone.ink);
                ui.add(egui::Label::new(Face::Section.text(&self.title).color(tone.ink)).wrap());
            });
            if !self.text.is_empty() {
                paragraph(ui, Face::Body, Tint::First, &self.text);
            }
            if let Some(place) = &self.place {
                ui.add(egui::Label::new(Face::Mono.text(place).color(tokens.accent)).wrap().selectable(true));
            }
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 16.0;
                links(ui);
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_panic_is_found() {
        assert_eq!(
            split_place("index out of bounds: the len is 4 (src/sensors/bme280.rs:118)"),
            Some(("index out of bounds: the len is 4", "src/sensors/bme280.rs:118"))
        );
        for other in ["it stopped feeding the watchdog", "no (reason)", "x (:1)", "x (a:)", "(a:1)", ""] {
            assert_eq!(split_place(other), None, "{other:?}");
        }
    }
}
