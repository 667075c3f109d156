//! Messages: what went wrong or was done, as toasts for a while and as a list for the session.

mod page;
mod toasts;

use std::time::{Duration, SystemTime};

pub use page::draw;
pub use toasts::draw_toasts;

use super::effect::Effect;
use super::mark::{Grey, Look};
use super::state::State;
use crate::advice::Advice;

/// How long a toast stays that tells nothing bad.
const TOAST: Duration = Duration::from_secs(6);
/// More than so many are never shown at once.
const TOASTS: usize = 3;
/// Older messages are dropped beyond so many.
const MOST: usize = 500;

/// Something to say.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// How it is marked.
    pub look: Look,
    /// What happened.
    pub title: String,
    /// What still works, and what to do.
    pub text: String,
}

impl Message {
    /// Something went wrong.
    #[must_use]
    pub fn failed(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { look: Look::Failed, title: title.into(), text: text.into() }
    }

    /// An error with its advice.
    #[must_use]
    pub fn of(title: impl Into<String>, error: &impl Advice) -> Self {
        let mut text = sentence(&error.to_string());
        for advice in error.advice() {
            text.push('\n');
            text.push_str(&sentence(&advice));
        }
        Self::failed(title, text)
    }

    /// Something was done.
    #[must_use]
    pub fn done(title: impl Into<String>) -> Self {
        Self { look: Look::Valid, title: title.into(), text: String::new() }
    }

    /// Something to know.
    #[must_use]
    pub fn note(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { look: Look::Grey(Grey::Waiting), title: title.into(), text: text.into() }
    }

    fn stays(&self) -> bool {
        self.look == Look::Failed
    }
}

/// With a capital letter and a full stop.
#[must_use]
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let mut sentence: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    sentence.push_str(letters.as_str());
    if !sentence.ends_with(['.', '?', '!']) && !sentence.is_empty() {
        sentence.push('.');
    }
    sentence
}

/// A message with its place in time.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Counts up.
    pub number: u64,
    /// When.
    pub at: SystemTime,
    /// What.
    pub message: Message,
    /// Whether it is still shown as a toast.
    toast: bool,
}

/// The messages of the session.
#[derive(Debug, Default)]
pub struct Messages {
    /// The oldest first.
    kept: Vec<Kept>,
    next: u64,
    unread: usize,
}

/// What the user did with messages.
#[derive(Clone, Debug)]
pub enum Action {
    /// Closed a toast.
    CloseToast(u64),
    /// Cleared the list.
    Clear,
}

impl Messages {
    /// Without a toast: the page shows it already.
    pub(super) fn file(&mut self, message: Message, at: SystemTime) {
        let read = self.unread;
        self.add(message, at);
        self.unread = read;
        if let Some(kept) = self.kept.last_mut() {
            kept.toast = false;
        }
    }

    pub(super) fn add(&mut self, message: Message, at: SystemTime) {
        // The same trouble again and again is one toast.
        for kept in self.kept.iter_mut().filter(|kept| kept.message == message) {
            kept.toast = false;
        }
        if message.stays() {
            self.unread += 1;
        }
        self.kept.push(Kept { number: self.next, at, message, toast: true });
        self.next += 1;
        let surplus = self.kept.len().saturating_sub(MOST);
        self.kept.drain(..surplus);
    }

    /// All of them, the newest first.
    pub fn all(&self) -> impl ExactSizeIterator<Item = &Kept> {
        self.kept.iter().rev()
    }

    /// Troubles that the user has not looked at.
    #[must_use]
    pub const fn unread(&self) -> usize {
        self.unread
    }

    pub(super) fn read_all(&mut self) {
        self.unread = 0;
    }

    /// When the next toast goes by itself, if one does.
    #[must_use]
    pub fn next_change(&self, now: SystemTime) -> Option<Duration> {
        let passing = self.toasts(now).into_iter().filter(|kept| !kept.message.stays());
        passing.map(|kept| TOAST.saturating_sub(now.duration_since(kept.at).unwrap_or_default())).min()
    }

    /// The toasts at this time, the newest first.
    #[must_use]
    pub fn toasts(&self, now: SystemTime) -> Vec<&Kept> {
        let fresh = |kept: &&Kept| {
            kept.toast && (kept.message.stays() || now.duration_since(kept.at).unwrap_or_default() < TOAST)
        };
        self.all().filter(fresh).take(TOASTS).collect()
    }
}

/// Takes what the user did.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::CloseToast(number) => {
            for kept in state.messages.kept.iter_mut().filter(|kept| kept.number == number) {
                kept.toast = false;
            }
        }
        Action::Clear => {
            state.messages.kept.clear();
            state.messages.unread = 0;
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn troubles_stay_until_they_are_closed_and_the_rest_goes() {
        let mut messages = Messages::default();
        let now = SystemTime::now();
        messages.add(Message::done("porch-light validated 2.4.1"), now);
        messages.add(Message::failed("Could not serve", "The port is in use."), now);
        assert_eq!(messages.toasts(now).len(), 2);
        assert_eq!(messages.next_change(now + Duration::from_secs(2)), Some(Duration::from_secs(4)));
        let later = now + Duration::from_secs(7);
        assert_eq!(messages.toasts(later).len(), 1, "only the trouble stays");
        assert_eq!((messages.unread(), messages.all().len()), (1, 2));
    }

    #[test]
    fn the_same_trouble_twice_is_one_toast() {
        let mut messages = Messages::default();
        let now = SystemTime::now();
        for _ in 0..5 {
            messages.add(Message::failed("Could not serve", "The port is in use."), now);
        }
        assert_eq!(messages.toasts(now).len(), 1);
    }

    #[test]
    fn sentences_begin_and_end_as_they_should() {
        assert_eq!(sentence("the port is in use"), "The port is in use.");
        assert_eq!(sentence("Done."), "Done.");
        assert_eq!(sentence(""), "");
    }
}
