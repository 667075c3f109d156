//! Dialogs for files and folders. Usually they are the system's; a test answers them itself.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;

/// What a dialog asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// An image, or whatever can be built into one.
    Image,
    /// The folder of a project.
    Project,
    /// A partition table.
    Table,
    /// A bootloader.
    Bootloader,
    /// A firmware envelope of Toit.
    Envelope,
    /// A program for it.
    Program,
    /// The assets of such a program.
    Assets,
    /// The folder of Toit's SDK.
    Sdk,
    /// A file of exported keys.
    Keys,
    /// Where something is to be saved.
    Save {
        /// What it is, as the title of the dialog.
        title: &'static str,
        /// The name that is proposed.
        name: String,
    },
}

/// An answer on its way; none if the dialog was closed, or if there is none.
pub type Answer = Pin<Box<dyn Future<Output = Option<PathBuf>> + Send>>;

/// Whoever shows dialogs.
pub trait FileDialogs: Send + Sync {
    /// Shows one.
    fn ask(&self, asked: Asked) -> Answer;
}

/// The system.
pub(super) struct System;

impl FileDialogs for System {
    fn ask(&self, asked: Asked) -> Answer {
        Box::pin(async move {
            let dialog = rfd::AsyncFileDialog::new();
            let file = match asked {
                Asked::Image => dialog.set_title("Add an image").pick_file().await,
                Asked::Project => dialog.set_title("Build a project").pick_folder().await,
                Asked::Table => dialog.set_title("Choose a partition table").pick_file().await,
                Asked::Bootloader => dialog.set_title("Choose a bootloader").pick_file().await,
                Asked::Envelope => dialog.set_title("Choose a Toit envelope").pick_file().await,
                Asked::Program => dialog.set_title("Add a program").pick_file().await,
                Asked::Assets => dialog.set_title("Choose the assets of a program").pick_file().await,
                Asked::Sdk => dialog.set_title("Choose a Toit SDK").pick_folder().await,
                Asked::Keys => dialog.set_title("Import keys").pick_file().await,
                Asked::Save { title, name } => dialog.set_title(title).set_file_name(name).save_file().await,
            };
            file.map(|file| file.path().to_owned())
        })
    }
}
