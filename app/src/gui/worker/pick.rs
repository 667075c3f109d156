//! Files that the user is asked for where only a dialog can name them.

use std::path::PathBuf;

use super::Outbox;
use crate::advice::Advice;
use crate::gui::file_dialogs::{Answered, Asked, FileDialogs};

/// Nothing was asked.
#[derive(Debug, thiserror::Error)]
#[error("this system has no dialog for files to show")]
struct NoDialog;

impl Advice for NoDialog {
    fn advice(&self) -> Vec<String> {
        vec!["install zenity, or xdg-desktop-portal with the part for your desktop".to_owned()]
    }
}

impl Outbox {
    /// What the user chooses, if anything. Without a dialog the user is told so.
    pub(super) async fn ask_for(&self, dialogs: &dyn FileDialogs, asked: Asked) -> Option<PathBuf> {
        let answered = dialogs.ask(asked).await;
        if answered == Answered::NoDialog {
            self.failed("No file was asked for", &NoDialog);
        }
        answered.path()
    }
}
