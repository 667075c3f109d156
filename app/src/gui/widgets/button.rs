//! Buttons: what they are for decides how they look.

use egui::{Button, Response, RichText, Role, Stroke, Ui, WidgetInfo, vec2};

use crate::gui::fonts::{Cut, Face};
use crate::gui::theme::Tokens;

/// What a button is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The one thing to do on this page.
    Primary,
    /// Anything else.
    Secondary,
    /// What matters little.
    Ghost,
    /// What destroys or interrupts.
    Danger,
    /// A way to somewhere else.
    Link,
}

/// A button that can be pressed, or says why not.
#[derive(Clone, Copy, Debug)]
pub struct Press<'a> {
    weight: Weight,
    icon: Option<&'a str>,
    text: &'a str,
    height: f32,
    wide: bool,
    hint: Option<&'a str>,
    refusal: Option<&'a str>,
}

impl<'a> Press<'a> {
    /// A button of this weight.
    #[must_use]
    pub const fn new(weight: Weight, text: &'a str) -> Self {
        Self { weight, icon: None, text, height: 30.0, wide: false, hint: None, refusal: None }
    }

    /// With an icon before the text.
    #[must_use]
    pub const fn icon(mut self, icon: &'a str) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Lower: for rows and cards.
    #[must_use]
    pub const fn small(mut self) -> Self {
        self.height = 26.0;
        self
    }

    /// As wide as there is room, and higher: the one big thing to do.
    #[must_use]
    pub const fn wide(mut self) -> Self {
        self.wide = true;
        self.height = 36.0;
        self
    }

    /// With more to say when the pointer is on it.
    #[must_use]
    pub const fn hint(mut self, hint: &'a str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Cannot be pressed, for this reason.
    #[must_use]
    pub const fn refused(mut self, why: Option<&'a str>) -> Self {
        self.refusal = why;
        self
    }

    /// Draws it. Whoever wants to know asks the answer whether it was clicked.
    pub fn show(self, ui: &mut Ui) -> Response {
        let enabled = self.refusal.is_none();
        let response = ui.scope(|ui| self.draw(ui, enabled)).inner;
        let text = self.text.to_owned();
        response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, &text));
        match (self.refusal, self.hint) {
            (Some(why), _) => response.on_disabled_hover_text(why),
            (None, Some(hint)) => response.on_hover_text(hint),
            (None, None) => response,
        }
    }

    /// Draws it; true if it was clicked.
    pub fn clicked(self, ui: &mut Ui) -> bool {
        self.show(ui).clicked()
    }

    fn draw(self, ui: &mut Ui, enabled: bool) -> Response {
        let tokens = Tokens::of(ui);
        let ink = dress(ui, self.weight, tokens);
        let text = Face::Name.text(self.text).color(ink);
        let min = vec2(if self.wide { ui.available_width() } else { 0.0 }, self.height);
        let button = match self.icon {
            Some(icon) => {
                let icon = RichText::new(icon).font(Cut::Regular.font(16.0)).color(ink);
                Button::new((icon, text))
            }
            None => Button::new(text),
        };
        ui.spacing_mut().button_padding.y = 0.0;
        if matches!(self.weight, Weight::Ghost | Weight::Link) {
            ui.spacing_mut().button_padding.x = 4.0;
        }
        ui.add_enabled(enabled, button.gap(7.0).min_size(min))
    }
}

/// Gives the widgets that follow the colours of a weight; returns that of the text.
fn dress(ui: &mut Ui, weight: Weight, tokens: &Tokens) -> egui::Color32 {
    let widgets = &mut ui.visuals_mut().widgets;
    let mut fill = |inactive, hovered| {
        widgets.inactive.weak_bg_fill = inactive;
        widgets.hovered.weak_bg_fill = hovered;
        widgets.active.weak_bg_fill = hovered;
    };
    let clear = egui::Color32::TRANSPARENT;
    match weight {
        Weight::Primary => fill(tokens.accent, tokens.accent_hover),
        Weight::Secondary => fill(tokens.bg3, tokens.bg4),
        Weight::Ghost => fill(clear, tokens.bg3),
        Weight::Danger => fill(clear, tokens.failed.tint),
        Weight::Link => fill(clear, clear),
    }
    let outline = match weight {
        Weight::Danger => Stroke::new(1.0, tokens.failed.ink),
        Weight::Secondary => Stroke::new(1.0, tokens.line2),
        Weight::Primary | Weight::Ghost | Weight::Link => Stroke::NONE,
    };
    widgets.inactive.bg_stroke = outline;
    widgets.hovered.bg_stroke = outline;
    if weight == Weight::Primary {
        // The ring must stand out from the fill.
        widgets.active.bg_stroke = Stroke::new(2.0, tokens.t1);
    }
    match weight {
        Weight::Primary => tokens.on_accent,
        Weight::Secondary => tokens.t1,
        Weight::Ghost => tokens.t2,
        Weight::Danger => tokens.failed.ink,
        Weight::Link => tokens.accent,
    }
}

/// A primary button; true if it was clicked.
pub fn primary(ui: &mut Ui, icon: &str, text: &str) -> bool {
    Press::new(Weight::Primary, text).icon(icon).clicked(ui)
}

/// A secondary button; true if it was clicked.
pub fn secondary(ui: &mut Ui, icon: &str, text: &str) -> bool {
    Press::new(Weight::Secondary, text).icon(icon).clicked(ui)
}

/// A link to somewhere in the window; true if it was clicked.
pub fn link(ui: &mut Ui, text: &str) -> bool {
    Press::new(Weight::Link, text).small().clicked(ui)
}

/// An icon alone, with a name for tooltips and screen readers; true if it was clicked.
pub fn icon_only(ui: &mut Ui, icon: &str, name: &str) -> Response {
    let tokens = Tokens::of(ui);
    let response = ui
        .scope(|ui| {
            dress(ui, Weight::Ghost, tokens);
            ui.spacing_mut().button_padding = vec2(4.0, 0.0);
            let icon = RichText::new(icon).font(Cut::Regular.font(16.0)).color(tokens.t2);
            ui.add(Button::new(icon).min_size(vec2(28.0, 28.0)))
        })
        .inner;
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    response.on_hover_text(name)
}
