//! The card of a panic: what happened, where, and with what that was read.

use std::borrow::Cow;

use egui::{
    Align, Color32, CornerRadius, Label, Layout, Rect, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder,
    WidgetInfo, vec2,
};

use super::Action;
use super::body::ROW;
use super::cards::{ADDRESSES, Card, Reading};
use crate::gui::figures::{clock_millis, short_digest};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::messages::sentence;
use crate::gui::shell::{is_narrow, page_margin};
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight};
use crate::gui::widgets::text::{Tint, icon, say};
use crate::image::backtrace::Frame;
use crate::usb::monitor::{Decoded, Unread};

const RADIUS: u8 = 8;
const HEAD: f32 = 1.5 * ROW;
/// The width of a letter of 12 points, in points.
const LETTER: f32 = 7.2;

/// Draws it into its rows.
pub(super) fn draw(ui: &mut Ui, card: &Card, place: Rect, out: &mut Vec<Action>) {
    let tokens = Tokens::of(ui);
    let margin = f32::from(page_margin(ui));
    let place = place.shrink2(vec2(margin, 6.0));
    let corners = CornerRadius::same(RADIUS);
    ui.painter().rect_filled(place, corners, tokens.bg2);
    let (top, body) = place.split_top_bottom_at_y(place.top() + HEAD);
    ui.painter().rect_filled(top, CornerRadius { sw: 0, se: 0, ..corners }, tokens.failed.tint);
    ui.painter().rect_stroke(place, corners, Stroke::new(1.0, tokens.failed.ink), StrokeKind::Inside);
    let first = card.panic.lines.start;
    inside(ui, ("head", first), top.shrink2(vec2(14.0, 0.0)), Layout::right_to_left(Align::Center), |ui| {
        head(ui, card, out);
    });
    inside(ui, ("body", first), body.shrink2(vec2(14.0, 5.0)), Layout::top_down(Align::Min), |ui| {
        ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
        contents(ui, card);
    });
}

/// A part of a card; nothing of it leaves its place.
fn inside(ui: &mut Ui, salt: (&str, u64), place: Rect, layout: Layout, contents: impl FnOnce(&mut Ui)) {
    let mut ui = ui.new_child(UiBuilder::new().id_salt(salt).max_rect(place).layout(layout));
    ui.shrink_clip_rect(place);
    contents(&mut ui);
}

/// From the right.
fn head(ui: &mut Ui, card: &Card, out: &mut Vec<Action>) {
    let tokens = Tokens::of(ui);
    let raw = if card.raw { "Hide raw lines" } else { "Show raw lines" };
    if Press::new(Weight::Ghost, raw).small().clicked(ui) {
        out.push(Action::Raw(card.panic.lines.start));
    }
    ui.add_space(8.0);
    if Press::new(Weight::Ghost, "Copy as text").icon(icons::COPY_SIMPLE).small().clicked(ui) {
        ui.copy_text(card.text());
    }
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        icon(ui, icons::WARNING_OCTAGON, Cut::Fill, 16.0, tokens.failed.ink);
        ui.add(Label::new(Face::Section.text("Panic").color(tokens.failed.ink)));
        say(ui, Face::Body, Tint::Second, clock_millis(card.panic.at));
    });
}

fn contents(ui: &mut Ui, card: &Card) {
    let tokens = Tokens::of(ui);
    let message = if card.panic.message.is_empty() { "It gives no reason." } else { &card.panic.message };
    row(ui, card.message_rows(), |ui| {
        let mut job = egui::text::LayoutJob::simple(
            message.to_owned(),
            Face::Mono.font(),
            tokens.t1,
            ui.available_width(),
        );
        job.sections.iter_mut().for_each(|section| section.format.font_id.size = 13.0);
        job.wrap.max_rows = card.message_rows();
        let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
        let elided = galley.elided;
        let response = ui.add(Label::new(galley));
        if elided {
            response.on_hover_text(message);
        }
    });
    if let Some(place) = card.place() {
        row(ui, 1, |ui| drop(mono(ui, format!("at {place}"), tokens.accent)));
    }
    match &card.reading {
        Reading::Done(decoded) => frames(ui, decoded, card.list_rows()),
        Reading::Waiting | Reading::Not(_) => addresses(ui, card),
    }
    row(ui, 1, |ui| {
        ui.add_space(1.0);
        let text = remark(&card.reading);
        say(ui, Face::Small, Tint::Third, text);
    });
}

/// A line of the card, of so many rows.
fn row(ui: &mut Ui, rows: usize, contents: impl FnOnce(&mut Ui)) {
    let size = vec2(ui.available_width(), rows as f32 * ROW);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_size(size);
        contents(ui);
    });
}

