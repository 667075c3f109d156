//! Why there is no stream.

use skylift_updater::stream::StreamError;

/// Why two images did not become a stream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// Who watched it ended it.
    #[error("encoding the image was cancelled")]
    Cancelled,
    /// The format, or this encoder, knows no image of that size.
    #[error("an image of {bytes} bytes cannot be encoded: 1 to {most} bytes can")]
    Size {
        /// Bytes of the old or the new image.
        bytes: usize,
        /// The most.
        most: usize,
    },
    /// The stream has as many bytes as the image, or more.
    #[error("encoded, the image would be no smaller: {encoded} bytes instead of {raw}")]
    NotSmaller {
        /// Bytes of the stream.
        encoded: usize,
        /// Bytes of the image.
        raw: usize,
    },
    /// There is not enough memory.
    #[error("there is not enough memory to encode the image: {} MiB are needed", bytes.div_ceil(1024 * 1024))]
    Memory {
        /// Bytes that are needed.
        bytes: usize,
    },
    /// The device's decoder does not make the image of it: a defect of the encoder, found before anybody met it.
    #[error("the encoded image was not offered, because decoding it does not give the image again{}", .0.map(|why| format!(": {why}")).unwrap_or_default())]
    Faulty(Option<StreamError>),
}

impl From<StreamError> for EncodeError {
    fn from(error: StreamError) -> Self {
        Self::Faulty(Some(error))
    }
}
