//! Why an envelope cannot be read, changed or written.

use std::io;
use std::path::{Path, PathBuf};

use super::Uuid;
use super::snapshot::SnapshotError;
use crate::advice::Advice;

/// Why an envelope cannot be read, changed or written. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// What is wrong with a certain file.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        error: Box<EnvelopeError>,
    },
    /// The operating system does not let it.
    #[error("it cannot be {doing}: {error}")]
    Io {
        /// What was tried, as a participle.
        doing: &'static str,
        /// What the operating system says.
        #[source]
        error: io::Error,
    },
    /// It is something else.
    #[error("it is no Toit firmware envelope")]
    NotAnEnvelope,
    /// Another version of the format than the one there is today.
    #[error("this envelope has format version {0}, and Skylift reads version {version}", version = super::file::FORMAT_VERSION)]
    FormatVersion(u32),
    /// It is one, and broken.
    #[error("the envelope is damaged: its part {part:?} cannot be read: {why}")]
    Damaged {
        /// The entry of the archive.
        part: String,
        /// What is wrong with it.
        why: Undecodable,
    },
    /// The archive itself is broken.
    #[error("the archive is damaged: {0}")]
    Archive(Undecodable),
    /// An entry that must be there is not.
    #[error("the envelope is damaged: it has no part {0:?}")]
    Missing(&'static str),
    /// It would be larger than what is read again.
    #[error("the envelope would be too large: {most} MiB and {entries} parts at most", most = super::ar::MAX_BYTES >> 20, entries = super::ar::MAX_ENTRIES)]
    TooLarge,
    /// No name for a container.
    #[error("{0:?} is no name for a container: names have 1 to 14 bytes, and begin with neither `$` nor `+`")]
    Name(String),
    /// The snapshot is of another SDK.
    #[error("the snapshot was made by the SDK {snapshot}, and the envelope is of {envelope}")]
    OtherSdk {
        /// The version in the snapshot.
        snapshot: String,
        /// The version of the envelope.
        envelope: String,
    },
    /// The image is for another system.
    #[error("the image belongs to the system {image}, and the envelope's SDK is {sdk}")]
    OtherSystem {
        /// The system in the image's header.
        image: Uuid,
        /// The system of the envelope's SDK.
        sdk: Uuid,
    },
    /// Neither a snapshot nor a relocatable image.
    #[error("the container {name:?} is neither a snapshot nor an image that can be used: {why}")]
    Container {
        /// The container.
        name: String,
        /// What is wrong with the image.
        why: Undecodable,
    },
    /// A snapshot, and one that cannot be used.
    #[error("the container {name:?} cannot be used: {error}")]
    Snapshot {
        /// The container.
        name: String,
        /// What is wrong with it.
        #[source]
        error: SnapshotError,
    },
    /// The assets are none.
    #[error("the assets of {name:?} cannot be read: {why}")]
    Assets {
        /// The container.
        name: String,
        /// What is wrong with them.
        why: Undecodable,
    },
    /// A key that is not the user's to change.
    #[error("the property {0:?} is reserved, and cannot be changed")]
    Reserved(String),
    /// No identifier.
    #[error("{0:?} is no UUID")]
    Uuid(String),
    /// A number that no JSON has.
    #[error("a number that is infinite, or none, cannot be written")]
    Number,
    /// JSON has no bytes.
    #[error("bytes cannot be written as JSON")]
    BytesInJson,
    /// No network can be called so, or has such a password.
    #[error("the WiFi credentials cannot be used: {0}")]
    Wifi(&'static str),
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(getrandom::Error),
}

impl EnvelopeError {
    /// The same, of a certain file.
    pub(super) fn of(self, path: &Path) -> Self {
        Self::File { path: path.to_owned(), error: Box::new(self) }
    }
}

/// Why bytes do not decode. Half a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecodable {
    /// They end too early.
    #[error("it ends too early")]
    Truncated,
    /// There are bytes after the end.
    #[error("more follows after its end")]
    Trailing,
    /// Larger, or more, than is read.
    #[error("it is too large")]
    TooLarge,
    /// Lists in lists in lists.
    #[error("it is nested too deeply")]
    TooDeep,
    /// Bytes that are no UTF-8 where text must be.
    #[error("a text in it is not UTF-8")]
    NotText,
    /// What must be there once is there twice.
    #[error("a name is in it twice")]
    Twice,
    /// Anything else.
    #[error("{0}")]
    Malformed(&'static str),
}

impl Advice for EnvelopeError {
    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::File { error, .. } => return error.advice(),
            Self::Snapshot { error, .. } => return error.advice(),
            Self::Io { .. } => "check the path, and that this user may read and write there",
            Self::NotAnEnvelope => {
                "an envelope is what Toit publishes as firmware-<chip>.envelope or firmware-<chip>.gz"
            }
            Self::FormatVersion(_) => "download the envelope of a current SDK",
            Self::Damaged { .. } | Self::Archive(_) | Self::Missing(_) => "download the envelope again",
            Self::TooLarge => "uninstall a container that is not needed",
            Self::Name(_) => "a name such as validate",
            Self::OtherSdk { .. } | Self::OtherSystem { .. } => {
                "compile the program with the SDK of the envelope, or take the envelope of that SDK"
            }
            Self::Container { .. } => "give the snapshot that the Toit compiler writes",
            Self::Assets { .. } => "give the file that Toit's assets tool writes",
            Self::Reserved(_) => {
                "choose another key: `sdk-version` and those that begin with `$` are the envelope's own"
            }
            Self::Uuid(_) => "32 hex digits, with dashes between the groups or without any",
            Self::Number | Self::BytesInJson | Self::Random(_) | Self::Wifi(_) => return Vec::new(),
        };
        vec![advice.to_owned()]
    }
}
