//! Why there is no image for a Jaguar device, in sentences for people.

use crate::advice::Advice;
use crate::image::envelope::EnvelopeError;
use crate::image::envelope::extract::ExtractError;
use crate::image::toit::recipe::RecipeError;

/// Why there is no image for the device.
#[derive(Debug, thiserror::Error)]
pub enum JaguarImageError {
    /// It would not run.
    #[error("the envelope is for the {envelope}, and {name} is an {device}")]
    OtherChip {
        /// The device's name.
        name: String,
        /// Its chip.
        device: String,
        /// The envelope's.
        envelope: String,
    },
    /// The device is a simulated one, or the envelope is for a computer.
    #[error("the envelope is for another kind of device than {0}: their words differ in width")]
    OtherWord(String),
    /// No Jaguar that could go into the image.
    #[error(
        "no Jaguar of the SDK {wanted} is on this computer{}, and without it the device would be out of Jaguar's reach",
        others(found)
    )]
    NoJaguar {
        /// The envelope's version.
        wanted: String,
        /// Versions that are here.
        found: Vec<String>,
    },
    /// The envelope has none either.
    #[error("Jaguar is not in the envelope, and without it the device would be out of Jaguar's reach")]
    NotInEnvelope,
    /// No image can be made.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
}

impl From<EnvelopeError> for JaguarImageError {
    fn from(error: EnvelopeError) -> Self {
        Self::Recipe(error.into())
    }
}

impl From<ExtractError> for JaguarImageError {
    fn from(error: ExtractError) -> Self {
        Self::Recipe(error.into())
    }
}

fn others(found: &[String]) -> String {
    if found.is_empty() { String::new() } else { format!(" (but of {})", found.join(", ")) }
}

impl Advice for JaguarImageError {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::OtherChip { device, .. } => vec![format!("take the envelope for the {device}")],
            Self::OtherWord(_) => vec!["take the envelope of the device's chip".to_owned()],
            Self::NoJaguar { wanted, .. } => vec![
                format!("install the Jaguar that goes with {wanted}, and run: jag setup"),
                "install jaguar.snapshot in the envelope as the container jaguar".to_owned(),
            ],
            Self::NotInEnvelope => vec!["install jaguar.snapshot in it as the container jaguar".to_owned()],
            Self::Recipe(error) => error.advice(),
        }
    }

    fn is_refusal(&self) -> bool {
        !matches!(self, Self::Recipe(_))
    }
}
