//! What flashing would do to a board, in words and figures.

use std::sync::Arc;
use std::time::Duration;

use super::board::BoardView;
use super::job::{Failure, Part, Planned};
use crate::engine::printable;
use crate::gui::messages::sentence;
use crate::gui::widgets::partition_map::{Fill, Span};
use crate::usb::Step;
use crate::usb::flash::{Change, Fate, Plan, duration};
use crate::usb::provision::Place;

/// Below it are bootloader and partition table.
const FIRST_PARTITION: u32 = 0x9000;

/// A place in flash, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceRow {
    /// What it is called: `nvs`, or `factory → ota_0`.
    pub name: String,
    /// Its first byte.
    pub offset: u32,
    /// Its bytes.
    pub size: u32,
    /// What is there.
    pub now: String,
    /// What becomes of it; nothing as long as nothing is planned.
    pub fate: Option<Fate>,
    /// What will be there.
    pub after: String,
}

/// What flashing would do.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanView {
    /// Place by place.
    pub rows: Vec<PlaceRow>,
    /// The flash as it is.
    pub now: Vec<Span>,
    /// The flash as it will be.
    pub after: Vec<Span>,
    /// Bytes that are written.
    pub bytes: u64,
    /// Its parts, in their order; backup, restart and first contact are not among them.
    pub steps: Vec<Planned>,
    /// What is replaced or erased that somebody may want, in a sentence.
    pub lost: Option<String>,
    /// What should be known of it, in sentences.
    pub notes: Vec<String>,
}

/// How far planning is.
#[derive(Clone, Debug, Default)]
pub enum Planning {
    /// There is nothing to be planned.
    #[default]
    Nothing,
    /// The firmware is being read.
    Making,
    /// This would be done.
    Made(Arc<PlanView>),
    /// It cannot be done, or must not: why, and the way round.
    Refused(Failure),
}

impl Planning {
    /// The plan, if there is one.
    #[must_use]
    pub fn made(&self) -> Option<&Arc<PlanView>> {
        if let Self::Made(plan) = self { Some(plan) } else { None }
    }
}

impl PlanView {
    /// What a plan does to a board; `place` is where its name, networks and keys go.
    #[must_use]
    pub fn new(plan: &Plan, board: &BoardView, place: Option<&Place>) -> Self {
        let changes = plan.changes();
        let mut notes: Vec<_> = plan.notes.iter().map(|note| sentence(note)).collect();
        if place.is_none() {
            let text = "This partition table has no place for a name, WiFi and keys: the board is flashed, and not set up.";
            notes.push(text.to_owned());
        }
        let set_up = place.map_or(0, |place| u64::from(place.region.size));
        let now = before(board, &changes, place);
        Self {
            rows: changes.iter().map(|change| row(change, place)).collect(),
            lost: lost(board, &now),
            now,
            after: changes
                .iter()
                .filter(|change| stays(plan, change))
                .map(|change| after(change, place))
                .collect(),
            bytes: plan.bytes() + set_up,
            steps: steps(plan, place),
            notes,
        }
    }

    /// How long all of it takes at a rate in baud, without a backup.
    #[must_use]
    pub fn time(&self, baud: u32) -> Duration {
        duration(self.bytes, baud)
    }
}

fn is_place(change: &Change, place: Option<&Place>) -> bool {
    place.is_some_and(|place| place.region.offset == change.offset)
}

const SET_UP: &str = "Name, WiFi and keys";

fn row(change: &Change, place: Option<&Place>) -> PlaceRow {
    let (fate, after) = match is_place(change, place) {
        true if change.before.is_some() => (Fate::Replaced, SET_UP.to_owned()),
        true => (Fate::Written, SET_UP.to_owned()),
        // What is erased to be sure, held nothing.
        false if change.before.is_none() && change.after.is_none() => (Fate::Kept, "Empty".to_owned()),
        false => (change.fate, change.after.as_deref().map_or_else(|| "Empty".to_owned(), capital)),
    };
    PlaceRow {
        name: printable(&change.name),
        offset: change.offset,
        size: change.size,
        now: change.before.as_deref().map_or_else(|| "Empty".to_owned(), capital),
        fate: Some(fate),
        after,
    }
}

