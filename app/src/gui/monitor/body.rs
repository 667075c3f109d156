//! The log itself: only rows in sight are drawn, at the place that the state says.

use egui::{
    Event, Id, InputState, Key, Modifiers, PointerButton, Rect, Response, ScrollArea, Sense, Ui, pos2, vec2,
};

use super::columns::Columns;
use super::{Action, Layout, Placed, Sight, Spot, View, card, line};
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::widgets::button::{Press, Weight, link};
use crate::gui::widgets::frame::empty;

/// The height of a row, in points.
pub(super) const ROW: f32 = 22.0;
/// Above the first row and below the last.
const MARGIN: f32 = 8.0;

/// Draws it.
pub(super) fn draw(ui: &mut Ui, view: &View, out: &mut Vec<Action>) {
    let layout = view.layout();
    let partial = view.partial.as_deref().filter(|_| !view.is_paused());
    let rows = layout.rows() + usize::from(partial.is_some());
    if rows == 0 {
        nothing(ui, view, out);
        return;
    }
    let room = ui.available_size();
    let page = (room.y / ROW).floor();
    if page != view.page {
        out.push(Action::Page(page));
    }
    let columns = Columns::of(ui, view);
    let height = rows as f32 * ROW + 2.0 * MARGIN;
    let last = (height - room.y).max(0.0);
    let offset = match view.sight {
        Sight::End => last,
        Sight::At(spot, below) => ((layout.row_of(spot) as f32 + below).max(0.0) * ROW).min(last),
    };
    // What has just been added is no pulling beyond the edge.
    ui.spacing_mut().scroll.kinetic.rubber_band = false;
    let area = ScrollArea::both().auto_shrink(false).vertical_scroll_offset(offset);
    let shown = area.show_viewport(ui, |ui, sight| {
        ui.set_min_size(vec2(columns.width(view.widest), height));
        let canvas = Canvas::new(ui, sight);
        let pointed = lines(ui, view, &columns, &layout, &canvas, out);
        if let Some(partial) = partial {
            line::draw(ui, view, &columns, partial, canvas.place(rows - 1, 1), canvas.left);
        }
        select(ui, view, &canvas, pointed, out);
    });
    let moved = shown.state.clamped_offset().y - offset;
    // Far down, points are counted in halves.
    if moved.abs() > 0.1_f32.max(last * 5e-7) {
        let now = offset + moved;
        let at_end = moved > 0.0 && now >= last - 0.5;
        out.push(Action::See(if at_end { Sight::End } else { layout.sight(now / ROW) }));
    }
    if view.looking {
        out.push(Action::Look);
        ui.request_repaint();
    }
}

/// Where rows are on the window.
struct Canvas {
    /// What of it is in sight.
    window: Rect,
    /// The left edge of the whole log, which may be further left.
    left: f32,
    /// The top of the first row, which may be far above.
    top: f32,
    /// The first row in sight.
    first: usize,
    /// Takes clicks.
    response: Response,
}

impl Canvas {
    fn new(ui: &Ui, sight: Rect) -> Self {
        let origin = ui.max_rect().min;
        let window = Rect::from_min_size(origin + sight.min.to_vec2(), sight.size());
        let response = ui.interact(window, ui.scope_id().with("lines"), Sense::CLICK | Sense::DRAG);
        let first = ((sight.min.y - MARGIN) / ROW).max(0.0) as usize;
        Self { window, left: origin.x, top: origin.y + MARGIN, first, response }
    }

    /// So many rows from this one on, over the width that is in sight.
    fn place(&self, row: usize, rows: usize) -> Rect {
        let at = pos2(self.window.left(), self.top + row as f32 * ROW);
        Rect::from_min_size(at, vec2(self.window.width(), rows as f32 * ROW))
    }
}

