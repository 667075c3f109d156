//! What every command has that speaks to the loader of a board on a cable: which port, how, and a bar while it lasts.

mod bar;

use std::io::Write as _;

use clap::{Args, ValueEnum};
use tokio::sync::oneshot;

use super::failure::Failure;
use super::interrupt::interrupted;
use crate::engine::printable;
use crate::usb::ports::{State, advice_for_none, look};
use crate::usb::wire::{After, Approach, Before, Link, Loader};
use crate::usb::{Cancel, UsbError, Work};
use bar::Bar;

/// How the board is reached.
#[derive(Args, Clone, Debug)]
pub(super) struct CableArguments {
    /// The port that the board is on [default: the only one that is ready]
    #[arg(long, value_name = "P", help_heading = "Cable")]
    port: Option<String>,
    /// How the chip gets into download mode
    #[arg(long, value_enum, value_name = "HOW", default_value_t = In::Reset, help_heading = "Cable")]
    before: In,
    /// How it is left
    #[arg(long, value_enum, value_name = "HOW", default_value_t = Out::Reset, help_heading = "Cable")]
    after: Out,
    /// The highest baud rate to try
    #[arg(long, value_name = "N", default_value_t = 921_600, help_heading = "Cable",
        value_parser = clap::value_parser!(u32).range(115_200..=4_000_000))]
    baud: u32,
    /// Speak to the loader in the chip's ROM alone, which is slower
    #[arg(long, help_heading = "Cable")]
    no_stub: bool,
}

/// Into download mode.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum In {
    /// The port's lines reset the chip
    Reset,
    /// You have held BOOT and pressed RESET
    NoReset,
}

/// Out of it.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Out {
    /// It restarts, and runs its program
    Reset,
    /// It stays in download mode
    NoReset,
}

impl CableArguments {
    /// The approach that the user wants; a port that was not named is told.
    pub(super) fn approach(&self) -> Result<Approach, Failure> {
        let port = match &self.port {
            Some(port) => port.clone(),
            None => only_port()?,
        };
        Ok(Approach {
            before: if self.before == In::Reset { Before::Reset } else { Before::NoReset },
            after: if self.after == Out::Reset { After::Reset } else { After::NoReset },
            loader: if self.no_stub { Loader::Rom } else { Loader::Stub },
            baud: self.baud,
            ..Approach::new(port)
        })
    }
}

/// The port, if there is no choice.
pub(super) fn only_port() -> Result<String, Failure> {
    let mut seen = look()?;
    // A serial port of the computer itself is there whether a board is on it or not: it has to be named.
    seen.retain(|seen| seen.port.usb().is_some());
    let listed = |failure: Failure| failure.try_this("--port P; `skylift ports` lists them");
    match seen.as_slice() {
        [] => {
            let nothing = Failure::new("no board is plugged in at USB, as far as this computer can tell");
            return Err(listed(Failure { advice: advice_for_none(), ..nothing }));
        }
        [one] if one.state != State::Ready => {
            let sentence = format!("{}: {}", one.port.path(), one.state);
            return Err(Failure { advice: one.state.advice(), ..Failure::new(sentence) });
        }
        _ => seen.retain(|seen| seen.state == State::Ready),
    }
    match seen.as_slice() {
        [one] => {
            // If nobody reads it, nobody wants to know.
            let _ = writeln!(std::io::stderr(), "On {}, {}.", one.port.path(), printable(&one.port.name()));
            Ok(one.port.path().to_owned())
        }
        [] => Err(listed(Failure::new("no port can be used now"))),
        several => {
            let paths: Vec<_> = several.iter().map(|seen| seen.port.path()).collect();
            Err(listed(Failure::new(format!("a board may be on any of {}", paths.join(", ")))))
        }
    }
}

/// Does work by cable on this thread, and shows how far it is. Ctrl-C calls it off at its next border.
pub(super) fn by_cable<T>(act: impl FnOnce(&mut Work<'_>) -> Result<T, UsbError>) -> Result<T, Failure> {
    let cancel = Cancel::default();
    let (done, ended) = oneshot::channel();
    let waiting = watch_for_interrupt(cancel.clone(), ended);
    let mut bar = Bar::new();
    let acted = act(&mut Work::new(cancel, |told| bar.tell(&told)));
    bar.end();
    // Whoever waits for Ctrl-C is gone only if it could not begin to.
    let _ = done.send(());
    if let Some(waiting) = waiting {
        let _ = waiting.join();
    }
    acted.map_err(Failure::from)
}

/// Without a thread for it, Ctrl-C ends the program.
fn watch_for_interrupt(cancel: Cancel, ended: oneshot::Receiver<()>) -> Option<std::thread::JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let wait = move || {
        runtime.block_on(async {
            tokio::select! {
                () = interrupted() => cancel.cancel(),
                _ = ended => {}
            }
        });
    };
    std::thread::Builder::new().name("interrupt".to_owned()).spawn(wait).ok()
}

/// Lets the board go, however the work on it ended: a failure of the work is what counts.
pub(super) fn leave<T>(link: Link, acted: Result<T, UsbError>) -> Result<T, UsbError> {
    // It is left although the work may have been called off.
    let left = link.leave(&mut Work::unwatched());
    let acted = acted?;
    left.map(|_| acted)
}
