//! What the window wants of its monitor, in the order in which it wants it: one thread for the port, one for the file.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::runtime::Runtime;

use super::monitor::Monitor;
use super::{Outbox, Worker};
use crate::gui::event::Event;
use crate::gui::file_dialogs::Asked;
use crate::gui::messages::Message;
use crate::gui::monitor::{self, Order};
use crate::usb::monitor::{Command, Line, LogFile, save};

/// Where the wishes of the window go. Dropped, everything ends, and the port is free.
pub(super) struct MonitorDesk {
    port: Sender<PortWish>,
    file: Sender<FileWish>,
}

/// Something with the port.
enum PortWish {
    Open(String, u32),
    Close,
    Ask(Command),
}

/// Something with the file that the log is saved to.
enum FileWish {
    /// Write these lines into a new file, and go on with it.
    Begin(PathBuf, Vec<Arc<Line>>),
    /// Write these behind them.
    More(Vec<Arc<Line>>),
    /// That is all.
    End,
}

impl MonitorDesk {
    pub(super) fn start(runtime: &Runtime, monitor: Monitor, outbox: Outbox) -> Self {
        let ((port, port_wishes), (file, file_wishes)) = (channel(), channel());
        runtime.spawn_blocking(move || serve(&port_wishes, &monitor));
        runtime.spawn_blocking(move || write(&file_wishes, &outbox));
        Self { port, file }
    }

    // Its threads end when it does.

    fn port(&self, wish: PortWish) {
        let _ = self.port.send(wish);
    }

    fn file(&self, wish: FileWish) {
        let _ = self.file.send(wish);
    }
}

impl Worker {
    /// Does what the page wants.
    pub(super) fn monitor(&self, order: Order) {
        match order {
            Order::Open { path, baud } => self.monitor_desk.port(PortWish::Open(path, baud)),
            Order::Close => self.monitor_desk.port(PortWish::Close),
            Order::Ask(command) => self.monitor_desk.port(PortWish::Ask(command)),
            Order::PickFile => self.pick_log_file(),
            Order::Save(path, lines) => self.monitor_desk.file(FileWish::Begin(path, lines)),
            Order::SaveMore(lines) => self.monitor_desk.file(FileWish::More(lines)),
            Order::SaveNoMore => self.monitor_desk.file(FileWish::End),
        }
    }

    fn pick_log_file(&self) {
        let (outbox, dialogs) = (self.outbox.clone(), Arc::clone(&self.dialogs));
        self.runtime.spawn(async move {
            let asked = Asked::Save { title: "Save the log", name: "board.log".to_owned() };
            if let Some(path) = outbox.ask_for(&*dialogs, asked).await {
                outbox.send(Event::Monitor(monitor::Event::SaveTo(path)));
            }
        });
    }
}

fn serve(wishes: &Receiver<PortWish>, monitor: &Monitor) {
    for wish in wishes {
        match wish {
            PortWish::Open(path, baud) => monitor.open(&path, baud),
            PortWish::Close => monitor.close(),
            PortWish::Ask(command) => monitor.ask(command),
        }
    }
    monitor.close();
}

fn write(wishes: &Receiver<FileWish>, outbox: &Outbox) {
    let mut file: Option<LogFile> = None;
    for wish in wishes {
        let written = match wish {
            FileWish::Begin(path, lines) => {
                let opened = save(&path, &lines).and_then(|()| LogFile::append_to(&path));
                opened.map(|opened| file = Some(opened))
            }
            FileWish::More(lines) => file.as_mut().map_or(Ok(()), |file| file.add(&lines)),
            FileWish::End => {
                if let Some(file) = file.take() {
                    outbox.tell(Message::note("The log is saved", file.path().display().to_string()));
                }
                Ok(())
            }
        };
        if let Err(error) = written {
            file = None;
            outbox.failed("The log is not saved any more", &error);
            outbox.send(Event::Monitor(monitor::Event::SaveFailed));
        }
    }
}
