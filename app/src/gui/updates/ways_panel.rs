//! What goes on the air: for devices that are alike a bar for each way, to scale, and which of them is taken.

use egui::Ui;
use skylift_protocol::Encoding;

use super::airtime::{about, name, word};
use super::alike::{Alike, Row, Span};
use super::plan::Plan;
use super::ways::Asking;
use super::{Action, wrap};
use crate::engine::Basis;
use crate::gui::figures::{fine_size, foretold, percent};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::messages::sentence;
use crate::gui::state::{self, State};
use crate::gui::theme::Tokens;
use crate::gui::widgets::bar::bar;
use crate::gui::widgets::field::{chip, dead_chip};
use crate::gui::widgets::frame::ends;
use crate::gui::widgets::text::{Tint, icon, say};
use crate::gui::widgets::way_row::{Refusal, WayCost, WayRow, way_heads, way_row};

/// More kinds of devices are counted, and not drawn.
const MOST: usize = 12;
/// More names nobody reads.
const NAMES: usize = 24;
const WISHES: [Option<Encoding>; 4] =
    [None, Some(Encoding::Delta), Some(Encoding::Compressed), Some(Encoding::Raw)];

/// Draws it; nothing until there is something to say.
pub(super) fn draw(ui: &mut Ui, state: &State, plan: &Plan, out: &mut Vec<state::Action>) {
    let (alike, asking) = (plan.ways.alike(), &state.updates.asking);
    if alike.is_empty() && asking.left() == 0 {
        return;
    }
    ui.add_space(4.0);
    let chosen =
        ends(ui, 30.0, |ui| wishes(ui, plan), |ui| drop(say(ui, Face::Section, Tint::First, "Sent as")));
    if let Some(wish) = chosen {
        out.push(wrap(Action::Send(wish)));
    }
    waiting(ui, asking);
    let scale = Scale::of(alike);
    ui.spacing_mut().item_spacing.y = 0.0;
    for group in alike.iter().take(MOST) {
        if let Some(encoding) = draw_group(ui, group, scale) {
            out.push(wrap(Action::Send(Some(encoding))));
        }
        ui.add_space(8.0);
    }
    if alike.len() > MOST {
        let text = format!("{} more kinds of devices are planned as well.", alike.len() - MOST);
        say(ui, Face::Small, Tint::Third, text);
    }
    ui.spacing_mut().item_spacing.y = 6.0;
    ui.add_space(6.0);
}

/// The way for all: the cheapest of each, or one. What no device can be sent cannot be chosen.
fn wishes(ui: &mut Ui, plan: &Plan) -> Option<Option<Encoding>> {
    ui.spacing_mut().item_spacing.x = 2.0;
    let mut clicked = None;
    // From right to left.
    for wish in WISHES.into_iter().rev() {
        let title = wish.map_or("Cheapest", name);
        let on = plan.care.encoding == wish;
        match wish.and_then(|encoding| nobody(plan.ways.alike(), encoding)).filter(|_| !on) {
            Some(why) => dead_chip(ui, title, &why),
            None => {
                if chip(ui, on, title, None) {
                    clicked = Some(wish);
                }
            }
        }
    }
    clicked
}

/// Why nobody can be sent the image this way, if that is known and so.
fn nobody(alike: &[Alike], encoding: Encoding) -> Option<String> {
    let rows = || alike.iter().filter_map(|group| group.rows.iter().find(|row| row.encoding == encoding));
    if rows().any(|row| row.cost.is_ok()) {
        return None;
    }
    rows().next()?.cost.as_ref().err().map(|why| sentence(&why.to_string()))
}

