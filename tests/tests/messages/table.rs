//! The tables: a line for each message, and which errors have one.

use std::fmt::Write as _;

use skylift::advice::Advice;
use skylift::engine::Verdict;

/// A line of a table.
pub struct Line {
    symptom: &'static str,
    message: String,
    advice: Vec<String>,
    /// The variants that it shows.
    keys: Vec<&'static str>,
}

/// Whether a variant of an error has a line.
#[derive(Clone, Copy)]
pub enum How {
    /// A test causes it.
    Caused,
    /// It only carries another error, which has its own.
    Carries,
    /// No test can cause it; why not.
    Never(&'static str),
}

/// An error whose variants are all accounted for.
pub trait Covered {
    /// Every variant.
    const VARIANTS: &'static [(&'static str, How)];
    /// This variant.
    fn key(&self) -> &'static str;
}

/// Accounts for the variants of an enum. The match has no `_`: the compiler asks for what is missing.
#[macro_export]
macro_rules! covered {
    ($type:ty { $($variant:pat => $how:expr),* $(,)? }) => {
        impl $crate::table::Covered for $type {
            const VARIANTS: &'static [(&'static str, $crate::table::How)] = &[$((stringify!($variant), $how)),*];
            fn key(&self) -> &'static str {
                match self { $($variant => stringify!($variant)),* }
            }
        }
    };
}

impl Line {
    pub fn new(symptom: &'static str, message: impl ToString, key: &impl Covered) -> Self {
        Self { symptom, message: message.to_string(), advice: Vec::new(), keys: vec![key.key()] }
    }

    /// An error, and what to do.
    pub fn of<E: Advice + Covered>(symptom: &'static str, error: &E) -> Self {
        Self { advice: error.advice(), ..Self::new(symptom, error, error) }
    }

    /// An error whose variants are those of a part of it.
    pub fn within(symptom: &'static str, error: &impl Advice, part: &impl Covered) -> Self {
        Self { advice: error.advice(), ..Self::new(symptom, error, part) }
    }

    /// What is no error, and has advice all the same.
    pub fn advised(
        symptom: &'static str,
        message: impl ToString,
        advice: Vec<String>,
        part: &impl Covered,
    ) -> Self {
        Self { advice, ..Self::new(symptom, message, part) }
    }

    /// An error that has no variants.
    pub fn plain(symptom: &'static str, error: &impl Advice) -> Self {
        Self { advice: error.advice(), ..Self::sentence(symptom, error) }
    }

    /// The same, where the sentence is all.
    pub fn sentence(symptom: &'static str, message: impl ToString) -> Self {
        Self { symptom, message: message.to_string(), advice: Vec::new(), keys: Vec::new() }
    }

    /// The end of an update.
    pub fn of_verdict(symptom: &'static str, verdict: &Verdict) -> Self {
        let reason = verdict.reason().map_or(String::new(), |reason| format!(" ({reason})"));
        let message = format!("{}{reason}: {}", verdict.as_str().replace('_', " "), verdict.detail());
        Self { advice: verdict.advice(), ..Self::new(symptom, message, verdict) }.also_reason(verdict)
    }

    /// It shows this variant too.
    pub fn also(mut self, part: &impl Covered) -> Self {
        self.keys.push(part.key());
        self
    }

    fn also_reason(self, verdict: &Verdict) -> Self {
        use skylift::engine::Why;
        let (Verdict::RolledBack(cause) | Verdict::Refused(cause) | Verdict::Failed { cause, .. }) = verdict
        else {
            return self;
        };
        match &cause.reason {
            Why::Device(reason) => self.also(reason),
            Why::Rule(code) => self.also(code),
            Why::Host(reason) => self.also(reason),
        }
    }

    /// What is another in each run, or on each computer, gets one name.
    pub fn calling(mut self, this: &str, that: &str) -> Self {
        for text in std::iter::once(&mut self.message).chain(&mut self.advice) {
            *text = text.replace(this, that);
        }
        self
    }

    pub fn keys(&self) -> &[&'static str] {
        &self.keys
    }
}

/// Digests, ids, ports and lines of code are others in each run.
fn settled(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let core = word.trim_matches(|c: char| !c.is_alphanumeric());
        if let Some((file, _)) = word.rsplit_once(".rs:") {
            format!("{file}.rs:<line>)")
        } else if core.starts_with("test-") {
            let id = core.split_once("...").map_or(core, |(id, _)| id);
            word.replace(id, "<id>")
        } else {
            without_digests(&without_port(word))
        }
    });
    // Else Markdown takes <id> for HTML, and shows nothing.
    words.collect::<Vec<_>>().join(" ").replace('|', "\\|").replace('<', "\\<").replace('\n', " ")
}

fn without_port(word: &str) -> String {
    const HERE: &str = "127.0.0.1:";
    let Some((before, after)) = word.split_once(HERE) else { return word.to_owned() };
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    match after.split_at(digits) {
        ("8000" | "", _) => word.to_owned(),
        (_, rest) => format!("{before}{HERE}<port>{rest}"),
    }
}

/// At least twelve hexadecimal digits in a row.
fn without_digests(word: &str) -> String {
    let pieces = word.split_inclusive(|c: char| !c.is_ascii_alphanumeric()).map(|piece| {
        let core = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_digest = core.len() >= 12 && core.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_digest { piece.replace(core, "<digest>") } else { piece.to_owned() }
    });
    pieces.collect()
}

/// The lines as a table.
pub fn table(lines: &[Line]) -> String {
    let mut text = String::from("| what happened | message | what to do |\n|---|---|---|\n");
    for Line { symptom, message, advice, .. } in lines {
        let advice = if advice.is_empty() { "–".to_owned() } else { advice.join("; ") };
        writeln!(text, "| {symptom} | {} | {} |", settled(message), settled(&advice)).unwrap();
    }
    text
}
