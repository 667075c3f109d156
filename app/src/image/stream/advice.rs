//! What to do when there is no stream. The sentences are the encoder's.

use skylift_encoder::EncodeError;

use crate::advice::Advice;

impl Advice for EncodeError {
    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::Cancelled => return Vec::new(),
            Self::NotSmaller { .. } | Self::Size { .. } => "send it as it is, with --encoding raw",
            Self::Memory { .. } => "close other programs, or send the image as it is, with --encoding raw",
            Self::Faulty(_) => {
                "send the image as it is, with --encoding raw, and report this with both images: it is a defect of Skylift"
            }
        };
        vec![advice.to_owned()]
    }
}
