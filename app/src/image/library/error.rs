//! What can go wrong with the library, in sentences for people.

use std::io;
use std::path::PathBuf;

use skylift_protocol::Digest;

use super::super::InspectError;
use super::Entry;
use crate::advice::Advice;

/// Why the library cannot do what it should.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// The operating system does not let it.
    #[error("{}: the image library cannot be {doing}: {error}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried, as a participle.
        doing: &'static str,
        /// What the operating system says.
        #[source]
        error: io::Error,
    },
    /// No image is called so.
    #[error("no image in the library is called {0:?}")]
    Unknown(String),
    /// Several images are called so.
    #[error("{} images in the library are called {called:?}: {}", entries.len(), list(entries))]
    Ambiguous {
        /// What the user called it.
        called: String,
        /// All that answer to it.
        entries: Vec<Entry>,
    },
    /// An image of the library is not what it was.
    #[error(transparent)]
    Damaged(#[from] Damaged),
    /// The ELF belongs to another build.
    #[error("{}: this ELF does not belong to the image: its SHA-256 is {found:.12}, and the image names {named:.12}", path.display())]
    OtherElf {
        /// The ELF.
        path: PathBuf,
        /// Its digest.
        found: ShortDigest,
        /// The digest in the image's app descriptor.
        named: ShortDigest,
    },
    /// The ELF cannot be used.
    #[error("{}: this is no ELF that can be used: {why}", path.display())]
    BadElf {
        /// The file.
        path: PathBuf,
        /// Half a sentence.
        why: String,
    },
}

/// A digest whose display can be cut by a precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShortDigest(pub Digest);

impl std::fmt::Display for ShortDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0.to_string())
    }
}

/// An entry of the library that is not what it was when it was added. The others are as good as before.
#[derive(Debug, thiserror::Error)]
#[error("{}: this entry of the image library is damaged: {flaw}", path.display())]
pub struct Damaged {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub flaw: DamagedFlaw,
}

/// What is wrong with an entry of the library.
#[derive(Debug, thiserror::Error)]
pub enum DamagedFlaw {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// The JSON is none, or lacks a field.
    #[error("it does not describe an image")]
    NotUnderstood,
    /// The JSON describes another file than the one it lies beside.
    #[error("it describes another image than its name says")]
    OtherName,
    /// The image is shorter, longer or not there.
    #[error("its image is missing or has another size")]
    NoImage,
    /// The image has other bytes.
    #[error("its image has other bytes than when it was added")]
    OtherBytes,
    /// The image is none.
    #[error("{}", .0.flaw)]
    NotAnImage(#[source] InspectError),
}

impl Advice for LibraryError {
    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::Io { .. } => "check that this user may write there, or name another folder with --data-dir",
            Self::Unknown(_) => "list what there is with: skylift images",
            Self::Ambiguous { .. } => "name the one you mean by the first digits of its digest",
            Self::Damaged(damaged) => return damaged.advice(),
            Self::OtherElf { .. } => "give the ELF of exactly this build, before it was stripped",
            Self::BadElf { .. } => "give the ELF that the build wrote",
        };
        vec![advice.to_owned()]
    }
}

impl Advice for Damaged {
    fn advice(&self) -> Vec<String> {
        vec!["add the image again, or remove the file".to_owned()]
    }
}

fn list(entries: &[Entry]) -> String {
    const SHOWN: usize = 5;
    let mut texts: Vec<String> = entries
        .iter()
        .take(SHOWN)
        .map(|entry| {
            let digest = ShortDigest(entry.file_sha256);
            format!("{digest:.12} ({:?} {:?}, {})", entry.project, entry.version, entry.chip)
        })
        .collect();
    if entries.len() > SHOWN {
        texts.push(format!("and {} more", entries.len() - SHOWN));
    }
    texts.join(", ")
}
