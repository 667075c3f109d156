//! The backups of this computer: listed, checked, restored, deleted.

use std::time::SystemTime;

use super::order::{Order, Task};
use super::{Action as PageAction, effect};
use crate::gui::dialog::{Consequence, Dialog, Question};
use crate::gui::effect::Effect;
use crate::gui::messages::Message;
use crate::gui::state::{self, State};

/// Whether a backup is whole, as far as it was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Soundness {
    /// It was not checked in this session.
    #[default]
    Unchecked,
    /// It is being read.
    Checking,
    /// It is what was read from the board.
    Whole,
    /// It is not; why, in a sentence.
    Damaged(String),
}

/// A backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupRow {
    /// What it is called.
    pub id: String,
    /// When the board was read.
    pub taken: SystemTime,
    /// The board: its chip.
    pub chip: String,
    /// Its MAC address.
    pub mac: Option<String>,
    /// Bytes of its flash.
    pub flash: u64,
    /// Bytes of the file.
    pub size: u64,
    /// What ran on it.
    pub ran: String,
    /// Its partitions.
    pub partitions: Vec<String>,
    /// Whether it is whole.
    pub sound: Soundness,
}

/// What is shown of backups.
#[derive(Debug, Default)]
pub struct View {
    /// The list is open.
    pub open: bool,
    /// The backups, the newest first.
    pub rows: Vec<BackupRow>,
    /// Files that are none, or no more, in sentences.
    pub damaged: Vec<String>,
}

/// What the user did.
#[derive(Clone, Debug)]
pub enum Action {
    /// Opened or closed the list.
    Toggle,
    /// Closed the list.
    Close,
    /// Wants one checked.
    Verify(String),
    /// Wants one deleted; is asked.
    Delete(String),
    /// Has agreed to that.
    DeleteNow(String),
    /// Wants one written to the board on a port, or a partition of it; is asked.
    Restore {
        /// Its id.
        backup: String,
        /// Only this partition.
        partition: Option<String>,
        /// The port.
        port: String,
    },
}

/// What happened elsewhere.
#[derive(Clone, Debug)]
pub enum Event {
    /// The backups, and what is damaged.
    Listed(Vec<BackupRow>, Vec<String>),
    /// They cannot be listed.
    Failed(String),
    /// One was checked.
    Checked(String, Soundness),
}

impl View {
    /// A backup by its id.
    #[must_use]
    pub fn row(&self, id: &str) -> Option<&BackupRow> {
        self.rows.iter().find(|row| row.id == id)
    }
}

/// Takes what the user did.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let view = &mut state.usb.backups;
    match action {
        Action::Toggle => {
            view.open = !view.open;
            if view.open {
                state.usb.several.open = false;
                return effect(Order::LoadBackups);
            }
        }
        Action::Close => view.open = false,
        Action::Verify(id) => {
            if let Some(row) = view.rows.iter_mut().find(|row| row.id == id) {
                row.sound = Soundness::Checking;
                return effect(Order::VerifyBackup(id));
            }
        }
        Action::Delete(id) => state.dialog = delete(state, id),
        Action::DeleteNow(id) => return effect(Order::DeleteBackup(id)),
        Action::Restore { backup, partition, port } => {
            state.dialog = restore(state, backup, partition, port);
        }
    }
    Vec::new()
}

/// Takes what happened elsewhere.
pub fn hear(state: &mut State, event: Event) -> Vec<Effect> {
    let view = &mut state.usb.backups;
    match event {
        Event::Listed(mut rows, damaged) => {
            for row in &mut rows {
                if let Some(before) = view.row(&row.id) {
                    row.sound = before.sound.clone();
                }
            }
            (view.rows, view.damaged) = (rows, damaged);
        }
        Event::Failed(why) => {
            view.damaged = vec![why.clone()];
            state.tell(Message::failed("The backups cannot be used", why));
        }
        Event::Checked(id, sound) => {
            if let Some(row) = view.rows.iter_mut().find(|row| row.id == id) {
                row.sound = sound;
            }
        }
    }
    Vec::new()
}

fn question(title: String, text: String, [stay, go]: [&str; 2], then: PageAction) -> Dialog {
    Dialog::Question(Question {
        title,
        text,
        stay: stay.to_owned(),
        go: go.to_owned(),
        then: Consequence::Action(Box::new(state::Action::Usb(then))),
    })
}

fn delete(state: &State, id: String) -> Option<Dialog> {
    let row = state.usb.backups.row(&id)?;
    let whose = row.mac.as_ref().map_or_else(|| row.chip.clone(), |mac| format!("{}, {mac}", row.chip));
    let title = "Delete this backup?".to_owned();
    let text = format!(
        "What the board ({whose}) held then cannot be restored any more. The board itself is not touched."
    );
    Some(question(title, text, ["Keep it", "Delete"], PageAction::Backups(Action::DeleteNow(id))))
}

fn restore(state: &State, backup: String, partition: Option<String>, port: String) -> Option<Dialog> {
    let row = state.usb.backups.row(&backup)?;
    let bench = state.usb.bench(&port)?;
    let board = bench.board.as_ref()?;
    let title = match &partition {
        Some(partition) => format!("Restore {partition} of this backup?"),
        None => "Restore this backup?".to_owned(),
    };
    let what = if partition.is_some() {
        "What that partition holds now is gone then."
    } else {
        "What the board holds now is gone then."
    };
    let mac = board.board.identity.mac.as_ref();
    let other = match (&row.mac, mac) {
        (Some(then), Some(now)) if then != now => format!(
            " It was read from another board ({then}); this one is {now}. Keys and calibration in it are those of the other board."
        ),
        (Some(_), Some(_)) => String::new(),
        _ => " It cannot be told whether it was read from this board: keys and calibration may be another's."
            .to_owned(),
    };
    let text = format!("It is written to the {} on {port}. {what}{other}", board.name());
    let task = Task::Restore { backup, partition };
    Some(question(title, text, ["Leave it as it is", "Restore"], PageAction::Begin(port, task)))
}
