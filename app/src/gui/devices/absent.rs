//! What is said above the table while none of the known devices answers.

use egui::{Frame, Margin, Panel, Ui};

use super::{Action, Filter, View};
use crate::gui::fonts::Face;
use crate::gui::mark::{Grey, Look};
use crate::gui::shell::page_margin;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::link;
use crate::gui::widgets::frame::{banner, ends};
use crate::gui::widgets::state::{icon_of, tone_of};
use crate::gui::widgets::text::{Tint, paragraph, say};

/// The sentence, once every known device has been asked in vain.
fn title(view: &View) -> Option<String> {
    let rows = view.rows.all();
    let in_vain = !rows.is_empty()
        && view.rows.count(Filter::Offline) == rows.len()
        && rows.iter().all(|row| row.device.problem.is_some());
    in_vain.then(|| match rows {
        [only] => format!("{} is known, and does not answer", only.device.label()),
        many => format!("None of the {} known devices answers", many.len()),
    })
}

/// Draws it, if it is so.
pub(super) fn draw(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let Some(title) = title(&state.devices) else { return };
    let tokens = Tokens::of(ui);
    let margin = Margin { left: page_margin(ui), right: page_margin(ui), top: 2, bottom: 12 };
    Panel::top("absent")
        .resizable(false)
        .show_separator_line(false)
        .frame(Frame::new().fill(tokens.bg1).inner_margin(margin))
        .show(ui, |ui| {
            let look = Look::Grey(Grey::Offline);
            banner(ui, tone_of(look, tokens), icon_of(look), |ui| {
                ui.spacing_mut().item_spacing.y = 4.0;
                let search = |ui: &mut Ui| link(ui, "Search again");
                if ends(ui, 20.0, search, |ui| drop(say(ui, Face::Section, Tint::First, title))) {
                    out.push(Action::SearchAgain);
                }
                let text = "They are asked where they were last seen, and the network is searched: who has power and is \
                            in reach is online again by itself.";
                paragraph(ui, Face::Body, Tint::Second, text);
            });
        });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Device, Presence};
    use crate::gui::devices::sample::{device, snapshot};
    use crate::gui::event::Event;
    use crate::gui::settings;

    fn told(devices: Vec<Device>) -> Option<String> {
        let mut state = State::new(settings::View::default());
        state.hear(Event::Snapshot(snapshot(devices)));
        title(&state.devices)
    }

    fn silent(id: &str) -> Device {
        let problem = Some("it takes too long".to_owned());
        Device { presence: Presence::Offline, status: None, problem, ..device(id) }
    }

    #[test]
    fn it_is_said_once_all_have_been_asked_in_vain() {
        assert_eq!(told(vec![]), None);
        assert_eq!(told(vec![silent("lamp")]).unwrap(), "lamp is known, and does not answer");
        let both = vec![silent("fan"), silent("lamp")];
        assert_eq!(told(both).unwrap(), "None of the 2 known devices answers");
        assert_eq!(told(vec![silent("fan"), device("lamp")]), None);
        let unasked = Device { problem: None, ..silent("lamp") };
        assert_eq!(told(vec![silent("fan"), unasked]), None);
    }
}
