//! A command that could not do its work: a sentence, and what to try.

use super::exit::Exit;
use crate::advice::Advice;

/// Why a command could not do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) sentence: String,
    pub(super) advice: Vec<String>,
    /// How the command ends: refused, if nothing was begun on purpose, else failed.
    pub(super) exit: Exit,
}

impl Failure {
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), advice: Vec::new(), exit: Exit::Failed }
    }

    pub(super) fn try_this(mut self, advice: impl Into<String>) -> Self {
        self.advice.push(advice.into());
        self
    }

    /// Says it on stderr.
    pub(super) fn tell(&self) {
        self.tell_as("error");
    }

    /// Says it on stderr as something that the command could do without.
    pub(super) fn warn(&self) {
        self.tell_as("warning");
    }

    fn tell_as(&self, word: &str) {
        use std::io::Write as _;
        let mut text = format!("{word}: {}\n", self.sentence);
        for advice in &self.advice {
            text.push_str(&format!("  try: {advice}\n"));
        }
        // If nobody reads it, nobody wants to know.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}

impl<E: Advice> From<E> for Failure {
    fn from(error: E) -> Self {
        let exit = if error.is_refusal() { Exit::Refused } else { Exit::Failed };
        Self { sentence: error.to_string(), advice: error.advice(), exit }
    }
}
