//! How careful an update is, and what is said of a device before anything is sent.

use skylift_protocol::Encoding;

use crate::engine::{Forecast, UpdateOptions};

/// How careful an update is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Care {
    /// One device goes first, and the others only if it has validated.
    pub canary: bool,
    /// Nothing begins any more after so many failures.
    pub stop_after: Option<usize>,
    /// An image without boot guard may go to a device that has no other protection.
    pub allow_unguarded: bool,
    /// An image of another project may be sent.
    pub allow_other_project: bool,
    /// An image without Jaguar may go to a Jaguar device.
    pub allow_without_jaguar: bool,
    /// Devices that do not answer are updated when they come back.
    pub when_back: bool,
    /// How the image is sent; none for whatever is cheapest.
    pub encoding: Option<Encoding>,
    /// Devices that wait for their turn erase the slot that the image will be written to.
    pub erase_ahead: bool,
}

impl Care {
    /// What is usual for so many devices.
    #[must_use]
    pub fn usual(devices: usize) -> Self {
        Self {
            canary: devices > 1,
            stop_after: (devices > 1).then_some(1),
            allow_unguarded: false,
            allow_other_project: false,
            allow_without_jaguar: false,
            when_back: false,
            encoding: None,
            erase_ahead: false,
        }
    }

    /// The same for the engine.
    #[must_use]
    pub fn options(self) -> UpdateOptions {
        UpdateOptions {
            allow_unguarded: self.allow_unguarded,
            allow_other_project: self.allow_other_project,
            allow_without_jaguar: self.allow_without_jaguar,
            encoding: self.encoding,
            ..UpdateOptions::default()
        }
    }
}

/// What a device will say.
#[derive(Clone, Debug, PartialEq)]
pub enum Outlook {
    /// The image is not open yet, or the device has not answered yet.
    Unknown(&'static str),
    /// It does not answer; whether it is waited for.
    Away(bool),
    /// What the engine says.
    Known(Forecast),
}

/// What is to be known before an image is sent that could be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caution {
    /// It is older than the version that runs.
    Older(String),
    /// It has the version that runs, and is another build.
    OtherBuild,
    /// It is of another project than the one that runs.
    OtherProject(String),
    /// Nothing brings the old image back if it fails.
    Unguarded,
}

impl Caution {
    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Older(running) => format!("Older than {running}, which runs."),
            Self::OtherBuild => "Same version, another build.".to_owned(),
            Self::OtherProject(running) => format!("{running} runs, another project."),
            Self::Unguarded => "No boot guard: if it fails, a cable must mend it.".to_owned(),
        }
    }
}
