//! One piece of work on a board, from its thread to its end.

use std::sync::{Arc, Weak};

use tokio::runtime::Handle;

use super::super::Worker;
use super::super::monitor::Monitor;
use super::error::TaskError;
use super::tell::Teller;
use super::{contact, end, flash};
use crate::engine::Engine;
use crate::gui::usb::board::BoardView;
use crate::gui::usb::choices::Reach;
use crate::gui::usb::job::JobNumber;
use crate::gui::usb::order::Task;
use crate::gui::usb::{News, contact::Contact};
use crate::store::DataDir;
use crate::usb::backup::{Backups, Part, Restore};
use crate::usb::board::{Board, Depth};
use crate::usb::ports::{Port, State};
use crate::usb::wire::{After, Approach, Link};
use crate::usb::{Cancel, Work};

/// What work on a board has at hand.
pub(super) struct Bench {
    pub data: DataDir,
    pub teller: Teller,
    pub cancel: Cancel,
    pub monitor: Monitor,
    /// Weak, so that the window can end while a board is waited for.
    pub engine: Weak<Engine>,
    pub handle: Handle,
    pub port: Port,
    /// The board that was read there.
    pub board: Option<Arc<BoardView>>,
    /// How its chip is reached.
    pub reach: Reach,
}

impl Worker {
    /// Begins work on a board, on a thread of its own.
    pub(super) fn work(
        &mut self,
        (job, port): (JobNumber, String),
        task: Task,
        board: Option<Arc<BoardView>>,
        reach: Reach,
    ) {
        let cancel = Cancel::default();
        self.boards.running.insert(job, cancel.clone());
        let bench = Bench {
            data: self.data.clone(),
            teller: Teller::new(self.outbox.clone(), job),
            cancel,
            monitor: self.monitor.clone(),
            engine: Arc::downgrade(&self.engine),
            handle: self.runtime.handle().clone(),
            port: Port::named(&port),
            board,
            reach,
        };
        std::thread::spawn(move || {
            let teller = bench.teller.clone();
            let ended = end(bench.perform(task));
            teller.news(News::Ended(ended));
        });
    }
}

/// What came of the work by cable.
pub(super) struct Done {
    /// In a sentence.
    pub what: String,
    /// A board that is to be seen on the network now.
    pub awaited: Option<contact::Awaited>,
}

impl From<&str> for Done {
    fn from(what: &str) -> Self {
        Self { what: what.to_owned(), awaited: None }
    }
}

impl Bench {
    fn perform(mut self, task: Task) -> Result<String, TaskError> {
        // Whoever reads the port gives it away until the work by cable has ended.
        let mut lent = self.monitor.lend(self.port.path());
        let done = self.by_cable(task)?;
        if let Some(lent) = &mut lent {
            lent.moved(self.port.path());
        }
        if let Some(awaited) = done.awaited.filter(|_| self.reach.restarts()) {
            self.teller.news(News::Contact(Contact::Waiting));
            let end = contact::watch(&self, awaited, lent)?;
            self.teller.news(News::Contact(end));
        }
        Ok(done.what)
    }

    fn by_cable(&mut self, task: Task) -> Result<Done, TaskError> {
        let mut work = Work::new(self.cancel.clone(), self.teller.listener());
        let mut link = Link::connect(&self.approach(&task), &mut work)?;
        let is_meant = self.is_meant(&mut link, &task);
        let done = is_meant.and_then(|()| self.on(&mut link, task, &mut work));
        // It is let go however the work has ended; but a failure of the work is what counts.
        let left = match &done {
            Ok(_) => link.leave(&mut work),
            Err(_) => link.leave(&mut Work::unwatched()),
        };
        let done = done?;
        drop(left?);
        self.follow()?;
        Ok(done)
    }

