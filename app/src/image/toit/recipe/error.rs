//! Why no image came of a recipe, in sentences for people.

use std::io;
use std::path::PathBuf;

use crate::advice::Advice;
use crate::image::InspectError;
use crate::image::envelope::EnvelopeError;
use crate::image::envelope::extract::ExtractError;
use crate::image::toit::sdk::SdkError;

/// Why no image came of a recipe. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// A program or its assets cannot be read.
    #[error("{}: it cannot be read: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        error: io::Error,
    },
    /// Two programs would be one container.
    #[error("two programs are to be the container {0:?}")]
    Twice(String),
    /// A program would take the system's place.
    #[error("{}: a program cannot be called `system`, which is the container of Toit itself", .0.display())]
    System(PathBuf),
    /// The system is to be left out.
    #[error("the container \"system\" cannot be left out: it is Toit itself")]
    SystemStays,
    /// What is to be left out is not there.
    #[error("the envelope has no container {name:?} that could be left out")]
    NotInEnvelope {
        /// What was named.
        name: String,
        /// What could be left out.
        containers: Vec<String>,
    },
    /// A program cannot be put into the envelope.
    #[error("{}: {error}", path.display())]
    Program {
        /// The file of the program, or of its assets.
        path: PathBuf,
        /// What is wrong.
        #[source]
        error: EnvelopeError,
    },
    /// The envelope does not take something else.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The SDK is missing, or did not do what it should.
    #[error(transparent)]
    Sdk(#[from] SdkError),
    /// No image can be made of the envelope.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// A device would not boot the image.
    #[error("a device would not boot the envelope's firmware: {}", .0.flaw)]
    NotAnImage(#[source] InspectError),
    /// The thread that did the work is gone.
    #[error("making the image broke off inside Skylift")]
    Stopped,
}

impl Advice for RecipeError {
    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::Unreadable { .. } => "check the path, and that this user may read it",
            Self::Twice(_) => "give one of them another name: --container NAME=FILE",
            Self::System(_) => "give it another name: --container NAME=FILE",
            Self::SystemStays => "name containers that your programs do not need",
            Self::NotInEnvelope { containers, .. } if containers.is_empty() => {
                "leave nothing out: the system alone is in the envelope"
            }
            Self::NotInEnvelope { containers, .. } => {
                return vec![format!("one of {}", containers.join(", "))];
            }
            Self::Program { error, .. } | Self::Envelope(error) => return error.advice(),
            Self::Sdk(error) => return error.advice(),
            Self::Extract(error) => return error.advice(),
            Self::NotAnImage(_) => "download the envelope again",
            Self::Stopped => "try again",
        };
        vec![advice.to_owned()]
    }
}
