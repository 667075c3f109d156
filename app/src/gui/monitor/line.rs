//! A line of the log, drawn.

use egui::{Align2, FontId, Pos2, Rect, Role, Sense, Ui, WidgetInfo, pos2};

use super::View;
use super::body::id_of;
use super::columns::Columns;
use super::ink::of_level;
use super::text::message;
use crate::gui::figures::clock_millis;
use crate::gui::fonts::Face;
use crate::gui::theme::Tokens;
use crate::usb::monitor::{Level, Line};

/// Draws it over the width that is in sight; `left` is the left edge of the whole log, which may be further left.
pub(super) fn draw(ui: &Ui, view: &View, columns: &Columns, line: &Line, place: Rect, left: f32) {
    let tokens = Tokens::of(ui);
    if view.is_selected(line.number) {
        ui.painter().rect_filled(place, 0.0, tokens.sel);
    }
    let middle = place.center().y;
    let at = |x: f32| pos2(left + x, middle);
    let font = Face::Mono.font();
    if let Some(time) = columns.time {
        write(ui, at(time), clock_millis(line.at), &font, tokens.t3);
    }
    let begins = if line.level == Level::None {
        columns.level
    } else {
        write(
            ui,
            at(columns.level),
            line.level.as_str().to_owned(),
            &font,
            of_level(line.level, tokens).word,
        );
        let tag = line.tag().map(|tag| cut(tag, columns.tag_letters)).unwrap_or_default();
        write(ui, at(columns.tag), tag, &font, tokens.t3);
        columns.text
    };
    // Of a long line, only what is in sight is laid out.
    let first = ((place.left() - left - begins) / columns.letter).max(0.0) as usize;
    let most = (place.width() / columns.letter) as usize + 2;
    let job = message(line, first..first + most, &view.marks(line), tokens);
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let x = left + begins + first as f32 * columns.letter;
    ui.painter().galley(pos2(x, middle - galley.size().y / 2.0), galley, tokens.t1);
    tell(ui, view, line, place);
}

fn write(ui: &Ui, at: Pos2, text: String, font: &FontId, ink: egui::Color32) {
    ui.painter().text(at, Align2::LEFT_CENTER, text, font.clone(), ink);
}

/// A tag with … where there is no room for all of it.
fn cut(tag: &str, letters: usize) -> String {
    match tag.char_indices().nth(letters.saturating_sub(1)) {
        Some((at, last)) if at + last.len_utf8() < tag.len() => {
            format!("{}…", tag.get(..at).unwrap_or_default())
        }
        _ => tag.to_owned(),
    }
}

/// For screen readers.
fn tell(ui: &Ui, view: &View, line: &Line, place: Rect) {
    let response = ui.interact(place, id_of(line.number), Sense::hover());
    let selected = view.is_selected(line.number);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Label, true, &*line.text);
        info.selected = selected.then_some(true);
        info
    });
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn long_tags_are_cut_between_letters() {
        assert_eq!(cut("wifi", 9), "wifi");
        assert_eq!(cut("esp_netif", 9), "esp_netif");
        assert_eq!(cut("esp_netif_lwip", 9), "esp_neti…");
        assert_eq!(cut("übertragungen", 5), "über…");
    }
}
