//! What stands around every page: navigation, top bar, status bar.

use egui::{
    Align, Button, CornerRadius, Frame, Layout, Margin, Panel, RichText, Role, ScrollArea, Sense, Stroke, Ui,
    WidgetInfo, vec2,
};

use super::figures::{countdown, percent, rate};
use super::fonts::{Cut, Face};
use super::icons;
use super::page::Page;
use super::state::{Action, State};
use super::theme::Tokens;
use super::widgets::text::{Tint, icon, say};

/// Below this width of the window the navigation is a rail of icons.
pub(super) const NARROW: f32 = 1100.0;
const WIDE_NAVIGATION: f32 = 184.0;
const RAIL: f32 = 48.0;
const ITEM: f32 = 32.0;
/// Pages that stand at the foot of the navigation.
const BELOW: [Page; 2] = [Page::Messages, Page::Settings];

const fn icon_of(page: Page) -> &'static str {
    match page {
        Page::Devices => icons::CPU,
        Page::Updates => icons::ARROW_CIRCLE_UP,
        Page::Firmware => icons::PACKAGE,
        Page::Usb => icons::USB,
        Page::Monitor => icons::TERMINAL_WINDOW,
        Page::Serve => icons::BROADCAST,
        Page::History => icons::CLOCK_COUNTER_CLOCKWISE,
        Page::Messages => icons::BELL,
        Page::Settings => icons::GEAR_SIX,
    }
}

/// Whether the window is so narrow that things must move together.
#[must_use]
pub fn is_narrow(ui: &Ui) -> bool {
    ui.content_rect().width() < NARROW
}

/// The margin of a page, in points.
#[must_use]
pub fn page_margin(ui: &Ui) -> i8 {
    if is_narrow(ui) { 16 } else { 20 }
}

/// The navigation, at the left.
pub fn navigation(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let tokens = Tokens::of(ui);
    let rail = is_narrow(ui);
    let margin = if rail { Margin::symmetric(6, 10) } else { Margin::symmetric(8, 10) };
    Panel::left("navigation")
        .exact_size(if rail { RAIL } else { WIDE_NAVIGATION })
        .resizable(false)
        .show_separator_line(false)
        .frame(Frame::new().fill(tokens.bg0).inner_margin(margin))
        .show(ui, |ui| {
            edge(ui, Side::Right);
            brand(ui, rail);
            ui.spacing_mut().item_spacing.y = 2.0;
            let below = BELOW.len() as f32 * (ITEM + ui.spacing().item_spacing.y);
            // In a low window they are scrolled.
            ScrollArea::vertical().max_height(ui.available_height() - below).show(ui, |ui| {
                for page in Page::ALL.into_iter().filter(|page| !BELOW.contains(page)) {
                    item(ui, state, page, rail, out);
                }
            });
            ui.with_layout(Layout::bottom_up(Align::Min), |ui| {
                for page in BELOW.into_iter().rev() {
                    item(ui, state, page, rail, out);
                }
            });
        });
}

fn brand(ui: &mut Ui, rail: bool) {
    ui.horizontal(|ui| {
        ui.set_height(32.0);
        ui.spacing_mut().item_spacing.x = 10.0;
        ui.add_space(if rail { 6.0 } else { 4.0 });
        app_icon(ui);
        if !rail {
            ui.label(Face::Page.text("Skylift").size(15.0).color(Tokens::of(ui).t1));
        }
    });
    ui.add_space(10.0);
}

/// The app's icon, 24 high: a chip with the new slot lifted above the old one (`assets/icon.svg`).
fn app_icon(ui: &mut Ui) {
    const BLUE: egui::Color32 = egui::Color32::from_rgb(0x15, 0x60, 0xB4);
    const PIN: egui::Color32 = egui::Color32::from_rgb(0x6F, 0xB6, 0xF5);
    const OLD: egui::Color32 = egui::Color32::from_rgb(0x8C, 0xC6, 0xFA);
    let (place, _) = ui.allocate_exact_size(vec2(24.0, 24.0), Sense::hover());
    let unit = place.height() / 64.0;
    let at = |x: f32, y: f32| place.min + vec2(x, y) * unit;
    let painter = ui.painter();
    for y in [16.0, 28.0, 40.0] {
        painter.rect_filled(egui::Rect::from_min_max(at(0.0, y), at(64.0, y + 8.0)), 1.0, PIN);
    }
    painter.rect_filled(egui::Rect::from_min_max(at(8.0, 4.0), at(56.0, 60.0)), 4.5, BLUE);
    for (foot, ink) in [(49.0, OLD), (30.0, egui::Color32::WHITE)] {
        let chevron = vec![at(20.0, foot), at(32.0, foot - 12.0), at(44.0, foot)];
        painter.line(chevron, Stroke::new(7.5 * unit, ink));
    }
}

