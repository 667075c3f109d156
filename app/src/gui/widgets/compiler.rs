//! What a compiler says, in a panel below a page.

use egui::{Color32, Frame, Label, Margin, Panel, ScrollArea, Ui};

use crate::gui::fonts::Face;
use crate::gui::shell::{Side, edge, page_margin};
use crate::gui::theme::Tokens;

/// The panel below a page, for work that runs or has failed.
pub fn panel(ui: &mut Ui, id: &'static str, contents: impl FnOnce(&mut Ui)) {
    let margin = page_margin(ui);
    Panel::bottom(id)
        .exact_size((ui.available_height() * 0.4).max(140.0))
        .resizable(false)
        .show_separator_line(false)
        .frame(Frame::new().fill(Tokens::of(ui).bg1).inner_margin(Margin::symmetric(margin, 12)))
        .show(ui, |ui| {
            edge(ui, Side::Top);
            contents(ui);
        });
}

/// Its lines, each in the colour that `ink` gives it. They follow the last one.
pub fn output(ui: &mut Ui, id: &'static str, lines: &[String], ink: impl Fn(&str, &Tokens) -> Color32) {
    let tokens = Tokens::of(ui);
    Frame::new().fill(tokens.bgx).corner_radius(6).inner_margin(10).show(ui, |ui| {
        let area = ScrollArea::both().id_salt(id).auto_shrink(false).stick_to_bottom(true);
        area.show_rows(ui, 18.0, lines.len(), |ui, range| {
            for line in lines.get(range).unwrap_or_default() {
                ui.add(Label::new(Face::Mono.text(line).color(ink(line, tokens))).extend());
            }
        });
    });
}
