//! What would come of an image, before it is made.

use crate::gui::messages::sentence;
use crate::image::toit::recipe::Warning;

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weightiness {
    /// A device would not keep the image, or would be lost.
    Grave,
    /// Good to know.
    Mild,
}

/// What would come of an image, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How much it matters.
    pub weight: Weightiness,
    /// The sentence.
    pub text: String,
}

impl From<&Warning> for Notice {
    fn from(warning: &Warning) -> Self {
        let weight = match warning {
            Warning::NothingValidates | Warning::Extract(_) => Weightiness::Grave,
            _ => Weightiness::Mild,
        };
        Self { weight, text: sentence(&warning.to_string()) }
    }
}