fn count_of(state: &State, page: Page) -> usize {
    match page {
        Page::Devices => state.engine.devices.len(),
        Page::Updates => state.running.count,
        Page::Messages => state.messages.unread(),
        Page::Usb => state.usb.ports.len(),
        Page::Firmware | Page::Monitor | Page::Serve | Page::History | Page::Settings => 0,
    }
}

fn item(ui: &mut Ui, state: &State, page: Page, rail: bool, out: &mut Vec<Action>) {
    let tokens = Tokens::of(ui);
    let active = state.page == page;
    let count = count_of(state, page);
    let size = vec2(ui.available_width(), ITEM);
    let (place, response) = ui.allocate_exact_size(size, Sense::click());
    let fill = if active {
        tokens.bg3
    } else if response.hovered() {
        tokens.bg2
    } else {
        egui::Color32::TRANSPARENT
    };
    let ring = if response.has_focus() { Stroke::new(2.0, tokens.accent) } else { Stroke::NONE };
    ui.painter().rect(place, 6.0, fill, ring, egui::StrokeKind::Inside);
    let mut inside = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(place.shrink2(vec2(10.0, 0.0)))
            .layout(Layout::left_to_right(Align::Center)),
    );
    let (cut, ink) = if active { (Cut::Fill, tokens.accent) } else { (Cut::Regular, tokens.t2) };
    if rail {
        let at = place.center();
        ui.painter().text(at, egui::Align2::CENTER_CENTER, icon_of(page), cut.font(18.0), ink);
        if count > 0 {
            ui.painter().circle_filled(place.right_top() + vec2(-7.0, 7.0), 3.0, tokens.accent);
        }
    } else {
        icon(&mut inside, icon_of(page), cut, 16.0, ink);
        let role = if active { Face::Section } else { Face::Body };
        say(&mut inside, role, if active { Tint::First } else { Tint::Second }, page.name());
        if count > 0 {
            inside.with_layout(Layout::right_to_left(Align::Center), |ui| {
                say(ui, Face::Small, Tint::Third, count.to_string());
            });
        }
    }
    let name = page.name();
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, active, name));
    let response = if rail { response.on_hover_text(name) } else { response };
    if response.clicked() {
        out.push(Action::Go(page));
    }
}

/// The top bar of a page: its title at the left, `actions` from the right.
pub fn top_bar(ui: &mut Ui, title: &str, actions: impl FnOnce(&mut Ui)) {
    top_bar_with(ui, |ui| drop(say(ui, Face::Page, Tint::First, title)), actions);
}

/// The same with a title that is more than a word.
pub fn top_bar_with(ui: &mut Ui, title: impl FnOnce(&mut Ui), actions: impl FnOnce(&mut Ui)) {
    let tokens = Tokens::of(ui);
    let margin = Margin::symmetric(page_margin(ui), 0);
    Panel::top("top bar")
        .exact_size(52.0)
        .resizable(false)
        .show_separator_line(false)
        .frame(Frame::new().fill(tokens.bg1).inner_margin(margin))
        .show(ui, |ui| {
            edge(ui, Side::Bottom);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                actions(ui);
                ui.with_layout(Layout::left_to_right(Align::Center), title);
            });
        });
}

/// A row of filters under the top bar.
pub fn filter_row(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let tokens = Tokens::of(ui);
    let margin = Margin::symmetric(page_margin(ui) - 6, 0);
    Panel::top("filters")
        .exact_size(48.0)
        .resizable(false)
        .show_separator_line(false)
        .frame(Frame::new().fill(tokens.bg1).inner_margin(margin))
        .show(ui, |ui| {
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                contents(ui);
            });
        });
}

/// Which edge of a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The right one.
    Right,
    /// The left one.
    Left,
    /// The lower one.
    Bottom,
    /// The upper one.
    Top,
}

/// A hairline at the edge of the panel that `ui` fills.
pub fn edge(ui: &Ui, side: Side) {
    let area = ui.clip_rect();
    let stroke = Stroke::new(1.0, Tokens::of(ui).line);
    match side {
        Side::Right => ui.painter().vline(area.right() - 0.5, area.y_range(), stroke),
        Side::Left => ui.painter().vline(area.left() + 0.5, area.y_range(), stroke),
        Side::Bottom => ui.painter().hline(area.x_range(), area.bottom() - 0.5, stroke),
        Side::Top => ui.painter().hline(area.x_range(), area.top() + 0.5, stroke),
    };
}

