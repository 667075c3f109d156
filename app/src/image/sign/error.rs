//! Why an image is not signed, or a key cannot be used.

use std::io;
use std::path::PathBuf;

use skylift_updater::signature::{MAX_BLOCKS, SignatureError};

use super::SignerName;
use crate::advice::Advice;
use crate::image::InspectError;

/// Why an image is not signed, or a key cannot be used. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// It cannot be the name of a signer.
    #[error(
        "`{0}` is no name for a signer: names have 1 to 32 letters, digits, `-` and `_`, and dots between them"
    )]
    Name(String),
    /// There is no such key.
    #[error("there is no signer {0} on this computer")]
    NoSigner(SignerName),
    /// A key would be lost.
    #[error("there is a signer {0} already, and its key is not replaced")]
    Exists(SignerName),
    /// The operating system does not let it be read or written.
    #[error("{}: it cannot be read or written: {error}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
    /// It is no key that can be used here.
    #[error("{}: it holds no {wanted} of ECDSA P-256 in PEM", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
        /// Private key, or key.
        wanted: &'static str,
    },
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(getrandom::Error),
    /// Signatures that cannot be kept.
    #[error("the signatures that are there cannot be kept: {0}")]
    Damaged(SignatureError),
    /// Signatures of something else.
    #[error("the signatures that are there are not for this image")]
    OtherImage,
    /// All places are taken.
    #[error("the image has {MAX_BLOCKS} signatures already, and there is no room for more")]
    Full,
    /// It would be the same again.
    #[error("the image is signed with this key already")]
    Already,
    /// What came of it is no image any more.
    #[error(transparent)]
    NotAnImage(#[from] InspectError),
    /// The key does not sign.
    #[error("the key cannot sign")]
    Key,
}

impl Advice for SignError {
    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::Name(_) => "a name such as bench or release-2026",
            Self::NoSigner(_) => {
                "skylift keys signers lists those that are there; skylift keys new-signer makes one"
            }
            Self::Exists(_) => "give the new one another name with --name",
            Self::Io { .. } => "check the path, and that this user may read and write there",
            Self::NotAKey { .. } => {
                "espsecure generate-signing-key --version 2 --scheme ecdsa256 makes one; encrypted keys and RSA are not read"
            }
            Self::Damaged(_) | Self::OtherImage | Self::Full => {
                "sign it without --append: the signatures it has go"
            }
            Self::Already => "sign it with another key: skylift keys signers lists them",
            Self::NotAnImage(error) => return error.advice(),
            Self::Random(_) | Self::Key => return Vec::new(),
        };
        vec![advice.to_owned()]
    }
}