/// Words of a plan begin small; those of projects stay as they are.
fn capital(text: &str) -> String {
    let text = without_commit(&printable(text));
    let ours = ["radio ", "data, ", "unknown ", "no app", "nothing"];
    if ours.iter().any(|word| text.starts_with(word)) {
        sentence(&text).trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// `ESP-IDF 6.1-829-g9a97f6c54ec` is between two releases: `ESP-IDF 6.1-829`.
fn without_commit(text: &str) -> String {
    match text.rsplit_once("-g") {
        Some((version, _)) if text.starts_with("ESP-IDF ") => version.to_owned(),
        _ => text.to_owned(),
    }
}

/// The flash as it is, with what goes.
fn before(board: &BoardView, changes: &[Change], place: Option<&Place>) -> Vec<Span> {
    let touches = |span: &Span, change: &Change| {
        let (from, to) = (u64::from(change.offset), u64::from(change.offset) + u64::from(change.size));
        u64::from(span.offset) < to && from < u64::from(span.offset) + u64::from(span.size)
    };
    let goes = |span: &Span| {
        changes.iter().any(|change| {
            let fate = change.fate != Fate::Kept || is_place(change, place);
            fate && touches(span, change)
        })
    };
    let spans = board.map.iter().cloned();
    spans
        .map(
            |span| {
                if span.fill == Fill::Kept && goes(&span) { Span { fill: Fill::Going, ..span } } else { span }
            },
        )
        .collect()
}

/// Whether it is part of the flash as it will be.
fn stays(plan: &Plan, change: &Change) -> bool {
    let in_table = plan.table.partitions.iter().any(|partition| partition.offset == change.offset);
    in_table || change.after.is_some()
}

fn after(change: &Change, place: Option<&Place>) -> Span {
    let (fill, about) = match (is_place(change, place), change.fate, &change.after) {
        (true, ..) => (Fill::Coming, SET_UP.to_owned()),
        (false, Fate::Written | Fate::Replaced, Some(after)) => (Fill::Coming, printable(after)),
        (false, Fate::Kept, Some(after)) => (Fill::Kept, printable(after)),
        _ => (Fill::Empty, "empty".to_owned()),
    };
    // Of `factory → ota_0`, what will be.
    let name = change.name.rsplit(" → ").next().unwrap_or(&change.name);
    Span { offset: change.offset, size: change.size, name: printable(name), about, fill }
}

/// What a plan writes, in its order.
#[must_use]
pub fn steps(plan: &Plan, place: Option<&Place>) -> Vec<Planned> {
    let mut steps: Vec<(Step, String, u64)> = Vec::new();
    for region in &plan.regions {
        let bytes = u64::from(region.length());
        match steps.last_mut().filter(|(step, ..)| *step == region.step) {
            Some((.., sum)) => *sum += bytes,
            None => steps.push((region.step, about(region.step, &region.what), bytes)),
        }
    }
    if let Some(place) = place {
        let about = format!("into {}", printable(&place.partition));
        steps.push((Step::Provisioning, about, u64::from(place.region.size)));
    }
    steps.sort_by_key(|(step, ..)| *step);
    let planned = |(step, about, bytes)| Planned { part: Part::Cable(step), about, bytes };
    steps.into_iter().map(planned).collect()
}

fn about(step: Step, what: &str) -> String {
    match step {
        Step::Erase => "What would be taken for something else".to_owned(),
        Step::BootSelection => format!("{}, written last", printable(what)),
        _ => without_commit(&printable(what)),
    }
}

/// What somebody may miss: what is on the board now, and goes.
fn lost(board: &BoardView, now: &[Span]) -> Option<String> {
    if board.is_blank() {
        return None;
    }
    let mut gone = Vec::new();
    for row in board.rows.iter().filter(|row| row.offset >= FIRST_PARTITION && !is_nothing(&row.now)) {
        let goes = now.iter().any(|span| span.offset == row.offset && span.fill == Fill::Going);
        let is_app = board
            .board
            .holds
            .iter()
            .flat_map(|holds| &holds.slots)
            .any(|slot| slot.partition.offset == row.offset);
        let what = if is_app { row.now.clone() } else { row.name.clone() };
        if goes && !gone.contains(&what) {
            gone.push(what);
        }
    }
    let gone = match gone.as_slice() {
        [] => {
            return Some(
                "This board is not blank. Only its bootloader and its partition table are replaced."
                    .to_owned(),
            );
        }
        [one] => format!("{one} is"),
        [all @ .., last] => format!("{} and {last} are", all.join(", ")),
    };
    Some(format!("This board is not blank. {gone} replaced or erased."))
}

/// What nobody misses: otadata is written fresh anyway.
fn is_nothing(now: &str) -> bool {
    ["Empty", "What boots"].contains(&now) || now.starts_with("Boots ")
}
