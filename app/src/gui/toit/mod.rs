//! Toit in the window: its envelopes, what is in its images, and the form that makes an `ota.bin` of an envelope.

mod act;
mod asked_assets;
mod assets_line;
mod build_panel;
mod container_rows;
mod envelope;
mod envelope_panel;
mod for_device;
pub mod form;
mod form_page;
mod origin_fields;
mod page;
mod program_rows;
pub mod programs;
pub mod programs_panel;
#[cfg(test)]
mod tests;
mod warnings;
mod wifi_fields;
mod work;

use std::path::PathBuf;
use std::sync::Arc;

use skylift_protocol::{Digest, Id};

pub use act::{act, hear};
pub use envelope::Facts;
pub use page::draw;
pub use warnings::{Notice, Weightiness};
pub use work::Work;

use self::asked_assets::AskedAssets;
use self::form::{Field, Form};
use super::usb::job::Failure;
use crate::gui::file_dialogs::Answered;
use crate::image::envelope::Envelope;
use crate::image::toit::source::EnvelopeSource;

/// What is shown of it.
#[derive(Debug, Default)]
pub struct View {
    /// Whether the form is open, in place of the list of images.
    pub open: bool,
    /// The form.
    pub form: Form,
    /// The envelope.
    pub envelope: Loading,
    /// Counts envelopes that were asked for: only the last one is shown.
    asked: u64,
    /// What would come of it now, as far as that can be told.
    pub notices: Vec<Notice>,
    /// Counts questions after that.
    foretold: u64,
    /// For which programs dialogs for assets are open.
    asked_assets: AskedAssets,
    /// The SDKs of this computer; `None` until they were looked for.
    pub sdks: Option<Vec<Sdk>>,
    /// The making of an image.
    pub work: Option<Work>,
    /// A dialog of the system was asked for, and came back at once: there is probably none.
    pub no_picker: bool,
}

/// An envelope on its way.
#[derive(Clone, Debug, Default)]
pub enum Loading {
    /// None yet.
    #[default]
    Nothing,
    /// It is read or downloaded.
    Under {
        /// Bytes received.
        received: u64,
        /// Bytes in all, if that is known.
        total: Option<u64>,
    },
    /// It is here.
    Opened(Opened),
    /// It cannot be used.
    Failed(Failure),
}

/// An envelope that was read.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What it is.
    pub facts: Arc<Facts>,
    /// The envelope itself. It shows nothing of what is in it.
    pub envelope: Arc<Envelope>,
}

/// An installed SDK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sdk {
    /// Its version.
    pub version: String,
    /// Its program.
    pub program: PathBuf,
    /// How it was found, in half a sentence.
    pub origin: String,
}

/// What the user did.
#[derive(Clone, Debug)]
pub enum Action {
    /// Opens the form.
    Open,
    /// Opens it for a Jaguar device.
    OpenFor(Id),
    /// Goes back to the list of images.
    Close,
    /// Filled in the form.
    Change(Box<Form>),
    /// Left a field.
    Leave(Field),
    /// Wants the envelope that is named in the form.
    Load,
    /// Waits for it no more.
    StopLoading,
    /// Wants the dialog of the system, for an envelope.
    PickEnvelope,
    /// Wants it for a program.
    PickProgram,
    /// Wants it for the assets of a program.
    PickAssets(usize),
    /// Wants it for the folder of an SDK.
    PickSdk,
    /// Dropped a file onto the form.
    Drop(PathBuf),
    /// Takes a program out of the form.
    Remove(usize),
    /// Wants the image made.
    Make,
    /// Wants the envelope saved, with the programs and the network in it.
    Save,
    /// Breaks that off.
    Cancel,
    /// Has read why it failed.
    CloseWork,
}

/// What is to be done elsewhere.
#[derive(Clone, Debug)]
pub enum Order {
    /// Read an envelope, or fetch it. The answer carries the number.
    Load(u64, EnvelopeSource),
    /// Ask for a file with the dialog of the system.
    Pick(Picked),
    /// Look for SDKs.
    FindSdks,
    /// Keep this SDK as the one that compiles, and look for SDKs again.
    UseSdk(PathBuf),
    /// Tell what would come of a form. The answer carries the number.
    Foretell(u64, Opened, Box<Form>),
    /// Make an image.
    Make(Opened, Box<Form>),
    /// Ask where to, and save the envelope with what the form puts into it.
    Save(Opened, Box<Form>),
    /// Stop that.
    Cancel,
}

/// What a dialog was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picked {
    /// An envelope.
    Envelope,
    /// A program.
    Program,
    /// Assets; the number says of which program.
    Assets(u64),
    /// The folder of an SDK.
    Sdk,
}

/// What happened elsewhere.
#[derive(Clone, Debug)]
pub enum Event {
    /// What came of the dialog for a file or folder.
    Picked(Picked, Answered),
    /// An envelope was added where images are.
    Found(PathBuf, Opened),
    /// An envelope is on its way, or here.
    Loaded(u64, Loading),
    /// The SDKs that there are.
    Sdks(Vec<Sdk>),
    /// What would come of the form.
    Foretold(u64, Vec<Notice>),
    /// A step has begun.
    Step(String),
    /// The compiler says something.
    Line(String),
    /// The image is made, and in the library; this network is remembered now.
    Made(Digest, Option<String>),
    /// The envelope is saved there; nothing if the user thought better of it.
    Saved(Option<PathBuf>),
    /// There is no image, for this reason.
    Failed(Failure),
    /// It was broken off.
    Cancelled,
}

impl View {
    /// Why no image can be made now; `None` if one can.
    #[must_use]
    pub fn why_not(&self) -> Option<&'static str> {
        match (&self.work, &self.envelope) {
            (Some(work), _) if work.runs() => Some("One is being made"),
            (_, Loading::Nothing | Loading::Failed(_)) => Some("Choose an envelope first"),
            (_, Loading::Under { .. }) => Some("The envelope is being read"),
            (_, Loading::Opened(_)) if !self.form.flaws().is_empty() => {
                Some("Something in the form is wrong")
            }
            (_, Loading::Opened(_)) => None,
        }
    }

    /// The envelope, once it is here.
    #[must_use]
    pub const fn opened(&self) -> Option<&Opened> {
        match &self.envelope {
            Loading::Opened(opened) => Some(opened),
            _ => None,
        }
    }
}
