//! How the port of the monitor is, in words.

use crate::gui::figures::grouped;

/// How the port is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// Nobody reads it.
    #[default]
    Closed,
    /// It is being opened.
    Opening,
    /// It is read.
    Connected,
    /// It is gone, and waited for.
    Waiting,
    /// It is used for flashing, and comes back.
    Lent,
    /// It cannot be read.
    Refused {
        /// Why, in a sentence.
        what: String,
        /// What to do, in sentences.
        advice: Vec<String>,
    },
}

impl Link {
    /// The word for the top bar.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Closed => "Closed",
            Self::Opening => "Opening",
            Self::Connected => "Connected",
            Self::Waiting => "Waiting for the board",
            Self::Lent => "Used for flashing",
            Self::Refused { .. } => "Not open",
        }
    }

    /// Why nothing is shown, as a title and a sentence.
    #[must_use]
    pub fn silence(&self, baud: u32) -> (&'static str, String) {
        match self {
            Self::Closed => ("The port is closed", "Choose it above to read it again.".to_owned()),
            Self::Opening => ("The port is being opened", String::new()),
            Self::Connected => (
                "Nothing has been said yet",
                format!(
                    "The port is open at {} baud. A board that has said everything is silent: Reset board has it begin anew.",
                    grouped(baud.into())
                ),
            ),
            Self::Waiting => {
                ("The board is gone", "It is read again as soon as it is plugged in.".to_owned())
            }
            Self::Lent => {
                ("The board is being flashed", "It is read again as soon as that is done.".to_owned())
            }
            Self::Refused { what, advice } => {
                ("The port cannot be read", format!("{what} {}", advice.join(" ")))
            }
        }
    }
}
