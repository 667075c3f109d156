//! The error answer of the device's HTTP API.

use serde::{Deserialize, Serialize};

use crate::Detail;
use crate::word::wire_words;

wire_words! {
    /// Why a request was refused. The HTTP status of each is [`ErrorCode::status`].
    ErrorCode {
        /// The request is not HTTP that the device understands.
        BadRequest = "bad_request",
        /// The body is not the JSON that is expected, or a field is out of range.
        Malformed = "malformed",
        /// No valid signature on a paired device.
        Unauthorised = "unauthorised",
        /// The request came from a web page, is not `application/json`, or is for another host name.
        Forbidden = "forbidden",
        /// No such path.
        NotFound = "not_found",
        /// The path has no such method.
        MethodNotAllowed = "method_not_allowed",
        /// The request did not arrive in time.
        Timeout = "timeout",
        /// Another update is running.
        Busy = "busy",
        /// The running image has not validated yet.
        PendingValidation = "pending_validation",
        /// There is nothing to validate.
        NothingPending = "nothing_pending",
        /// The other slot holds no image that would boot.
        NoOtherImage = "no_other_image",
        /// The request has no Content-Length.
        LengthRequired = "length_required",
        /// The image is for another chip.
        WrongChip = "wrong_chip",
        /// The image is for other revisions of the chip.
        WrongRevision = "wrong_revision",
        /// The image is of another project, and the order does not allow it.
        WrongProject = "wrong_project",
        /// The image is below the floor of `secure_version`.
        Downgrade = "downgrade",
        /// The image has no boot guard, and the bootloader does not roll back.
        Unguarded = "unguarded",
        /// The image is for simulated devices only.
        Simulated = "simulated",
        /// The order and the image's own header do not agree.
        Mismatch = "mismatch",
        /// The image is not signed, and the device takes signed ones only.
        Unsigned = "unsigned",
        /// The image is signed by nobody whom the device trusts.
        SignerUnknown = "signer_unknown",
        /// The signature is damaged, or is not the signer's for this image.
        SignatureInvalid = "signature_invalid",
        /// The image is signed in a way that the device does not verify, such as RSA.
        SignatureUnsupported = "signature_unsupported",
        /// The bytes are not an app image.
        NotAnImage = "not_an_image",
        /// The device does not decode this encoding.
        Encoding = "encoding",
        /// The delta is against an image that does not run here.
        WrongBase = "wrong_base",
        /// The image is larger than the slot.
        TooLarge = "too_large",
        /// The header is larger than the device's buffer.
        HeaderTooLarge = "header_too_large",
        /// All streams of events are taken.
        NoStream = "no_stream",
        /// The flash or its layout does not allow it.
        Flash = "flash",
        /// The device has no WiFi.
        NoWifi = "no_wifi",
    }
}

impl ErrorCode {
    /// The HTTP status that carries this code.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest | Self::Malformed => 400,
            Self::Unauthorised => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Timeout => 408,
            Self::Busy
            | Self::PendingValidation
            | Self::NothingPending
            | Self::NoOtherImage
            | Self::NoWifi => 409,
            Self::LengthRequired => 411,
            Self::WrongChip
            | Self::WrongRevision
            | Self::WrongProject
            | Self::Downgrade
            | Self::Unguarded
            | Self::Simulated
            | Self::Mismatch
            | Self::Unsigned
            | Self::SignerUnknown
            | Self::SignatureInvalid
            | Self::SignatureUnsupported
            | Self::NotAnImage
            | Self::Encoding
            | Self::WrongBase => 412,
            Self::TooLarge => 413,
            Self::HeaderTooLarge => 431,
            Self::NoStream => 503,
            Self::Flash | Self::Unknown => 500,
        }
    }
}

/// The body of every answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The frozen code.
    pub error: ErrorCode,
    /// A sentence for people.
    pub detail: Detail,
}
