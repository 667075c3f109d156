//! Why a message is not believed.

use crate::word::wire_words;

wire_words! {
    /// Why a request, or an answer, is not taken for one of who holds the key.
    ///
    /// None depends on the secret before the signature itself is judged; keyids and nonces are public.
    Denied {
        /// There is no signature.
        Missing = "missing",
        /// A field of the signature is not what RFC 9421 and RFC 9530 say, is too long, or is there twice.
        Malformed = "malformed",
        /// It is signed with another key.
        UnknownKey = "unknown_key",
        /// It is not signed with `hmac-sha256`.
        Algorithm = "algorithm",
        /// It does not cover what it must, or covers what is not there or not understood.
        Incomplete = "incomplete",
        /// The body is not the one that was signed.
        DigestMismatch = "digest_mismatch",
        /// The nonce is none of this device since it started.
        NonceForeign = "nonce_foreign",
        /// The nonce is too old.
        NonceExpired = "nonce_expired",
        /// The nonce was used before, or is older than all that the device remembers.
        Replayed = "replayed",
        /// The signature does not fit.
        WrongSignature = "wrong_signature",
        /// The device's own key is damaged: it can check no signature.
        KeyDamaged = "key_damaged",
    }
}

impl Denied {
    /// A sentence for people, without its full stop.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Missing => "this needs the signature of who holds the device's key, and there is none",
            Self::Malformed => "the fields of the signature are malformed",
            Self::UnknownKey => "it is signed with another key than the device's",
            Self::Algorithm => "it is not signed with hmac-sha256",
            Self::Incomplete => "the signature leaves out what it must cover, or covers what is not there",
            Self::DigestMismatch => "the body is not the one that was signed",
            Self::NonceForeign => "the nonce is not from this device, or from before its last restart",
            Self::NonceExpired => "the nonce is too old",
            Self::Replayed => "the nonce was used before, or is older than those the device remembers",
            Self::WrongSignature => {
                "the signature is wrong: another key, or something was changed on the way"
            }
            Self::KeyDamaged => "the device's own key is damaged: pair it again by cable",
            Self::Unknown => "it was refused for a reason that this version does not know",
        }
    }
}

impl core::error::Error for Denied {}
