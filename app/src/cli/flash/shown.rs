//! What will become of a board, and what came of it, for people and for programs.

use std::path::Path;

use serde_json::{Value, json};

use super::super::backup::taken_in_words;
use super::super::board::identity;
use super::super::figures;
use super::super::provision;
use super::super::session::Session;
use super::steps::Flashed;
use crate::engine::printable;
use crate::usb::board::Board;
use crate::usb::flash::{Change, Plan};
use crate::usb::provision::ContactEnd;

/// What becomes of the board. Of a blank one there is nothing to say but what is written.
pub(super) fn plan(board: &Board, plan: &Plan, is_all: bool, session: &Session) {
    session.output.line(format_args!(
        "{}: {} into {}, {}",
        identity(&board.identity),
        printable(&plan.firmware),
        printable(&plan.app.label),
        figures::bytes(plan.bytes()),
    ));
    for note in &plan.notes {
        session.output.line(format_args!("  note: {note}"));
    }
    if is_all || !board.is_blank() {
        let rows: Vec<_> = plan.changes().iter().map(row).collect();
        session.output.table(["PARTITION", "OFFSET", "SIZE", "NOW", "FLASHING", "AFTER"], &rows);
    }
}

fn row(change: &Change) -> [String; 6] {
    let text = |held: &Option<String>| held.as_deref().map_or("–".to_owned(), printable);
    [
        printable(&change.name),
        format!("{:#08x}", change.offset),
        figures::size(change.size),
        text(&change.before),
        change.fate.word().to_owned(),
        text(&change.after),
    ]
}

pub(super) fn flashed(flashed: &Flashed, session: &Session) {
    let Flashed { plan, report, backup, prepared, .. } = flashed;
    for line in backup.iter().flat_map(taken_in_words) {
        session.output.line(line);
    }
    session.output.line(format_args!(
        "{} is on the board: {} in {}, {} of it unchanged; it starts {}",
        printable(&plan.firmware),
        figures::bytes(report.bytes),
        figures::time(report.took),
        figures::bytes(report.unchanged),
        printable(&plan.app.label),
    ));
    match prepared {
        Some(prepared) => provision::in_words(prepared).iter().for_each(|line| session.output.line(line)),
        None => session.output.line("  without Skylift in it: it has no name, network or key from here"),
    }
}

/// What `--merged-out` wrote.
pub(super) fn merged(path: &Path, length: usize, plan: &Plan) -> String {
    format!(
        "{}: {}, {}, for an {} with {}; write it to 0x0",
        path.display(),
        printable(&plan.firmware),
        figures::bytes(length as u64),
        plan.chip,
        figures::flash_size(plan.flash_size),
    )
}

pub(super) fn as_json(flashed: &Flashed, contact: Option<&ContactEnd>) -> Value {
    let Flashed { board, plan, report, backup, prepared } = flashed;
    json!({
        "port": board.port,
        "chip": plan.chip,
        "mac": board.identity.mac,
        "firmware": plan.firmware,
        "slot": plan.app.label,
        "bytes": report.bytes,
        "unchanged": report.unchanged,
        "seconds": report.took.as_secs_f64(),
        "backup": backup.as_ref().map(|taken| &taken.backup.id),
        "changes": plan.changes().iter().map(change).collect::<Vec<_>>(),
        "set_up": prepared.as_ref().map(|prepared| provision::as_json(prepared, contact)),
    })
}

fn change(change: &Change) -> Value {
    json!({
        "name": change.name,
        "offset": change.offset,
        "size": change.size,
        "before": change.before,
        "after": change.after,
        "fate": change.fate.word(),
    })
}
