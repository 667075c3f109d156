//! What a board says over its cable: read, kept, searched, saved, its panics decoded.
//!
//! [`Session`] reads a port on a thread of its own and tells [`Heard`]; [`LogBuffer`] keeps the lines for who draws them.

mod assemble;
mod buffer;
mod decoding;
mod error;
mod levels;
mod line;
mod listening;
mod panic;
mod port;
mod reader;
mod said;
mod save;
mod search;
mod session;
mod text;
mod wifi;

pub use assemble::MAX_LINE;
pub use buffer::{Filter, Limits, LogBuffer};
pub use error::MonitorError;
pub use levels::{Counts, Levels};
pub use line::{Colour, Level, Line, Span, Style};
pub use panic::{Address, Decoded, Decoder, ElfDigits, Panic, Unread};
pub use reader::{Batch, Reader};
pub use save::{LogFile, save};
pub use search::{Search, SearchFlaw};
pub use session::{Command, Ending, Heard, Options, Session};
pub use wifi::{NotJoined, WifiNews, wifi_news};