/// The status bar, at the bottom.
pub fn status_bar(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let tokens = Tokens::of(ui);
    Panel::bottom("status bar")
        .exact_size(28.0)
        .resizable(false)
        .show_separator_line(false)
        .frame(Frame::new().fill(tokens.bg0).inner_margin(Margin::symmetric(12, 0)))
        .show(ui, |ui| {
            edge(ui, Side::Top);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                right_of_status(ui, state);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| left_of_status(ui, state, out));
            });
        });
}

fn right_of_status(ui: &mut Ui, state: &State) {
    let tokens = Tokens::of(ui);
    let simulated = state.simulated.len();
    if simulated > 0 {
        let devices = if simulated == 1 {
            "1 simulated device".to_owned()
        } else {
            format!("{simulated} simulated devices")
        };
        say(ui, Face::Small, Tint::Third, devices);
        icon(ui, icons::FLASK, Cut::Regular, 14.0, tokens.t3);
        ui.add_space(12.0);
    }
    if state.running.rate > 0.0 {
        say(ui, Face::Small, Tint::Third, rate(state.running.rate));
        icon(ui, icons::ARROW_UP, Cut::Regular, 14.0, tokens.t3);
    }
}

fn left_of_status(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let tokens = Tokens::of(ui);
    if state.page == Page::Monitor && state.monitor.has_begun() {
        super::monitor::status(ui, &state.monitor);
        pending(ui, state, out);
        return;
    }
    icon(ui, icons::GLOBE_SIMPLE, Cut::Regular, 14.0, tokens.t3);
    say(ui, Face::Small, Tint::Third, state.route.as_deref().unwrap_or("No network"));
    ui.add_space(12.0);
    if let Some(serving) = &state.engine.serving {
        icon(ui, icons::BROADCAST, Cut::Regular, 14.0, tokens.accent);
        let name = super::serve::name_of(state, serving);
        say(ui, Face::Small, Tint::Third, format!("Serving {name}"));
    } else {
        icon(ui, icons::BROADCAST, Cut::Regular, 14.0, tokens.t3);
        say(ui, Face::Small, Tint::Third, "Not serving");
    }
    ui.add_space(12.0);
    pending(ui, state, out);
    writing(ui, state, out);
}

/// Boards that must not be unplugged now.
fn writing(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let tokens = Tokens::of(ui);
    let mut writing = state.usb.writing().filter_map(|bench| bench.job.as_ref());
    let Some(first) = writing.next() else { return };
    let share = first.percent().map(|share| format!(", {}", percent(share))).unwrap_or_default();
    let others = match writing.count() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    ui.add_space(12.0);
    icon(ui, icons::USB, Cut::Regular, 14.0, tokens.updating.ink);
    let text = format!("{} {}{share}{others}, do not unplug", first.doing.word(), first.title);
    if notice(ui, &text, tokens.updating.ink) {
        out.push(Action::Go(Page::Usb));
    }
}

/// Text that leads somewhere; true if it was clicked.
fn notice(ui: &mut Ui, text: &str, ink: egui::Color32) -> bool {
    ui.scope(|ui| {
        ui.spacing_mut().button_padding = vec2(0.0, 0.0);
        // A button is never lower than this, and the bar must not grow by it.
        ui.spacing_mut().interact_size.y = 20.0;
        ui.add(
            Button::new(Face::Head.text(text).color(ink)).frame(false).corner_radius(CornerRadius::same(4)),
        )
    })
    .inner
    .clicked()
}

/// Whatever must not be switched off now.
fn pending(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let tokens = Tokens::of(ui);
    let Some(probation) = &state.running.probation else { return };
    let who = probation.who();
    let left = probation.until.map(|deadline| deadline.saturating_duration_since(state.now.steady));
    let left = left.map(|left| format!(", {}", countdown(left))).unwrap_or_default();
    icon(ui, icons::HOURGLASS_MEDIUM, Cut::Fill, 14.0, tokens.pending.ink);
    if notice(ui, &format!("Do not power off {who}{left}"), tokens.pending.ink) {
        out.push(Action::Go(Page::Updates));
    }
}

/// A crumb of the top bar that leads back; true if it was clicked.
pub fn crumb(ui: &mut Ui, name: &str) -> bool {
    let tokens = Tokens::of(ui);
    let text = RichText::new(name).font(egui::FontId::proportional(16.0)).color(tokens.t3);
    let clicked = ui
        .scope(|ui| {
            ui.spacing_mut().button_padding = vec2(0.0, 0.0);
            ui.add(Button::new(text).frame(false))
        })
        .inner
        .clicked();
    ui.label(RichText::new("/").font(egui::FontId::proportional(16.0)).color(tokens.t3));
    clicked
}
