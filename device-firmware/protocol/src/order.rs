//! The order: what to update to, from where, and what is allowed on the way.

use heapless::Vec;
use serde::{Deserialize, Serialize};

use crate::word::wire_words;
use crate::{Chip, Digest, Label, OrderId, Signers, Url};

wire_words! {
    /// How the transferred bytes relate to the image.
    Encoding {
        /// They are the image.
        Raw = "raw",
        /// A compressed stream.
        Compressed = "compressed",
        /// A stream against the image that runs, named by `base_image_sha256`.
        Delta = "delta",
    }
}

wire_words! {
    /// Who decides that the new image is kept.
    Confirm {
        /// The device, once its self-test has passed.
        Auto = "auto",
        /// A person, by `POST /validate`, before the deadline.
        Manual = "manual",
    }
}

/// The bytes that travel in the place of an image: one file of the format that `updater/SPEC.md` describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    /// Bytes of it.
    pub size: u32,
    /// Digest of them.
    pub sha256: Digest,
}

/// `POST /update`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Chosen by the host; the same order sent again is accepted again.
    pub order_id: OrderId,
    /// Where to fetch from; absent when the host pushes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Url>,
    /// The host will send the bytes with `PUT /update/image`.
    #[serde(default)]
    pub push: bool,
    /// Bytes of the file that is to lie in the slot, signature sector included, however it travels.
    pub size: u32,
    /// Digest of that file.
    pub file_sha256: Digest,
    /// Digest that the bootloader checks.
    pub image_sha256: Digest,
    /// The project in the image's app descriptor.
    pub project: Label,
    /// The chip the image is made for.
    pub chip: Chip,
    /// How the bytes are encoded.
    pub encoding: Encoding,
    /// What is sent in the place of the file; there unless the encoding is [`Encoding::Raw`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<Stream>,
    /// For [`Encoding::Delta`]: the image the stream is against, which must be the one that runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_image_sha256: Option<Digest>,
    /// Who decides that the image is kept.
    pub confirm: Confirm,
    /// The user accepts an image without boot guard.
    #[serde(default)]
    pub allow_unguarded: bool,
    /// The user accepts an image of another project.
    #[serde(default)]
    pub allow_other_project: bool,
    /// The signers that the device trusts from the moment on when this image validates, in the place of those before;
    /// none for no change. Only an owner may name any, and only to a device that trusts signers already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trust: Signers,
}

/// Where the bytes of an order come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source<'a> {
    /// The device fetches this URL.
    Pull(&'a str),
    /// The host sends them.
    Push,
}

/// An order that is JSON of the right shape, yet makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderFlaw {
    /// Neither `url` nor `push`, or both.
    Source,
    /// No id, or one with other characters than letters, digits and `-`.
    OrderId,
    /// A word that this version does not know, in the named field.
    UnknownWord(&'static str),
    /// `base_image_sha256` without a delta, or a delta without it.
    Base,
    /// `stream` of raw bytes, or encoded bytes without it.
    Stream,
    /// A size of 0, of the file or of its stream.
    Size,
}

impl Order {
    /// Where the bytes come from.
    ///
    /// # Errors
    /// [`OrderFlaw::Source`] unless exactly one of `url` and `push` is given.
    pub fn source(&self) -> Result<Source<'_>, OrderFlaw> {
        match (self.url.as_deref(), self.push) {
            (Some(url), false) => Ok(Source::Pull(url)),
            (None, true) => Ok(Source::Push),
            _ => Err(OrderFlaw::Source),
        }
    }

    /// Checks what JSON's shape cannot say.
    ///
    /// # Errors
    /// The first flaw found.
    pub fn check(&self) -> Result<(), OrderFlaw> {
        self.source()?;
        if self.order_id.is_empty()
            || !self.order_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            return Err(OrderFlaw::OrderId);
        }
        for (unknown, field) in [
            (self.chip == Chip::Unknown, "chip"),
            (self.encoding == Encoding::Unknown, "encoding"),
            (self.confirm == Confirm::Unknown, "confirm"),
        ] {
            if unknown {
                return Err(OrderFlaw::UnknownWord(field));
            }
        }
        if (self.encoding == Encoding::Delta) != self.base_image_sha256.is_some() {
            return Err(OrderFlaw::Base);
        }
        if (self.encoding == Encoding::Raw) == self.stream.is_some() {
            return Err(OrderFlaw::Stream);
        }
        if self.size == 0 || self.sent().size == 0 {
            return Err(OrderFlaw::Size);
        }
        Ok(())
    }

    /// The bytes that are sent: the stream, or the file itself.
    #[must_use]
    pub fn sent(&self) -> Stream {
        self.stream.unwrap_or(Stream { size: self.size, sha256: self.file_sha256 })
    }
}

impl core::fmt::Display for OrderFlaw {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Source => f.write_str("the order must name either a url or push"),
            Self::OrderId => f.write_str("order_id must be letters, digits and '-', 1 to 36 of them"),
            Self::UnknownWord(field) => write!(f, "the field {field} has a word this device does not know"),
            Self::Base => f.write_str("base_image_sha256 belongs to encoding delta, and to no other"),
            Self::Stream => {
                f.write_str("stream belongs to the encodings compressed and delta, and to no other")
            }
            Self::Size => f.write_str("size must be at least 1, of the file and of its stream"),
        }
    }
}

impl core::error::Error for OrderFlaw {}