fn mono(ui: &mut Ui, text: impl Into<String>, ink: Color32) -> egui::Response {
    ui.add(Label::new(Face::Mono.text(text).color(ink)).truncate())
}

fn frames(ui: &mut Ui, decoded: &Decoded, rows: usize) {
    for (number, frame) in decoded.frames.iter().enumerate().take(rows) {
        let certain = number < decoded.certain;
        row(ui, 1, |ui| one_frame(ui, number, frame, certain));
    }
}

/// Its number, address, function and place. What others wrote is weaker than one's own.
fn one_frame(ui: &mut Ui, number: usize, frame: &Frame, certain: bool) {
    let tokens = Tokens::of(ui);
    let own = frame.place.as_ref().is_some_and(|place| place.own) && certain;
    let (ink, link) = if own { (tokens.t1, tokens.accent) } else { (tokens.t3, tokens.t3) };
    let line = ui.max_rect();
    // In a small window the address is in the tooltip alone.
    let function_at = if is_narrow(ui) { 28.0 } else { 130.0 };
    let place_at = (line.width() * if is_narrow(ui) { 0.5 } else { 0.42 }).max(300.0);
    let mut cell = |from: f32, to: f32, text: &str, ink: Color32| {
        let place = Rect::from_x_y_ranges(line.left() + from..=line.left() + to, line.y_range());
        let builder = UiBuilder::new().id_salt((number, from as u32)).max_rect(place);
        mono(&mut ui.new_child(builder.layout(Layout::left_to_right(Align::Center))), text, ink);
    };
    cell(0.0, 28.0, &number.to_string(), tokens.t3);
    if function_at > 28.0 {
        cell(28.0, function_at, &format!("{:#010x}", frame.address), tokens.t3);
    }
    let perhaps = if certain { "" } else { ", perhaps" };
    let letters = ((place_at - 12.0 - function_at) / LETTER) as usize;
    let function = frame.function.as_deref().unwrap_or("an unknown function");
    let function = shortened(function, letters.saturating_sub(perhaps.len()));
    cell(function_at, place_at, &format!("{function}{perhaps}"), ink);
    if let Some(place) = &frame.place {
        cell(place_at, line.width(), &place.to_string(), link);
    }
    let told = frame.to_string();
    let response = ui.interact(line, ui.scope_id().with("frame"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &told));
    response.on_hover_text(told);
}

/// A function without its outer modules, if it has more letters than this.
fn shortened(function: &str, letters: usize) -> Cow<'_, str> {
    let mut rest = function;
    while rest.chars().count() + usize::from(rest.len() < function.len()) > letters {
        let Some((_, inner)) = rest.split_once("::") else { break };
        rest = inner;
    }
    if rest.len() == function.len() { Cow::Borrowed(function) } else { Cow::Owned(format!("…{rest}")) }
}

fn addresses(ui: &mut Ui, card: &Card) {
    let tokens = Tokens::of(ui);
    let all: Vec<_> =
        card.panic.addresses.iter().map(|address| format!("{:#010x}", address.value())).collect();
    for some in all.chunks(ADDRESSES).take(card.list_rows()) {
        row(ui, 1, |ui| drop(mono(ui, some.join("  "), tokens.t2)));
    }
}

/// With what it was read, or what would help.
fn remark(reading: &Reading) -> String {
    match reading {
        Reading::Waiting => "Its addresses are being read.".to_owned(),
        Reading::Done(decoded) => {
            let name = decoded.elf.file_name().unwrap_or_default().to_string_lossy();
            let digest = short_digest(&decoded.elf_sha256.to_string());
            let matches =
                if decoded.named_by_board { "named by the board" } else { "taken from the last build" };
            format!("Decoded with {name}, {matches}, SHA-256 {digest}")
        }
        Reading::Not(Unread::NoAddresses) => "It tells no addresses.".to_owned(),
        Reading::Not(unread) => {
            format!(
                "{} With its ELF in the library, functions and lines stand here.",
                sentence(&unread.to_string())
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn of_a_long_function_the_inner_part_tells_most() {
        let function = "embassy_executor::raw::SyncExecutor::poll::{{closure}}";
        assert_eq!(shortened(function, 54), function);
        assert_eq!(shortened(function, 53), "…raw::SyncExecutor::poll::{{closure}}");
        assert_eq!(shortened(function, 20), "…poll::{{closure}}");
        assert_eq!(shortened(function, 3), "…{{closure}}");
        assert_eq!(shortened("main", 2), "main");
    }
}
