//! Where an image crashed, in the words of the command line.

use serde_json::{Value, json};
use skylift_protocol::Crash;

use super::session::Session;
use crate::engine::{Verdict, printable};
use crate::image::backtrace::{Backtrace, Frame};
use crate::image::library::Library;

/// Reads it with the ELF in the library, if the device told addresses.
pub(super) fn read(crash: Option<&Crash>, session: &Session) -> Option<Backtrace> {
    Library::new(&session.data_dir).backtrace(crash?)
}

/// Its lines, fit for a terminal.
fn lines(backtrace: &Backtrace) -> impl Iterator<Item = String> {
    backtrace.lines().into_iter().map(|line| printable(&line))
}

/// The same with titles, and what would tell more.
pub(super) fn rows(backtrace: &Backtrace) -> impl Iterator<Item = (&'static str, String)> {
    let titles = std::iter::once("crashed at").chain(std::iter::repeat(""));
    let advice = backtrace.advice().map(|advice| ("try", advice));
    titles.zip(lines(backtrace)).chain(advice)
}

/// What goes below a verdict, and what would tell more.
pub(super) fn below(verdict: &Verdict, session: &Session) -> (Vec<String>, Option<String>) {
    match read(verdict.crash(), session) {
        Some(backtrace) => {
            let lines = lines(&backtrace).map(|line| format!("  at {line}")).collect();
            (lines, backtrace.advice())
        }
        None => (Vec::new(), None),
    }
}

/// A frame.
pub(super) fn frame(frame: &Frame) -> Value {
    json!({
        "address": frame.address,
        "function": frame.function,
        "file": frame.place.as_ref().map(|place| &place.file),
        "line": frame.place.as_ref().map(|place| place.line),
    })
}

/// The frames are `null` where the ELF is not known.
pub(super) fn as_json(backtrace: &Backtrace) -> Value {
    json!({
        "elf_sha256": backtrace.elf_sha256,
        "addresses": backtrace.addresses,
        "frames": backtrace.frames.as_ref().ok().map(|frames| frames.iter().map(frame).collect::<Vec<_>>()),
    })
}
