//! A crash as it is shown: frames where the ELF is known, addresses and what would help where it is not.

use skylift_protocol::Digest;

use super::{Frame, Place};

/// Why there are addresses only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// The library has no ELF with this digest.
    NoElf,
    /// The ELF does not help; the half sentence says why.
    BadElf(String),
}

/// Where an image crashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backtrace {
    /// Digest of the ELF that the image was made from.
    pub elf_sha256: Digest,
    /// Return addresses, innermost first.
    pub addresses: Vec<u32>,
    /// What they are.
    pub frames: Result<Vec<Frame>, Unread>,
}

impl Backtrace {
    /// A line for every function; addresses that nobody can read beside each other.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        match &self.frames {
            Ok(frames) => frames.iter().map(ToString::to_string).collect(),
            Err(_) => {
                let addresses = self.addresses.iter().map(|address| format!("{address:#010x}"));
                vec![addresses.collect::<Vec<_>>().join(" ")]
            }
        }
    }

    /// The innermost place in the user's own source.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        let mut places = self.frames.iter().flatten().filter_map(|frame| frame.place.as_ref());
        places.find(|place| place.own)
    }

    /// What would turn the addresses into lines of source.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        let digest = self.elf_sha256;
        match self.frames.as_ref().err()? {
            Unread::NoElf => Some(format!(
                "skylift images add IMAGE --elf ELF, with the ELF of that build (SHA-256 {digest:.12}…), shows functions and lines"
            )),
            Unread::BadElf(why) => Some(format!(
                "skylift images add IMAGE --elf ELF, with that ELF again (SHA-256 {digest:.12}…): {why}"
            )),
        }
    }
}