/// How far what is asked is.
fn waiting(ui: &mut Ui, asking: &Asking) {
    if asking.left() == 0 {
        return;
    }
    let (done, all) = asking.done();
    let text = match asking.working() {
        Some(working) => {
            format!("Working out what is sent {}, {}", working.encoding, percent(working.percent))
        }
        None => "Working out what each way costs".to_owned(),
    };
    let of_all = if all > 1 { format!("{done} of {all} devices done") } else { String::new() };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        icon(ui, icons::CIRCLE_DASHED, Cut::Regular, 16.0, Tokens::of(ui).t3);
        say(ui, Face::Body, Tint::Second, text);
        say(ui, Face::Small, Tint::Third, of_all);
    });
    if let Some(working) = asking.working() {
        bar(ui, "Working out", working.percent as f32 / 100.0, 4.0);
        ui.add_space(4.0);
    }
}

/// What the longest bars stand for.
#[derive(Clone, Copy)]
struct Scale {
    bytes: f64,
    seconds: f64,
}

impl Scale {
    fn of(alike: &[Alike]) -> Self {
        let spans = || alike.iter().flat_map(|group| &group.rows).filter_map(|row| row.cost.as_ref().ok());
        Self {
            bytes: spans().map(|span| f64::from(span.bytes)).fold(1.0, f64::max),
            seconds: spans().map(|span| span.most).fold(0.001, f64::max),
        }
    }
}

/// One kind of devices; the way that was clicked.
fn draw_group(ui: &mut Ui, group: &Alike, scale: Scale) -> Option<Encoding> {
    let (text, why) = basis(group);
    let right = |ui: &mut Ui| drop(say(ui, Face::Small, Tint::Third, text).on_hover_text(why));
    ends(ui, 24.0, right, |ui| {
        say(ui, Face::Name, Tint::First, whom(group)).on_hover_text(names(group));
    });
    way_heads(ui, ["On the air", "Takes about"]);
    let mut clicked = None;
    for row in &group.rows {
        if way_row(ui, &drawn(row, group.taken, scale)) {
            clicked = Some(row.encoding);
        }
    }
    clicked
}

fn drawn(row: &Row, taken: Encoding, scale: Scale) -> WayRow<'static> {
    let is_taken = row.encoding == taken;
    let cost = match &row.cost {
        Ok(span) => Ok(WayCost {
            bytes: fine_size(u64::from(span.bytes)),
            bytes_share: (f64::from(span.bytes) / scale.bytes) as f32,
            seconds: seconds(span),
            seconds_share: (span.most / scale.seconds) as f32,
        }),
        Err(why) => Err(Refusal { word: word(why), wanted: is_taken }),
    };
    let about = match &row.cost {
        Ok(_) => about(row.encoding).to_owned(),
        Err(why) => sentence(&why.to_string()),
    };
    WayRow { name: name(row.encoding), taken: is_taken, cost, about }
}

/// `6.2 s`, or `≤ 9.1 s` where it takes some less.
fn seconds(span: &Span) -> String {
    let [least, most] = [span.least, span.most].map(foretold);
    if least == most { most } else { format!("≤ {most}") }
}

fn whom(group: &Alike) -> String {
    match group.labels.as_slice() {
        [one] => one.clone(),
        many => format!("{} devices that run the same image", many.len()),
    }
}

fn names(group: &Alike) -> String {
    let shown = group.labels.iter().take(NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    match group.labels.len().saturating_sub(NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Where the seconds come from: a few words, and a sentence.
fn basis(group: &Alike) -> (String, &'static str) {
    match (group.basis, group.labels.len()) {
        (Basis::Typical, 1) => (
            "Typical times".to_owned(),
            "Usual for ESP32 chips: too little is known yet of what this device takes itself.",
        ),
        (Basis::Typical, _) => (
            "Typical times".to_owned(),
            "Usual for ESP32 chips: too little is known yet of what these devices take themselves.",
        ),
        (Basis::Measured { updates }, 1) => {
            let words = if updates == 1 { "update".to_owned() } else { format!("{updates} updates") };
            (format!("By its last {words}"), "By what its link, its flash and its restart took then.")
        }
        (Basis::Measured { .. }, _) => (
            "By their last updates".to_owned(),
            "By what the link, the flash and the restart of each took then.",
        ),
    }
}