    /// Boards are swapped on a cable: what was asked for one is not done to another.
    fn is_meant(&self, link: &mut Link, task: &Task) -> Result<(), TaskError> {
        let read = self.board.as_ref().and_then(|board| board.board.identity.mac.as_ref());
        let Some(meant) = read.filter(|_| !matches!(task, Task::Read | Task::BackUp)) else { return Ok(()) };
        match link.identity()?.mac {
            Some(found) if found != *meant => {
                let (port, meant) = (self.port.path().to_owned(), meant.clone());
                Err(TaskError::OtherBoard { port, found, meant })
            }
            _ => Ok(()),
        }
    }

    /// A port without lines cannot get the chip into its loader again: there it stays after what is often followed by
    /// more.
    fn approach(&self, task: &Task) -> Approach {
        let more = matches!(task, Task::Read | Task::BackUp | Task::EraseAll | Task::ErasePartition(_));
        let wanted = self.reach.approach(self.port.path());
        let after = if more && self.port.usb().is_none() { After::NoReset } else { wanted.after };
        Approach { after, ..wanted }
    }

    fn on(&self, link: &mut Link, task: Task, work: &mut Work<'_>) -> Result<Done, TaskError> {
        match task {
            Task::Read => {
                let board = Board::read(link, Depth::Heads, work)?;
                self.teller.news(News::Board(Arc::new(BoardView::new(board, &self.port))));
                Ok("The board was read".into())
            }
            Task::BackUp => {
                let what = self.back_up(link, work)?;
                Ok(Done { what, awaited: None })
            }
            Task::Flash { firmware, setup, choices, back_up } => {
                let plan = flash::plan(self, link, (&firmware, &choices), work)?;
                if back_up && !plan.is_of_blank() {
                    self.back_up(link, work)?;
                }
                flash::flash(self, link, plan, &setup, work)
            }
            Task::SetUp(setup) => flash::set_up(self, link, &setup, work),
            Task::Restore { backup, partition } => {
                let backup = Backups::new(&self.data).find(&backup).map_err(crate::usb::UsbError::from)?;
                let part = partition.map_or(Part::Whole, Part::Partition);
                Restore::prepare(&backup, &part, link, work)?.write(link, work)?;
                Ok("The backup was restored".into())
            }
            Task::EraseAll => {
                let size = link.flash_size();
                link.erase(0, size, work)?;
                Ok("The whole chip was erased".into())
            }
            Task::ErasePartition(name) => {
                flash::erase_partition(link, &name, work)?;
                Ok(Done { what: format!("{name} was erased"), awaited: None })
            }
            Task::Boot(slot) => {
                let label = format!("ota_{slot}");
                flash::boot(link, slot, work)?;
                Ok(Done { what: format!("{label} boots from now on"), awaited: None })
            }
        }
    }

    fn back_up(&self, link: &mut Link, work: &mut Work<'_>) -> Result<String, TaskError> {
        let taken = Backups::new(&self.data).take(link, None, work)?;
        self.teller.news(News::BackedUp);
        let shared = match (taken.shared, taken.shared_with) {
            (0, _) | (_, 0) => String::new(),
            (bytes, with) => {
                let share = bytes.saturating_mul(100) / u64::from(link.flash_size()).max(1);
                let backups = if with == 1 { "backup" } else { "backups" };
                format!(", {share} % shared with {with} earlier {backups}")
            }
        };
        let what = format!("Backed up as {}{shared}", taken.backup.id);
        work.note(what.clone());
        Ok(what)
    }

    /// A chip with USB of its own is plugged in anew with each restart, perhaps as another port.
    fn follow(&mut self) -> Result<(), TaskError> {
        const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);
        let before = self.port.path().to_owned();
        let port = match State::of(&self.port) {
            State::Gone => crate::usb::ports::follow(&self.port, PATIENCE, &self.cancel)?,
            _ => return Ok(()),
        };
        if port.path() != before {
            self.teller.news(News::Moved(port.clone()));
        }
        self.port = port;
        Ok(())
    }
}
