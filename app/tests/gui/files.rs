//! Dialogs for files that a test answers.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use skylift::gui::{Answer, Answered, Asked, FileDialogs};

/// Answers each dialog with the next path that was laid ready; closes it if none was.
#[derive(Default)]
pub struct Files {
    has_none: AtomicBool,
    asked: Mutex<Vec<Asked>>,
    answers: Mutex<VecDeque<PathBuf>>,
}

impl Files {
    /// Lays an answer ready.
    pub fn answer(&self, path: &Path) {
        self.answers.lock().unwrap().push_back(path.to_owned());
    }

    /// From now on there are no dialogs.
    pub fn are_missing(&self) {
        self.has_none.store(true, Ordering::Relaxed);
    }

    /// What has been asked for so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl FileDialogs for Files {
    fn ask(&self, asked: Asked) -> Answer {
        self.asked.lock().unwrap().push(asked);
        let answer = self.answers.lock().unwrap().pop_front();
        let none = if self.has_none.load(Ordering::Relaxed) { Answered::NoDialog } else { Answered::Closed };
        Box::pin(std::future::ready(answer.map_or(none, Answered::Chosen)))
    }
}
