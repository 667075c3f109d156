//! A line of a board's log, as it is kept and shown.

use std::ops::Range;
use std::time::SystemTime;

/// How loud a line says that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Something failed.
    Error,
    /// Something is not as it should be.
    Warn,
    /// What happens.
    Info,
    /// For who looks for a fault.
    Debug,
    /// Everything. ESP-IDF calls it verbose.
    Trace,
    /// The line says nothing about it.
    None,
}

impl Level {
    /// All of them, the loudest first.
    pub const ALL: [Self; 6] = [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace, Self::None];

    /// Its name: `error`, `warn`, `info`, `debug`, `trace`, and nothing for none.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
            Self::None => "",
        }
    }
}

/// A colour of a terminal, as ECMA-48 numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// 30
    Black,
    /// 31
    Red,
    /// 32
    Green,
    /// 33
    Yellow,
    /// 34
    Blue,
    /// 35
    Magenta,
    /// 36
    Cyan,
    /// 37
    White,
}

/// How a part of a line is to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Its colour; `None` is that of ordinary text.
    pub colour: Option<Colour>,
    /// Bold, or a brighter colour: terminals have always mixed these up.
    pub bold: bool,
}

/// A part of a line that does not look ordinary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Which bytes of the text.
    pub bytes: Range<usize>,
    /// How they look.
    pub style: Style,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number, without gaps from the first line on.
    pub number: u64,
    /// When its first byte arrived.
    pub at: SystemTime,
    /// How loud it is.
    pub level: Level,
    /// What it says: no control characters, no escape sequences.
    pub text: Box<str>,
    /// Its coloured parts, in order.
    pub spans: Box<[Span]>,
    /// It is too long, and goes on in the next one.
    pub cut: bool,
    pub(super) tag: Range<usize>,
    pub(super) message: usize,
}

impl Line {
    /// The part of the program that says it, if it names one.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.text.get(self.tag.clone()).filter(|tag| !tag.is_empty())
    }

    /// What it says without level, time and tag.
    #[must_use]
    pub fn message(&self) -> &str {
        self.text.get(self.message..).unwrap_or_default()
    }

    /// Where in the text the message begins.
    #[must_use]
    pub const fn message_at(&self) -> usize {
        self.message
    }

    /// Bytes that it takes in memory.
    #[must_use]
    pub fn cost(&self) -> usize {
        size_of::<Self>() + self.text.len() + size_of_val(&*self.spans)
    }
}
