//! Dialogs for files and folders. Usually they are the system's; a test answers them itself.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::{Duration, Instant};

#[cfg(all(unix, not(target_os = "macos")))]
use crate::image::build::in_path;

/// Nobody closes a dialog faster than this: there was none.
const QUICK: Duration = Duration::from_millis(150);

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

/// What came of a dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// This file or folder was chosen.
    Chosen(PathBuf),
    /// It was closed.
    Closed,
    /// It was never seen: the system has none to show.
    NoDialog,
}

impl Answered {
    /// What was chosen, if anything was.
    #[must_use]
    pub fn path(self) -> Option<PathBuf> {
        match self {
            Self::Chosen(path) => Some(path),
            Self::Closed | Self::NoDialog => None,
        }
    }
}

/// An answer on its way.
pub type Answer = Pin<Box<dyn Future<Output = Answered> + Send>>;

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
            if !has_dialogs() {
                return Answered::NoDialog;
            }
            let opened = Instant::now();
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
            match file {
                Some(file) => Answered::Chosen(file.path().to_owned()),
                // It does not tell whether one was ever seen.
                None if opened.elapsed() < QUICK => Answered::NoDialog,
                None => Answered::Closed,
            }
        })
    }
}

/// Whether anything could show a dialog: the desktop's portal, which is asked over the session's bus, or zenity.
#[cfg(all(unix, not(target_os = "macos")))]
fn has_dialogs() -> bool {
    use std::env::var_os;
    let bus_is_named = var_os("DBUS_SESSION_BUS_ADDRESS").is_some();
    let usual_bus = var_os("XDG_RUNTIME_DIR").map(|folder| PathBuf::from(folder).join("bus"));
    let can_be_started = || ["dbus-launch", "zenity"].into_iter().any(|it| in_path(it).next().is_some());
    bus_is_named || usual_bus.is_some_and(|bus| bus.exists()) || can_be_started()
}

/// They belong to the system.
#[cfg(not(all(unix, not(target_os = "macos"))))]
const fn has_dialogs() -> bool {
    true
}
