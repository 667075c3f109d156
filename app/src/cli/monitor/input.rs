//! What is typed for the board: lines of standard input.

use std::io::{BufRead as _, Read as _};

use clap::ValueEnum;
use tokio::sync::mpsc::{Receiver, channel};

use crate::usb::monitor;

/// Longer lines are sent in parts.
const MAX_LINE: u64 = 4096;

/// What is sent behind a line.
#[derive(ValueEnum, Clone, Copy, Debug)]
pub(super) enum Ending {
    Lf,
    Crlf,
    Cr,
    None,
}

impl From<Ending> for monitor::Ending {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Lf => Self::Lf,
            Ending::Crlf => Self::CrLf,
            Ending::Cr => Self::Cr,
            Ending::None => Self::None,
        }
    }
}

/// The lines, read by a thread that ends with the program: nothing else ends waiting for a terminal.
pub(super) fn lines() -> Receiver<String> {
    let (send, lines) = channel(16);
    let read = move || {
        let mut stdin = std::io::stdin().lock();
        let mut line = Vec::new();
        while stdin.by_ref().take(MAX_LINE).read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            let text = String::from_utf8_lossy(&line);
            if send.blocking_send(text.trim_end_matches(['\r', '\n']).to_owned()).is_err() {
                return;
            }
            line.clear();
        }
    };
    // Without the thread nothing can be sent, and the board is still heard.
    let _ = std::thread::Builder::new().name("input".to_owned()).spawn(read);
    lines
}
