//! `skylift devices --watch`: a table that lives on a terminal, and a line for each change on a pipe. Ctrl-C ends it.

use std::collections::BTreeMap;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};

use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::output::{Output, table_lines};
use super::super::session::Session;
use super::{JsonRow, Kept, TITLES, row};
use crate::engine::{Engine, Snapshot};

/// Shows devices until the user or the reader has enough.
pub(super) async fn watch(
    engine: &Engine,
    json: bool,
    kept: &Kept,
    session: &Session,
) -> Result<Exit, Failure> {
    let mut view = View::new(json);
    let mut snapshots = engine.snapshots();
    // One for all rounds: a new one would not hear what was pressed between two.
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    while session.output.has_reader() {
        let snapshot = Arc::clone(&snapshots.borrow_and_update());
        view.show(&snapshot, kept, session);
        tokio::select! {
            changed = snapshots.changed() => if changed.is_err() {
                return Err(Failure::new("the engine has stopped"));
            },
            _ = &mut interrupted => break,
        }
    }
    view.end();
    Ok(Exit::Done)
}

/// How the devices are shown.
enum View {
    Table(ProgressBar),
    Lines { json: bool, shown: BTreeMap<String, [String; 9]> },
}

impl View {
    fn new(json: bool) -> Self {
        if json || !Output::is_terminal() {
            return Self::Lines { json, shown: BTreeMap::new() };
        }
        let table = ProgressBar::new_spinner();
        // The template is fixed; were it wrong, the plain style would do.
        table.set_style(
            ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        Self::Table(table)
    }

    fn show(&mut self, snapshot: &Snapshot, kept: &Kept, session: &Session) {
        match self {
            Self::Table(table) => {
                let rows: Vec<_> =
                    snapshot.devices.iter().map(|device| row(device, snapshot, kept)).collect();
                let mut lines = table_lines(TITLES, &rows);
                lines.push("\nCtrl-C ends".to_owned());
                table.set_message(lines.join("\n"));
            }
            Self::Lines { json, shown } => {
                for device in &snapshot.devices {
                    let row = row(device, snapshot, kept);
                    if shown.get(device.id.as_str()) == Some(&row) {
                        continue;
                    }
                    if *json {
                        session.output.json(&JsonRow::new(device, snapshot, kept));
                    } else {
                        session.output.line(row.join("  "));
                    }
                    shown.insert(device.id.to_string(), row);
                }
            }
        }
    }

    /// The table stays where it is.
    fn end(&self) {
        if let Self::Table(table) = self {
            table.abandon();
        }
    }
}
