//! A command that could not do its work: a sentence, and what to try.

use crate::advice::Advice;

/// Why a command could not do its work. Its exit code is 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) sentence: String,
    pub(super) advice: Vec<String>,
}

impl Failure {
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), advice: Vec::new() }
    }

    pub(super) fn try_this(mut self, advice: impl Into<String>) -> Self {
        self.advice.push(advice.into());
        self
    }

    /// Says it on stderr.
    pub(super) fn tell(&self) {
        use std::io::Write as _;
        let mut text = format!("error: {}\n", self.sentence);
        for advice in &self.advice {
            text.push_str(&format!("  try: {advice}\n"));
        }
        // If nobody reads it, nobody wants to know.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}

impl<E: Advice> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { sentence: error.to_string(), advice: error.advice() }
    }
}
