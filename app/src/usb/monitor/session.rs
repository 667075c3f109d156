//! A monitor at work: a thread reads a port for ever, through resets and unplugging, and tells what it reads.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::line::Line;
use super::listening::Listening;
use super::panic::{Decoded, Decoder, Unread};
use super::reader::Batch;
use crate::usb::UsbError;
use crate::usb::ports::Port;

/// What a monitor reads, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The port.
    pub port: Port,
    /// Baud.
    pub baud: u32,
    /// The board is restarted first, so that its log is there from the beginning.
    pub reset: bool,
    /// The number of the first line.
    pub first_line: u64,
    /// What panics are read with; without it they are told as they are.
    pub decoder: Option<Decoder>,
    /// How long a port that is gone is waited for; `None` is for ever.
    pub patience: Option<Duration>,
}

impl Options {
    /// 115,200 baud, the board goes on running, panics as they are, and patience without end.
    #[must_use]
    pub const fn new(port: Port) -> Self {
        Self { port, baud: 115_200, reset: false, first_line: 0, decoder: None, patience: None }
    }
}

/// What a monitor tells.
#[derive(Debug)]
pub enum Heard {
    /// The port is open; also after it was gone, when it may have another path.
    Connected {
        /// The port.
        port: Port,
        /// Baud.
        baud: u32,
    },
    /// The port is gone, and waited for.
    Away,
    /// Lines, and panics that are over; at most ten times a second.
    Read(Batch),
    /// A line has no end yet, and nothing has come for a moment. Its number is that of the line which it becomes.
    Partial(Line),
    /// What the addresses of the panic are whose first line has this number.
    Decoded {
        /// That number.
        first_line: u64,
        /// The frames, or why there are none.
        reading: Result<Decoded, Unread>,
    },
    /// What arrives is added to this file from now on, or to none any more.
    LogsTo(Option<PathBuf>),
    /// Something that was asked for was not done; the monitor goes on.
    NotDone(UsbError),
    /// The monitor has ended, and the port is free: it was stopped, or this has ended it.
    Ended(Option<UsbError>),
}

/// What a monitor is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Send these bytes.
    Send(Vec<u8>),
    /// Restart the board.
    Reset,
    /// Read and write at another rate.
    Baud(u32),
    /// Add what arrives to a file, or stop that.
    LogTo(Option<PathBuf>),
    /// End.
    Stop,
}

/// What is sent behind a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// LF
    #[default]
    Lf,
    /// CR LF
    CrLf,
    /// CR
    Cr,
    /// Nothing.
    None,
}

impl Command {
    /// Sends a line.
    #[must_use]
    pub fn line(text: &str, ending: Ending) -> Self {
        let ending = match ending {
            Ending::Lf => "\n",
            Ending::CrLf => "\r\n",
            Ending::Cr => "\r",
            Ending::None => "",
        };
        Self::Send([text, ending].concat().into_bytes())
    }
}

/// Who is told.
pub(super) type Tell = dyn Fn(Heard) + Send + Sync;

/// A monitor at work. Dropped, it ends by itself.
#[derive(Debug)]
pub struct Session {
    commands: Sender<Command>,
    thread: Option<JoinHandle<()>>,
}

impl Session {
    /// Begins to read. `tell` is called from threads of the monitor; while it waits, nothing is read. The last that it
    /// hears is [`Heard::Ended`], but for panics that are still being decoded.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(options: Options, tell: impl Fn(Heard) + Send + Sync + 'static) -> Result<Self, UsbError> {
        let (commands, waiting) = channel();
        let path = options.port.path().to_owned();
        let thread = std::thread::Builder::new().name("monitor".to_owned());
        let thread = thread.spawn(move || Listening::new(options, waiting, Arc::new(tell)).run());
        let thread = thread.map_err(|error| UsbError::Open { port: path, problem: error.to_string() })?;
        Ok(Self { commands, thread: Some(thread) })
    }

    /// Asks for something. It is done within a tenth of a second, or told not to be.
    pub fn ask(&self, command: Command) {
        // A monitor that has ended has said so.
        let _ = self.commands.send(command);
    }

    /// Ends, and waits until the port is free.
    pub fn stop(mut self) {
        self.ask(Command::Stop);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has reported it.
            let _ = thread.join();
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.ask(Command::Stop);
    }
}
