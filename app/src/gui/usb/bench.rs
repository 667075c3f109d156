//! One port, with what is known of the board on it and what is done with it.

use std::sync::Arc;

use super::board::BoardView;
use super::form::{Firmware, Form};
use super::job::Job;
use super::plan::Planning;
use crate::usb::ports::{Port, State};

/// One port.
#[derive(Debug)]
pub struct Bench {
    /// The port.
    pub port: Port,
    /// Whether it can be used.
    pub state: State,
    /// Somebody named it: it is shown whether the system lists it or not.
    pub named: bool,
    /// What was read of its board.
    pub board: Option<Arc<BoardView>>,
    /// What it is to become.
    pub form: Form,
    /// What flashing it would do.
    pub planning: Planning,
    /// Counts the plans that were asked for.
    pub plans: u64,
    /// What is done with it, or was last.
    pub job: Option<Job>,
}

impl Bench {
    /// A port that was seen.
    #[must_use]
    pub fn new(port: Port, state: State, named: bool) -> Self {
        Self {
            port,
            state,
            named,
            board: None,
            form: Form { pair: true, ..Form::default() },
            planning: Planning::Nothing,
            plans: 0,
            job: None,
        }
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &str {
        self.port.path()
    }

    /// What people call it: with the chip, once that is known.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.board {
            Some(board) => self.port.name_with(board.chip()),
            None => self.port.name(),
        }
    }

    /// The work that runs.
    #[must_use]
    pub fn running(&self) -> Option<&Job> {
        self.job.as_ref().filter(|job| job.runs())
    }

    /// What was read of its board, unless it has gone since.
    pub fn forget_board(&mut self) {
        self.board = None;
        self.planning = Planning::Nothing;
    }

    /// Asks for a plan of what the form says; its number, the firmware and the board, if there are any.
    pub fn plan(&mut self) -> Option<(u64, Firmware, Arc<BoardView>)> {
        let wanted = self.form.firmware.clone().zip(self.board.clone());
        self.plans += 1;
        self.planning = if wanted.is_some() { Planning::Making } else { Planning::Nothing };
        wanted.map(|(firmware, board)| (self.plans, firmware, board))
    }
}
