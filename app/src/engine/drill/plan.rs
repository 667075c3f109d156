//! What a drill sends, and whether the device is one that could come back from it.

use std::path::Path;
use std::sync::Arc;

use skylift_protocol::{Digest, FirmwareKind, Status, ValidationState};
use skylift_simulator::demo_image::{Behaviour, DemoImage, DemoImageError};

use super::restamp::{fitting, restamp};
use super::{Drill, DrillMethod, RestampError};
use crate::advice::Advice;
use crate::engine::text::printable;
use crate::engine::update::UpdateOptions;
use crate::image::library::{Library, LibraryError};
use crate::image::{Image, InspectError};

/// What is put behind the version that runs: a device that shows its version shows what is going on.
const SUFFIX: &str = "-drill";
/// Bytes of the build that crashes: it fits every slot.
const CRASH_SIZE: u32 = 32 << 10;

/// A drill that can be begun.
#[derive(Clone, Debug)]
pub struct DrillPlan {
    /// The build that must fail.
    pub image: Arc<Image>,
    /// The options of its update; an address of this computer may be added.
    pub options: UpdateOptions,
    /// How the build fails.
    pub method: DrillMethod,
    /// The version that runs, and must run again.
    pub version_before: String,
}

/// Why no drill is begun.
#[derive(Debug, thiserror::Error)]
pub enum DrillError {
    /// Nobody would bring the running image back.
    #[error(
        "{device} runs an image that it has not kept for good ({state}), so there is nothing it could be sure to return to"
    )]
    NothingToReturnTo {
        /// What people call the device.
        device: String,
        /// The state it is in.
        state: &'static str,
    },
    /// A build that crashes is made for simulated devices only.
    #[error("{0} is a real device, and the build that crashes is made for simulated ones")]
    Real(String),
    /// There is no copy of the running image here.
    #[error("the library has no copy of the image that {device} runs: {image} ({digest:.12})", digest = image_sha256.to_string())]
    NotInLibrary {
        /// What people call the device.
        device: String,
        /// What people call the image.
        image: String,
        /// Its digest.
        image_sha256: Digest,
    },
    /// The library cannot be read.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The image given is not the one that runs.
    #[error("the image {given} is not the one that {device} runs, {running}")]
    OtherImage {
        /// What people call the device.
        device: String,
        /// Digest of the image given.
        given: Digest,
        /// Digest of the image that runs.
        running: Digest,
    },
    /// The build that crashes cannot be made.
    #[error("the build that crashes cannot be made: {0}")]
    Demo(#[from] DemoImageError),
    /// What was made is no image.
    #[error(transparent)]
    Image(#[from] InspectError),
    /// The running image cannot have another version.
    #[error(transparent)]
    Restamp(#[from] RestampError),
}

impl Advice for DrillError {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::NothingToReturnTo { .. } => {
                vec!["update the device until it says `valid`, and drill then".to_owned()]
            }
            Self::Real(_) | Self::Demo(_) => vec!["drill with a build of your own that fails".to_owned()],
            Self::NotInLibrary { .. } => vec![
                "add its ota.bin to the library, if you still have it".to_owned(),
                "drill with a build of your own that fails".to_owned(),
            ],
            Self::Library(error) => error.advice(),
            Self::OtherImage { .. } => vec!["give the very image that runs".to_owned()],
            Self::Image(error) => error.advice(),
            Self::Restamp(error) => error.advice(),
        }
    }
}

impl DrillPlan {
    /// The drill that needs nothing but the device: with a demo image that crashes if it is a simulated one, else with
    /// its own image from the library. Reads files: nothing for a thread that draws.
    ///
    /// # Errors
    /// The library has no copy of that image, or the device runs nothing that it could return to.
    pub fn usual(status: &Status, library: &Library) -> Result<Self, DrillError> {
        match DrillMethod::usual(status) {
            DrillMethod::Crash => Self::with_crash(status),
            _ => Self::with_running(status, &copy_of_running(status, library)?),
        }
    }

    /// A drill with a demo image that crashes, for a simulated device.
    ///
    /// # Errors
    /// The device is a real one, or runs nothing that it could return to.
    pub fn with_crash(status: &Status) -> Result<Self, DrillError> {
        if status.running.kind != FirmwareKind::Simulated {
            return Err(DrillError::Real(label(status)));
        }
        let build = DemoImage {
            chip: status.chip,
            project: status.running.project.as_str().to_owned(),
            version: drill_version(&status.running.version),
            behaviour: Behaviour::Crash,
            size: CRASH_SIZE,
            ..DemoImage::default()
        };
        let image = Image::from_bytes(Path::new("the build that crashes"), build.build()?)?;
        Self::new(status, DrillMethod::Crash, image)
    }

    /// A drill with the device's own image, of which `running` is a copy: nobody will confirm it.
    ///
    /// # Errors
    /// It is not the image that runs, is signed, or the device runs nothing that it could return to.
    pub fn with_running(status: &Status, running: &Image) -> Result<Self, DrillError> {
        if running.image_sha256 != status.running.image_sha256 {
            let (given, running) = (running.image_sha256, status.running.image_sha256);
            return Err(DrillError::OtherImage { device: label(status), given, running });
        }
        Self::new(status, DrillMethod::Unconfirmed, restamp(running, &drill_version(&running.version))?)
    }

    /// A drill with a build of the user's that fails.
    ///
    /// # Errors
    /// The device runs nothing that it could return to.
    pub fn with_own_build(status: &Status, image: Image) -> Result<Self, DrillError> {
        Self::new(status, DrillMethod::OwnBuild, image)
    }

    fn new(status: &Status, method: DrillMethod, image: Image) -> Result<Self, DrillError> {
        let nothing_to_return_to = |state| DrillError::NothingToReturnTo { device: label(status), state };
        if status.safe_mode {
            return Err(nothing_to_return_to("safe mode"));
        }
        if status.validation.state != ValidationState::Valid {
            return Err(nothing_to_return_to(status.validation.state.as_str()));
        }
        let drill = Drill { method, image_before: status.running.image_sha256 };
        let options =
            UpdateOptions { confirm: method.confirm(), drill: Some(drill), ..UpdateOptions::default() };
        let version_before = printable(&status.running.version);
        Ok(Self { image: Arc::new(image), options, method, version_before })
    }
}

fn copy_of_running(status: &Status, library: &Library) -> Result<Image, DrillError> {
    let running = &status.running;
    let entries = library.list()?.entries;
    match entries.iter().find(|entry| entry.image_sha256 == running.image_sha256) {
        Some(entry) => Ok(library.open(entry)?),
        None => Err(DrillError::NotInLibrary {
            device: label(status),
            image: printable(&format!("{} {}", running.project, running.version)),
            image_sha256: running.image_sha256,
        }),
    }
}

fn label(status: &Status) -> String {
    if status.name.is_empty() { status.id.to_string() } else { printable(&status.name) }
}

/// The version with the suffix, which is there however long the version is.
fn drill_version(running: &str) -> String {
    let mut version = running.to_owned();
    loop {
        let whole = format!("{version}{SUFFIX}");
        // One that was cut may be the one that runs, kept by an earlier drill.
        if fitting(&whole) == whole && whole != running {
            return whole;
        }
        version.pop();
    }
}
