//! A line to be sent to the board, and how it ends.

use egui::{Frame, Key, Margin, Panel, TextEdit, Ui};

use super::{Action, Link, View};
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::shell::{Side, edge, page_margin};
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight};
use crate::gui::widgets::dropdown::{Choice, dropdown};
use crate::gui::widgets::field::framed_field;
use crate::gui::widgets::text::{Tint, styled};
use crate::usb::monitor::Ending;

/// The endings, with their names and what they are.
const ENDINGS: [(Ending, &str, &str); 4] = [
    (Ending::Lf, "LF", "line feed"),
    (Ending::CrLf, "CR LF", "both"),
    (Ending::Cr, "CR", "carriage return"),
    (Ending::None, "None", "nothing"),
];

/// Draws it, at the bottom.
pub(super) fn draw(ui: &mut Ui, view: &View, out: &mut Vec<Action>) {
    let tokens = Tokens::of(ui);
    let margin = Margin::symmetric(page_margin(ui), 0);
    Panel::bottom("send")
        .exact_size(52.0)
        .resizable(false)
        .show_separator_line(false)
        .frame(Frame::new().fill(tokens.bg1).inner_margin(margin))
        .show(ui, |ui| {
            edge(ui, Side::Top);
            let right = egui::Layout::right_to_left(egui::Align::Center);
            ui.with_layout(right, |ui| line(ui, view, out));
        });
}

/// From the right.
fn line(ui: &mut Ui, view: &View, out: &mut Vec<Action>) {
    let why_not = (view.link != Link::Connected).then_some("The port is not open");
    let sent = Press::new(Weight::Secondary, "Send").refused(why_not).hint("Enter").clicked(ui);
    ending(ui, view, out);
    let mut draft = view.draft.clone();
    let prefix = styled(ui, Face::Body, Tint::Third, icons::CARET_RIGHT);
    let edit = TextEdit::singleline(&mut draft).hint_text("Send a line to the board").prefix(prefix);
    let field = framed_field(ui, "Line to send", edit, ui.available_width());
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if draft != view.draft {
        out.push(Action::Draft(draft));
    }
    if sent || entered && why_not.is_none() {
        out.push(Action::Send);
        field.request_focus();
    }
}

fn ending(ui: &mut Ui, view: &View, out: &mut Vec<Action>) {
    let shown = ENDINGS.iter().find(|(ending, ..)| *ending == view.ending).map_or("LF", |(_, name, _)| name);
    let choice = |(value, name, what): (Ending, &str, &str)| Choice {
        value,
        name: name.to_owned(),
        remark: what.to_owned(),
    };
    let choices = ENDINGS.map(choice);
    out.extend(dropdown(ui, ("Line ending", ""), (shown, "ending"), &choices, 124.0).map(Action::Ending));
}
