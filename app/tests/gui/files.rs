//! Dialogs for files that a test answers.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use skylift::gui::{Answer, Asked, FileDialogs};

/// Answers each dialog with the next path that was laid ready; closes it if there is none.
#[derive(Default)]
pub struct Files {
    asked: Mutex<Vec<Asked>>,
    answers: Mutex<VecDeque<PathBuf>>,
}

impl Files {
    /// Lays an answer ready.
    pub fn answer(&self, path: &Path) {
        self.answers.lock().unwrap().push_back(path.to_owned());
    }

    /// What has been asked for so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl FileDialogs for Files {
    fn ask(&self, asked: Asked) -> Answer {
        self.asked.lock().unwrap().push(asked);
        Box::pin(std::future::ready(self.answers.lock().unwrap().pop_front()))
    }
}
