//! The colours and measures of `look`, as egui wants them.

use egui::style::{ScrollStyle, Selection, WidgetVisuals, Widgets};
use egui::{Color32, Context, CornerRadius, Margin, Shadow, Stroke, Style, Theme, Visuals, vec2};

use super::fonts::{definitions, text_styles};
use super::theme::Tokens;

/// Corners of buttons, fields and banners, in points.
pub(super) const RADIUS: u8 = 6;
/// Corners of cards, dialogs and toasts.
pub(super) const CARD_RADIUS: u8 = 8;

/// Gives a context fonts, colours and measures, for both themes.
pub fn install(ctx: &Context) {
    ctx.set_fonts(definitions());
    for (theme, tokens) in [(Theme::Dark, &Tokens::DARK), (Theme::Light, &Tokens::LIGHT)] {
        ctx.set_style_of(theme, style(tokens));
    }
}

fn style(tokens: &Tokens) -> Style {
    let mut style = Style {
        visuals: visuals(tokens),
        text_styles: text_styles(),
        // Long movements cost repaints and tell nothing.
        animation_time: 0.08,
        ..Style::default()
    };
    style.interaction.selectable_labels = false;
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(8.0, 6.0);
    spacing.button_padding = vec2(12.0, 6.0);
    spacing.interact_size = vec2(28.0, 30.0);
    spacing.menu_margin = Margin::same(6);
    spacing.window_margin = Margin::same(20);
    spacing.icon_width = 16.0;
    spacing.icon_width_inner = 10.0;
    spacing.icon_spacing = 8.0;
    spacing.indent = 16.0;
    spacing.tooltip_width = 360.0;
    spacing.scroll = ScrollStyle { foreground_color: true, ..ScrollStyle::thin() };
    style
}

fn visuals(tokens: &Tokens) -> Visuals {
    let base = if tokens.dark { Visuals::dark() } else { Visuals::light() };
    let shadow = |y: i8, blur: u8, share: f32| Shadow {
        offset: [0, y],
        blur,
        spread: 0,
        color: Color32::BLACK.gamma_multiply(share),
    };
    let mut visuals = Visuals {
        dark_mode: tokens.dark,
        override_text_color: None,
        weak_text_color: Some(tokens.t3),
        widgets: widgets(tokens),
        selection: Selection { bg_fill: tokens.sel, stroke: Stroke::new(1.0, tokens.t1) },
        hyperlink_color: tokens.accent,
        faint_bg_color: tokens.bg2,
        extreme_bg_color: tokens.bgx,
        text_edit_bg_color: Some(tokens.bgx),
        code_bg_color: tokens.bgx,
        warn_fg_color: tokens.pending.ink,
        error_fg_color: tokens.failed.ink,
        window_corner_radius: CornerRadius::same(CARD_RADIUS),
        window_shadow: shadow(10, 28, 0.35),
        window_fill: tokens.bg2,
        window_stroke: Stroke::new(1.0, tokens.line2),
        window_highlight_topmost: false,
        menu_corner_radius: CornerRadius::same(CARD_RADIUS),
        panel_fill: tokens.bg1,
        popup_shadow: shadow(6, 18, 0.28),
        indent_has_left_vline: false,
        striped: false,
        disabled_alpha: 0.5,
        ..base
    };
    // A blinking cursor repaints for ever.
    visuals.text_cursor.blink = false;
    visuals
}

fn widgets(tokens: &Tokens) -> Widgets {
    let look = |fill: Color32, outline: Stroke, ink: Color32| WidgetVisuals {
        bg_fill: tokens.bg4,
        weak_bg_fill: fill,
        bg_stroke: outline,
        corner_radius: CornerRadius::same(RADIUS),
        fg_stroke: Stroke::new(1.0, ink),
        expansion: 0.0,
    };
    Widgets {
        noninteractive: look(tokens.bg1, Stroke::new(1.0, tokens.line), tokens.t1),
        inactive: look(tokens.bg3, Stroke::new(1.0, tokens.line2), tokens.t1),
        hovered: look(tokens.bg4, Stroke::new(1.0, tokens.ctl), tokens.t1),
        // egui draws what has the focus with `active`: this is the focus ring.
        active: look(tokens.bg4, Stroke::new(2.0, tokens.accent), tokens.t1),
        open: look(tokens.bg4, Stroke::new(1.0, tokens.line2), tokens.t1),
    }
}
