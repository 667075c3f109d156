//! What a monitor can fail at beside its port.

use std::path::PathBuf;

use crate::advice::Advice;

/// Why something that a monitor was asked for was not done.
#[derive(Debug, thiserror::Error)]
pub enum MonitorError {
    /// The port has no lines that reset a board.
    #[error("{port} has no lines that could reset the board")]
    NoResetLines {
        /// The port.
        port: String,
    },
    /// Nothing takes what is sent.
    #[error("the board on {port} does not take what is sent to it")]
    TakesNothing {
        /// The port.
        port: String,
    },
    /// The port does not take a baud rate.
    #[error("{port} cannot be set to {baud} baud: {problem}")]
    Baud {
        /// The port.
        port: String,
        /// The rate.
        baud: u32,
        /// What the system says.
        problem: String,
    },
    /// The log cannot be written to a file.
    #[error("the log cannot be written to {}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        problem: String,
    },
}

impl Advice for MonitorError {
    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::NoResetLines { .. } => "press RESET on the board",
            Self::TakesNothing { .. } => "firmware that reads its serial line; or press RESET on the board",
            Self::Baud { .. } => "115200, which is what boards begin with",
            Self::File { .. } => "another file, or another folder",
        };
        vec![advice.to_owned()]
    }
}
