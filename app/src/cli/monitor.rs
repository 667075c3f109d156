//! `skylift monitor`: what a board on a cable logs, with its panics decoded, until Ctrl-C.

mod colours;
mod input;
mod json;
mod show;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use tokio::sync::mpsc::{Receiver, channel};

use super::cable::only_port;
use super::exit::Exit;
use super::failure::Failure;
use super::figures::seconds;
use super::interrupt::interrupted;
use super::session::{Session, wait_for};
use crate::image::library::{Elf, Library};
use crate::usb::monitor::{self, Command, Decoder, Filter, Heard, Level, Levels, LogFile, Options, Search};
use crate::usb::ports::Port;
use show::Show;

/// What may wait to be shown; while it is full, the board's port is not read.
const WAITING: usize = 16;

/// Which board, and what to show of what it says.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// The port that the board is on [default: the only one that is ready]
    #[arg(long, value_name = "P")]
    port: Option<String>,
    /// Baud
    #[arg(long, value_name = "N", default_value_t = 115_200, value_parser = clap::value_parser!(u32).range(300..=4_000_000))]
    baud: u32,
    /// Show lines of this level and the louder ones; lines without a level count as info
    #[arg(long, value_enum, value_name = "LEVEL")]
    level: Option<Least>,
    /// Show lines that match this regular expression
    #[arg(long, value_name = "RE", value_parser = Search::regex)]
    grep: Option<Search>,
    /// Show when each line arrived
    #[arg(long)]
    timestamps: bool,
    /// Add all lines to a file as well, with the times of their arrival
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Decode panics with this ELF, not with those in the library
    #[arg(long, value_name = "FILE")]
    elf: Option<PathBuf>,
    /// Restart the board first, to see its log from the beginning
    #[arg(long, overrides_with = "no_reset")]
    reset: bool,
    /// Let the board go on running, which is the default
    #[arg(long)]
    no_reset: bool,
    /// What is sent behind each line of standard input
    #[arg(long, value_enum, value_name = "ENDING", default_value_t = input::Ending::Lf)]
    ending: input::Ending,
    /// Wait so many seconds for a board that is unplugged
    #[arg(long, value_name = "S", default_value = "60", value_parser = seconds)]
    wait: Duration,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// The quietest level that is shown.
#[derive(ValueEnum, Clone, Copy, Debug)]
enum Least {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Arguments {
    /// All that a board on this port says.
    pub(super) fn on(port: &str) -> Self {
        Self {
            port: Some(port.to_owned()),
            baud: 115_200,
            level: None,
            grep: None,
            timestamps: false,
            save: None,
            elf: None,
            reset: false,
            no_reset: true,
            ending: input::Ending::Lf,
            wait: Duration::from_secs(60),
            json: false,
        }
    }

    fn options(&self, session: &Session) -> Result<Options, Failure> {
        if let Some(elf) = &self.elf {
            Elf::open(elf)?;
        }
        let port = match &self.port {
            Some(port) => port.clone(),
            None => only_port()?,
        };
        let library = Library::new(&session.data_dir);
        Ok(Options {
            baud: self.baud,
            reset: self.reset,
            decoder: Some(Decoder::new(library, self.elf.clone())),
            patience: Some(self.wait),
            ..Options::new(named(&port))
        })
    }

    fn filter(&self) -> Filter {
        let levels = self.level.map_or(Levels::ALL, |least| {
            Levels::from(match least {
                Least::Error => Level::Error,
                Least::Warn => Level::Warn,
                Least::Info => Level::Info,
                Least::Debug => Level::Debug,
                Least::Trace => Level::Trace,
            })
        });
        Filter { levels, search: self.grep.clone(), only_matches: true }
    }
}

/// The port of this path. A board on USB is known again by what it says of itself; any other by the path that the user
/// named, which may be a link that leads elsewhere after the board was away.
fn named(path: &str) -> Port {
    let port = Port::named(path);
    if port.usb().is_some() { port } else { Port::new(path, port.behind().clone()) }
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let options = args.options(session)?;
    if let Some(path) = &args.save {
        // That it cannot be written is said before anything is read.
        LogFile::append_to(path)?;
    }
    let show = Show::new(args.filter(), args.timestamps, args.json, &session.output);
    let (tell, told) = channel(WAITING);
    let board = monitor::Session::start(options, move |heard| {
        // Whoever has enough does not listen any more.
        let _ = tell.blocking_send(heard);
    })?;
    if let Some(path) = &args.save {
        board.ask(Command::LogTo(Some(path.clone())));
    }
    let ended = wait_for(follow(&board, told, show, args.ending, session));
    board.stop();
    ended
}

/// Shows what is told, and sends what is typed, until the user, the reader or the board has enough.
async fn follow(
    board: &monitor::Session,
    mut told: Receiver<Heard>,
    mut show: Show<'_>,
    ending: input::Ending,
    session: &Session,
) -> Result<Exit, Failure> {
    let mut typed = input::lines();
    while session.output.has_reader() {
        tokio::select! {
            heard = told.recv() => match heard {
                Some(Heard::Ended(Some(error))) => {
                    show.end();
                    return Err(error.into());
                }
                None | Some(Heard::Ended(None)) => break,
                Some(heard) => show.hear(heard),
            },
            Some(line) = typed.recv() => board.ask(Command::line(&line, ending.into())),
            () = interrupted() => break,
        }
    }
    show.end();
    Ok(Exit::Done)
}
