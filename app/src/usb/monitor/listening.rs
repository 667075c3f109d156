//! The thread of a monitor: from opening the port to its end.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant, SystemTime};

use super::decoding::Decoding;
use super::port::{self, Open};
use super::reader::{Batch, Reader};
use super::save::LogFile;
use super::session::{Command, Heard, Options, Tell};
use crate::usb::ports::{self, Port};
use crate::usb::{Cancel, UsbError};

/// How often lines are told.
const TELL_EVERY: Duration = Duration::from_millis(100);
/// After so much silence a line without end is shown.
const PARTIAL_AFTER: Duration = Duration::from_millis(200);
/// After so much silence a panic is over.
const PANIC_OVER_AFTER: Duration = Duration::from_secs(1);
/// How often a port that is gone is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A monitor at work.
pub(super) struct Listening {
    port: Port,
    baud: u32,
    reset_first: bool,
    patience: Option<Duration>,
    commands: Receiver<Command>,
    tell: Arc<Tell>,
    decoding: Option<Decoding>,
    reader: Reader,
    batch: Batch,
    told: Instant,
    /// When bytes came last.
    heard: Instant,
    /// The line without end has been told as it is.
    partial_told: bool,
    file: Option<LogFile>,
}

/// How a stretch of reading ended.
enum End {
    /// It was stopped.
    Stopped,
    /// The port is gone.
    Gone,
}

impl Listening {
    pub fn new(options: Options, commands: Receiver<Command>, tell: Arc<Tell>) -> Self {
        let Options { port, baud, reset, first_line, decoder, patience } = options;
        let now = Instant::now();
        let decoding = decoder.and_then(|decoder| Decoding::start(decoder, Arc::clone(&tell)));
        Self {
            port,
            baud,
            reset_first: reset,
            patience,
            commands,
            tell,
            decoding,
            reader: Reader::new(first_line),
            batch: Batch::default(),
            told: now.checked_sub(TELL_EVERY).unwrap_or(now),
            heard: now,
            partial_told: false,
            file: None,
        }
    }

    /// Reads until it is stopped, or the port is gone for good.
    pub fn run(mut self) {
        let ended = self.read_on().err();
        (self.tell)(Heard::Ended(ended));
    }

    fn read_on(&mut self) -> Result<(), UsbError> {
        let mut open = Open::new(self.port.clone(), self.baud)?;
        loop {
            (self.tell)(Heard::Connected { port: open.port().clone(), baud: self.baud });
            if std::mem::take(&mut self.reset_first) {
                self.done(open.reset());
            }
            let end = self.read_until_gone(&mut open);
            // Before the port can come back under its old path, it has to be closed.
            drop(open);
            self.break_off();
            match end {
                End::Stopped => return Ok(()),
                End::Gone => (self.tell)(Heard::Away),
            }
            match self.wait_for_port()? {
                Some(returned) => open = returned,
                None => return Ok(()),
            }
        }
    }

    fn read_until_gone(&mut self, open: &mut Open) -> End {
        let mut bytes = [0; 4096];
        loop {
            loop {
                match self.commands.try_recv() {
                    Ok(Command::Stop) | Err(TryRecvError::Disconnected) => return End::Stopped,
                    Ok(command) => self.obey(command, Some(open)),
                    Err(TryRecvError::Empty) => break,
                }
            }
            match open.read(&mut bytes) {
                port::Heard::Bytes(count) => {
                    self.heard = Instant::now();
                    self.partial_told = false;
                    self.reader.read(&bytes[..count], SystemTime::now(), &mut self.batch);
                }
                port::Heard::Silence => self.silence(),
                port::Heard::Gone => return End::Gone,
            }
            if self.told.elapsed() >= TELL_EVERY {
                self.tell_batch();
            }
        }
    }

    fn silence(&mut self) {
        let silent = self.heard.elapsed();
        if self.reader.is_in_panic() && silent >= PANIC_OVER_AFTER {
            self.reader.quiet(&mut self.batch);
        }
        if !self.partial_told && silent >= PARTIAL_AFTER {
            self.partial_told = true;
            if let Some(partial) = self.reader.partial() {
                // Lines before it come before it.
                self.tell_batch();
                (self.tell)(Heard::Partial(partial));
            }
        }
    }

    fn tell_batch(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let batch = std::mem::take(&mut self.batch);
        self.told = Instant::now();
        let written = self.file.as_mut().map_or(Ok(()), |file| file.add(&batch.lines));
        let panics = batch.panics.clone();
        (self.tell)(Heard::Read(batch));
        if written.is_err() {
            self.file = None;
            (self.tell)(Heard::LogsTo(None));
            self.done(written.map_err(UsbError::from));
        }
        if let Some(decoding) = &self.decoding {
            panics.iter().for_each(|panic| decoding.decode(panic));
        }
    }

    /// The line that has no end gets none.
    fn break_off(&mut self) {
        self.reader.break_off(SystemTime::now(), &mut self.batch);
        self.tell_batch();
    }

    /// Does what is asked for; without a port there is little.
    fn obey(&mut self, command: Command, open: Option<&mut Open>) {
        let done = match (command, open) {
            (Command::Stop, _) => Ok(()),
            (Command::LogTo(path), _) => {
                path.map(|path| LogFile::append_to(&path)).transpose().map_err(UsbError::from).map(|file| {
                    (self.tell)(Heard::LogsTo(file.as_ref().map(|file| file.path().to_owned())));
                    self.file = file;
                })
            }
            (Command::Baud(baud), open) => open.map_or(Ok(()), |open| open.set_baud(baud)).map(|()| {
                self.baud = baud;
                self.break_off();
                (self.tell)(Heard::Connected { port: self.port.clone(), baud });
            }),
            (Command::Send(bytes), Some(open)) => open.write(&bytes),
            (Command::Reset, Some(open)) => open.reset(),
            (Command::Send(_) | Command::Reset, None) => {
                Err(UsbError::Gone { port: self.port.path().to_owned() })
            }
        };
        self.done(done);
    }

    fn done(&self, done: Result<(), UsbError>) {
        if let Err(error) = done {
            (self.tell)(Heard::NotDone(error));
        }
    }

    /// Waits until the board is there again; `None` if it was stopped.
    fn wait_for_port(&mut self) -> Result<Option<Open>, UsbError> {
        let gone_since = Instant::now();
        loop {
            match self.commands.recv_timeout(LOOK_EVERY) {
                Ok(Command::Stop) | Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Ok(command) => self.obey(command, None),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Ok(port) = ports::follow(&self.port, Duration::ZERO, &Cancel::default())
                && let Ok(open) = Open::new(port.clone(), self.baud)
            {
                self.port = port;
                return Ok(Some(open));
            }
            if self.patience.is_some_and(|patience| gone_since.elapsed() >= patience) {
                return Err(UsbError::Gone { port: self.port.path().to_owned() });
            }
        }
    }
}