/// Draws what is in sight; the line that the pointer is on.
fn lines(
    ui: &mut Ui,
    view: &View,
    columns: &Columns,
    layout: &Layout<'_>,
    canvas: &Canvas,
    out: &mut Vec<Action>,
) -> Option<u64> {
    let mut pointed = None;
    let pointer = canvas.response.interact_pointer_pos();
    for Placed { spot, row } in layout.placed_from(canvas.first) {
        let place = canvas.place(row, 1);
        if place.top() > canvas.window.bottom() {
            break;
        }
        match spot {
            Spot::Line(number) => {
                if pointer.is_some_and(|pointer| place.y_range().contains(pointer.y)) {
                    pointed = Some(number);
                }
                if let Some(shown) = view.log.line(number) {
                    line::draw(ui, view, columns, shown, place, canvas.left);
                }
            }
            Spot::Card(number) => {
                if let Some(shown) = view.cards.card(number) {
                    card::draw(ui, shown, canvas.place(row, shown.height()), out);
                }
            }
        }
    }
    pointed
}

/// Lines are selected by a click, more of them with Shift or by drawing over them.
fn select(ui: &Ui, view: &View, canvas: &Canvas, pointed: Option<u64>, out: &mut Vec<Action>) {
    let response = &canvas.response;
    // A quick click is over before it is seen.
    let begins = response.is_pointer_button_down_on() || response.clicked();
    match (pointed, ui.input(pressed).filter(|_| begins)) {
        (Some(number), Some(extend)) => out.push(Action::Select { number, extend }),
        (Some(number), None) if response.dragged() => out.push(Action::Select { number, extend: true }),
        (None, Some(_)) => out.push(Action::Unselect),
        _ => {}
    }
    response.context_menu(|ui| menu(ui, view, out));
    if ui.egui_wants_keyboard_input() {
        return;
    }
    if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::A)) {
        out.push(Action::SelectAll);
    }
    if ui.input(|input| input.events.contains(&Event::Copy)) && view.selected.is_some() {
        ui.copy_text(view.selected_text());
    }
}

/// Whether the pointer's button has just been pressed; and with Shift, which may have been let go again since.
fn pressed(input: &InputState) -> Option<bool> {
    input.events.iter().find_map(|event| match event {
        Event::PointerButton { button: PointerButton::Primary, pressed: true, modifiers, .. } => {
            Some(modifiers.shift)
        }
        _ => None,
    })
}

fn menu(ui: &mut Ui, view: &View, out: &mut Vec<Action>) {
    let nothing = view.selected.is_none().then_some("No line is selected");
    if Press::new(Weight::Ghost, "Copy lines").icon(icons::COPY_SIMPLE).refused(nothing).clicked(ui) {
        ui.copy_text(view.selected_text());
        ui.close();
    }
    if Press::new(Weight::Ghost, "Select all lines").icon(icons::CHECK).clicked(ui) {
        out.push(Action::SelectAll);
        ui.close();
    }
}

fn nothing(ui: &mut Ui, view: &View, out: &mut Vec<Action>) {
    let hidden = view.log.len();
    if hidden > 0 {
        let lines = if hidden == 1 { "1 line is".to_owned() } else { format!("{hidden} lines are") };
        let sentence = format!("{lines} hidden by the levels that are switched off.");
        empty(ui, icons::MAGNIFYING_GLASS, "No line of these levels", &sentence, |ui| {
            if link(ui, "Show all levels") {
                out.push(Action::AllLevels);
            }
        });
        return;
    }
    let (title, sentence) = view.link.silence(view.baud);
    empty(ui, icons::TERMINAL_WINDOW, title, &sentence, |_| ());
}

/// The id of a line for screen readers: it keeps it while it moves.
pub(super) fn id_of(number: u64) -> Id {
    Id::unique(("log line", number))
}

/// How wide a letter of a log is, in points.
pub(super) fn letter(ui: &Ui) -> f32 {
    ui.fonts_mut(|fonts| fonts.glyph_width(&Face::Mono.font(), '0'))
}
