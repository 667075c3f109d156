//! The recipe of an `ota.bin`: an envelope, the programs that go into it, and the WiFi that the device is to join.

mod convert;
mod error;
mod leave_out;
mod make;
mod program;
mod warnings;

use std::fmt;
use std::path::PathBuf;

use skylift_protocol::Network;

use super::super::Image;
use crate::image::envelope::extract::Config;
use crate::image::envelope::{Envelope, Uuid};

pub use convert::convert_by_installed;
pub use error::RecipeError;
pub(super) use make::IMAGE;
pub use program::{Program, ProgramKind};
pub use warnings::{Warning, warnings};

/// The container of Toit itself.
const SYSTEM: &str = "system";

/// What is put into an envelope, and which SDK helps.
#[derive(Clone, Default, PartialEq)]
pub struct Recipe {
    /// The programs; each becomes a container.
    pub programs: Vec<Program>,
    /// Containers of the envelope that are left out, unless a program takes their place.
    pub without: Vec<String>,
    /// The network that the device joins, in place of the envelope's.
    pub wifi: Option<Network>,
    /// The system that the firmware will be, in place of the envelope's.
    pub uuid: Option<Uuid>,
    /// What programs read at run time as the firmware's configuration.
    pub config: Config,
    /// The SDK that the user chose; without one it is looked for.
    pub sdk: Option<PathBuf>,
}

/// What came of a recipe.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// The image for devices.
    pub image: Image,
    /// The envelope with the programs in it.
    pub envelope: Envelope,
    /// What the user should know of it.
    pub warnings: Vec<Warning>,
    /// Whether a password or a configuration is in the image, so that its file is its owner's alone.
    pub private: bool,
}

/// What is told on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News<'a> {
    /// A step begins.
    Step(Step<'a>),
    /// A line of the compiler's output, without its end.
    Line(&'a str),
}

/// A step on the way to the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// An SDK of the envelope's version is looked for.
    LookingForSdk,
    /// A program is compiled.
    Compiling {
        /// Its container.
        name: &'a str,
        /// Version and place of the SDK.
        sdk: &'a str,
    },
    /// The SDK converts a snapshot.
    Converting {
        /// Its container.
        name: &'a str,
        /// Version and place of the SDK.
        sdk: &'a str,
    },
    /// The image is put together.
    Making,
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LookingForSdk => f.write_str("looking for the Toit SDK"),
            Self::Compiling { name, sdk } => write!(f, "compiling {name} with {sdk}"),
            Self::Converting { name, sdk } => write!(f, "converting {name} with {sdk}"),
            Self::Making => f.write_str("making the image"),
        }
    }
}

impl fmt::Debug for Recipe {
    /// Leaves out the configuration, which may hold passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recipe")
            .field("programs", &self.programs)
            .field("without", &self.without)
            .field("wifi", &self.wifi)
            .field("uuid", &self.uuid)
            .field("sdk", &self.sdk)
            .finish_non_exhaustive()
    }
}
