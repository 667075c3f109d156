//! Text: labels, values, and values that can be copied.

use egui::{Color32, Label, Response, RichText, Role, Sense, Ui, WidgetInfo};

use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::theme::Tokens;

/// How loud text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tint {
    /// Names, values, body.
    First,
    /// Supporting text.
    Second,
    /// Labels, units, times.
    Third,
}

impl Tint {
    /// Its colour.
    #[must_use]
    pub const fn of(self, tokens: &Tokens) -> egui::Color32 {
        match self {
            Self::First => tokens.t1,
            Self::Second => tokens.t2,
            Self::Third => tokens.t3,
        }
    }
}

/// Text of a role and a tint.
#[must_use]
pub fn styled(ui: &Ui, role: Face, tint: Tint, text: impl Into<String>) -> RichText {
    role.text(text).color(tint.of(Tokens::of(ui)))
}

/// A label that is cut with … where there is no room, and whole in its tooltip then.
pub fn say(ui: &mut Ui, role: Face, tint: Tint, text: impl Into<String>) -> Response {
    let text = styled(ui, role, tint, text);
    ui.add(Label::new(text).truncate())
}

/// Text over as many lines as it needs.
pub fn paragraph(ui: &mut Ui, role: Face, tint: Tint, text: impl Into<String>) -> Response {
    let text = styled(ui, role, tint, text);
    ui.add(Label::new(text).wrap())
}

/// An icon among text.
pub fn icon(ui: &mut Ui, icon: &str, cut: Cut, size: f32, ink: egui::Color32) -> Response {
    ui.add(Label::new(RichText::new(icon).font(cut.font(size)).color(ink)))
}

/// An en dash: it is not known, and why.
pub fn unknown(ui: &mut Ui, why: &str) -> Response {
    say(ui, Face::Body, Tint::Third, "–").on_hover_text(why)
}

/// Text in fixed width that is copied by a click on it. `shown` may be shorter than `whole`.
pub fn copyable(ui: &mut Ui, name: &str, shown: &str, whole: &str) -> Response {
    let tokens = Tokens::of(ui);
    let id = ui.make_persistent_id(("copyable", name, whole));
    let now = ui.input(|input| input.time);
    let copied_at: Option<f64> = ui.data(|data| data.get_temp(id));
    let fresh = copied_at.is_some_and(|at| now - at < COPIED_S);
    let inner = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        let text = Face::Mono.text(shown).color(tokens.t2);
        let label = ui.add(Label::new(text).truncate().sense(Sense::click()));
        let mark = if fresh { icons::CHECK } else { icons::COPY_SIMPLE };
        let mark = RichText::new(mark).font(Cut::Regular.font(14.0)).color(tokens.t3);
        // A part of the same button, not a stop of its own for the keyboard.
        let mark = ui.add(Label::new(mark).sense(Sense::CLICK));
        label.union(mark)
    });
    let response = inner.inner;
    let says = if fresh { "Copied".to_owned() } else { format!("Copy {name}") };
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Copy {name}")));
    if response.clicked() {
        ui.copy_text(whole.to_owned());
        ui.data_mut(|data| data.insert_temp(id, now));
        ui.request_repaint_after_secs(COPIED_S as f32 + 0.05);
    }
    let shortened = shown != whole;
    response.on_hover_text(if shortened { format!("{whole}\n{says}") } else { says })
}

/// For so many seconds it says "Copied".
const COPIED_S: f64 = 1.5;

/// The head of a section: its name at the left, a remark at the right.
pub fn section(ui: &mut Ui, name: &str, remark: &str) {
    ui.horizontal(|ui| {
        say(ui, Face::Section, Tint::First, name);
        if !remark.is_empty() {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                say(ui, Face::Small, Tint::Third, remark);
            });
        }
    });
}

/// A label and its value, 24 high.
pub fn fact_row(ui: &mut Ui, label: &str, value: impl FnOnce(&mut Ui)) {
    const LABEL: f32 = 116.0;
    ui.horizontal(|ui| {
        ui.set_min_height(24.0);
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.allocate_ui_with_layout(
            egui::vec2(LABEL, 24.0),
            egui::Layout::left_to_right(egui::Align::Center),
            |ui| {
                ui.set_min_width(LABEL);
                say(ui, Face::Body, Tint::Third, label);
            },
        );
        ui.spacing_mut().item_spacing.x = 8.0;
        value(ui);
    });
}

/// A small label over a value, as wide as the wider of both.
pub fn fact(ui: &mut Ui, label: &str, value: &str) {
    changing_fact(ui, label, value, "");
}

/// The same for a value that changes: with room for `widest`, so that nothing beside it moves.
pub fn changing_fact(ui: &mut Ui, label: &str, value: &str, widest: &str) {
    let tokens = Tokens::of(ui);
    let lay = |face: Face, text: &str, ink| ui.painter().layout_no_wrap(text.to_owned(), face.font(), ink);
    let above = lay(Face::Small, label, tokens.t3);
    let below = lay(Face::Name, value, tokens.t1);
    let most = lay(Face::Name, widest, tokens.t1);
    let width = above.size().x.max(below.size().x).max(most.size().x);
    let (place, response) = ui.allocate_exact_size(egui::vec2(width, 36.0), Sense::hover());
    ui.painter().galley(place.left_top(), above, tokens.t3);
    let at = egui::pos2(place.left(), place.bottom() - below.size().y);
    ui.painter().galley(at, below, tokens.t1);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{label} {value}")));
}

/// A mark, a name and a sentence on it, and what stands below the sentence.
pub fn point(ui: &mut Ui, (mark, ink): (&str, Color32), name: &str, text: &str, more: impl FnOnce(&mut Ui)) {
    ui.horizontal_top(|ui| {
        icon(ui, mark, Cut::Fill, 18.0, ink);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            say(ui, Face::Name, Tint::First, name);
            paragraph(ui, Face::Body, Tint::Second, text);
            more(ui);
        });
    });
}
