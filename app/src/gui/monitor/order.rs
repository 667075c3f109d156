//! What comes to the page: what the user does and what happens elsewhere; and what the page wants done.

use std::path::PathBuf;
use std::sync::Arc;

use super::Sight;
use crate::usb::monitor::{Batch, Command, Decoded, Ending, Level, Line, Unread};

/// What the user did.
#[derive(Clone, Debug)]
pub enum Action {
    /// Opens this port.
    Open(String),
    /// Wants to type the path of a port.
    NamePort,
    /// Closes the port.
    Close,
    /// Chose another rate.
    Baud(u32),
    /// Lets the view stand, or go on.
    Pause,
    /// Restarts the board.
    Reset,
    /// Saves to a file, or stops that.
    Save,
    /// Forgets all lines.
    Clear,
    /// Typed into the search.
    Search(String),
    /// Goes to the next match.
    FindNext,
    /// Goes to the match before.
    FindBefore,
    /// Shows lines of a level, or hides them.
    Level(Level),
    /// Shows lines of all levels.
    AllLevels,
    /// Shows times, or hides them.
    ShowTime,
    /// Shows panics as cards, or as lines.
    ShowPanics,
    /// Follows the end, or stays.
    Follow,
    /// Has moved the log.
    See(Sight),
    /// Moves it by so many rows.
    Scroll(f32),
    /// There is room for so many rows.
    Page(f32),
    /// Selects a line, or from where it began to this line.
    Select {
        /// The line.
        number: u64,
        /// From where it began.
        extend: bool,
    },
    /// Selects all lines.
    SelectAll,
    /// Selects nothing.
    Unselect,
    /// Shows the lines of a panic below its card, or hides them.
    Raw(u64),
    /// Typed a line to send.
    Draft(String),
    /// Chose another ending.
    Ending(Ending),
    /// Sends the line.
    Send,
    /// Looks at more lines with the filter.
    Look,
}

/// What happened elsewhere.
#[derive(Clone, Debug)]
pub enum Event {
    /// A port is about to be opened.
    Opening {
        /// Its path.
        path: String,
        /// Its rate.
        baud: u32,
    },
    /// The port is open; its path may have changed.
    Connected {
        /// Its path.
        path: String,
        /// Its rate.
        baud: u32,
    },
    /// The port is gone, and waited for.
    Away,
    /// Lines, and panics that are over.
    Read(Batch),
    /// A line that has no end yet.
    Partial(Arc<Line>),
    /// What the addresses of a panic are.
    Decoded {
        /// The number of its first line.
        first_line: u64,
        /// The frames, or why there are none.
        reading: Result<Decoded, Unread>,
    },
    /// It came to an end: what happened, and what to do, each in a sentence.
    Refused {
        /// What happened.
        what: String,
        /// What to do.
        advice: Vec<String>,
    },
    /// The port is used for flashing, and comes back.
    Lent,
    /// The user has named a file to save to.
    SaveTo(PathBuf),
    /// That file takes no more.
    SaveFailed,
}

/// What the page wants done elsewhere.
#[derive(Clone, Debug)]
pub enum Order {
    /// Read this port instead of any other.
    Open {
        /// Its path.
        path: String,
        /// Its rate.
        baud: u32,
    },
    /// Read no port any more.
    Close,
    /// Ask the monitor for something.
    Ask(Command),
    /// Ask for a file to save to.
    PickFile,
    /// Write these lines to a file, and keep it open.
    Save(PathBuf, Vec<Arc<Line>>),
    /// Write these lines behind them.
    SaveMore(Vec<Arc<Line>>),
    /// That is all.
    SaveNoMore,
}
