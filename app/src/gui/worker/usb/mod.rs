//! Boards on a cable: the ports are watched, and each board that is worked on has a thread of its own.

mod backups;
mod contact;
mod error;
mod firmware;
mod flash;
mod task;
mod tell;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::error::TaskError;
use super::{Outbox, Worker};
use crate::advice::Advice;
use crate::gui::event::Event;
use crate::gui::file_dialogs::Asked;
use crate::gui::messages::sentence;
use crate::gui::usb::board::BoardView;
use crate::gui::usb::choices::Choices;
use crate::gui::usb::form::Firmware;
use crate::gui::usb::job::{Failure, JobNumber};
use crate::gui::usb::order::{Order, Wanted};
use crate::gui::usb::plan::PlanView;
use crate::gui::usb::{self, job::End};
use crate::store::{DataDir, NetworkList};
use crate::usb::flash::{Plan, Target};
use crate::usb::ports::{Port, Seen, State, Watch};
use crate::usb::provision::Place;
use crate::usb::{Cancel, UsbError};

/// What of boards goes on.
#[derive(Default)]
pub(super) struct Boards {
    /// Watches the ports that the system lists.
    listed: Option<Watch>,
    /// Watches ports that somebody named.
    named: HashMap<String, Watch>,
    /// Calls work off. What has ended takes no notice.
    running: HashMap<JobNumber, Cancel>,
}

impl Drop for Boards {
    fn drop(&mut self) {
        self.running.values().for_each(Cancel::cancel);
    }
}

impl Worker {
    /// Begins to watch the ports.
    pub(super) fn watch_ports(&mut self) {
        let outbox = self.outbox.clone();
        match Watch::start(move |seen| send(&outbox, usb::Event::Ports(seen))) {
            Ok(watch) => self.boards.listed = Some(watch),
            Err(error) => self.outbox.failed("Boards on USB are not noticed", &error),
        }
        self.load_networks();
    }

    /// Does what the page wants.
    pub(super) fn usb(&mut self, order: Order) {
        match order {
            Order::Name(path) => self.name_port(&path),
            Order::Unname(path) => drop(self.boards.named.remove(&path)),
            Order::LoadNetworks => self.load_networks(),
            Order::Work { job, port, task, board, reach } => self.work((job, port), task, board, reach),
            Order::Cancel(job) => {
                if let Some(cancel) = self.boards.running.get(&job) {
                    cancel.cancel();
                }
            }
            Order::Plan { port, board, number, firmware, choices } => {
                self.plan((port, number), board, firmware, choices);
            }
            Order::Pick(port, wanted) => {
                self.pick_for_boards(wanted, move |file| usb::Event::Picked(port, wanted, file));
            }
            Order::PickForSeveral(wanted) => {
                self.pick_for_boards(wanted, move |file| usb::Event::PickedForSeveral(wanted, file));
            }
            Order::LoadBackups => self.load_backups(),
            Order::VerifyBackup(id) => self.verify_backup(id),
            Order::DeleteBackup(id) => self.delete_backup(id),
        }
    }

    fn name_port(&mut self, path: &str) {
        let port = Port::named(path);
        let folder = Path::new(port.path()).parent().unwrap_or(Path::new("/dev")).to_owned();
        let (watched, outbox) = (port.clone(), self.outbox.clone());
        let look = move || vec![Seen { state: State::of(&watched), port: watched.clone() }];
        let tell =
            move |seen: Vec<Seen>| seen.into_iter().for_each(|seen| send(&outbox, usb::Event::Named(seen)));
        match Watch::over(&folder, look, tell) {
            Ok(watch) => drop(self.boards.named.insert(port.path().to_owned(), watch)),
            Err(error) => self.outbox.failed("The port is not watched", &error),
        }
    }

    fn load_networks(&self) {
        let (data, outbox) = (self.data.clone(), self.outbox.clone());
        self.runtime.spawn_blocking(move || match NetworkList::new(&data).list() {
            Ok(networks) => {
                let names = networks.into_iter().map(|network| network.ssid.as_str().to_owned()).collect();
                send(&outbox, usb::Event::Networks(names));
            }
            Err(error) => outbox.failed("No network is remembered", &error),
        });
    }

    fn plan(
        &self,
        (port, number): (String, u64),
        board: Arc<BoardView>,
        firmware: Firmware,
        choices: Choices,
    ) {
        let (data, outbox) = (self.data.clone(), self.outbox.clone());
        self.runtime.spawn_blocking(move || {
            let plan = planned(&data, &port, &board, (&firmware, &choices));
            let plan = plan.map(Arc::new).map_err(|error| failure(&error));
            send(&outbox, usb::Event::Planned(port, number, plan));
        });
    }

    fn pick_for_boards(
        &self,
        wanted: Wanted,
        picked: impl FnOnce(Option<PathBuf>) -> usb::Event + Send + 'static,
    ) {
        let (dialogs, outbox) = (Arc::clone(&self.dialogs), self.outbox.clone());
        let asked = match wanted {
            Wanted::Firmware => Asked::Image,
            Wanted::Table => Asked::Table,
            Wanted::Bootloader { .. } => Asked::Bootloader,
        };
        self.runtime.spawn(async move { send(&outbox, picked(outbox.ask_for(&*dialogs, asked).await)) });
    }
}

fn planned(
    data: &DataDir,
    port: &str,
    board: &BoardView,
    (firmware, choices): (&Firmware, &Choices),
) -> Result<PlanView, TaskError> {
    let firmware = firmware::open(data, firmware, board.chip())?;
    let plan = Plan::make(&firmware, &choices.wish()?, &Target::from(&board.board))?;
    let place = Place::in_table(&plan.table, plan.flash_size, port).ok();
    Ok(PlanView::new(&plan, board, place.as_ref()))
}

fn send(outbox: &Outbox, event: usb::Event) {
    outbox.send(Event::Usb(event));
}

/// An error, for the page. What an option of a command would do, is said of the command.
fn failure(error: &impl Advice) -> Failure {
    let line = |line: String| match line.contains("--") {
        true => format!("On the command line: {line}"),
        false => sentence(&line),
    };
    Failure { what: sentence(&error.to_string()), advice: error.advice().into_iter().map(line).collect() }
}

/// How work ended.
fn end(result: Result<String, TaskError>) -> End {
    match result {
        Ok(what) => End::Done(what),
        Err(TaskError::Usb(UsbError::Cancelled)) => End::Cancelled,
        Err(error) => End::Failed(failure(&error)),
    }
}
