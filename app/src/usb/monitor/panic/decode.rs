//! A panic read with the ELF of the firmware that panicked: the user's, or the one in the library.

use std::path::PathBuf;

use skylift_protocol::Digest;

use super::calls::Code;
use super::{Address, ElfDigits, Panic};
use crate::image::backtrace::{self, Frame};
use crate::image::library::{Elf, Library};

/// The most guesses that are told.
const MAX_GUESSES: usize = 16;

/// Where ELFs are found.
#[derive(Clone, Debug)]
pub struct Decoder {
    library: Library,
    elf: Option<PathBuf>,
}

/// What the addresses of a panic are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The functions, innermost first.
    pub frames: Vec<Frame>,
    /// How many of them are certain; the others were guessed from the stack.
    pub certain: usize,
    /// The ELF they were read with.
    pub elf: PathBuf,
    /// Its digest.
    pub elf_sha256: Digest,
    /// The board has named this very build; else the user has.
    pub named_by_board: bool,
}

/// Why there are addresses only, in a half sentence each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// It tells none.
    #[error("it tells no addresses")]
    NoAddresses,
    /// The firmware does not say which build it is.
    #[error("the firmware does not say which build it is")]
    Unnamed,
    /// The library has no ELF of this build, or several whose digests begin so.
    #[error("no ELF is here whose SHA-256 begins with {0:.12}")]
    NoElf(ElfDigits),
    /// The user's ELF is of another build.
    #[error("the firmware is another build than {}: its ELF's SHA-256 begins with {named:.12}", elf.display())]
    OtherBuild {
        /// The ELF.
        elf: PathBuf,
        /// What the board says.
        named: ElfDigits,
    },
    /// The ELF does not help.
    #[error("{0}")]
    BadElf(String),
}

impl Unread {
    /// What would turn the addresses into lines of source, if anything does.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::NoAddresses => None,
            Self::Unnamed => Some("skylift monitor --elf ELF, with the ELF of the firmware that runs"),
            Self::NoElf(_) | Self::OtherBuild { .. } | Self::BadElf(_) => Some(
                "skylift images add IMAGE --elf ELF, with the ELF of that build; or skylift monitor --elf ELF",
            ),
        }
    }
}

impl Decoder {
    /// Reads with the ELFs of the library; or with this one, if it is not of another build than the board names.
    #[must_use]
    pub const fn new(library: Library, elf: Option<PathBuf>) -> Self {
        Self { library, elf }
    }

    /// Reads a panic. The ELF is read whole, which takes its time.
    ///
    /// # Errors
    /// Why there are addresses only.
    pub fn decode(&self, panic: &Panic) -> Result<Decoded, Unread> {
        if panic.addresses.is_empty() {
            return Err(Unread::NoAddresses);
        }
        let elf = match &self.elf {
            Some(path) => Elf::open(path).map_err(|error| Unread::BadElf(error.to_string()))?,
            None => self.find(panic.elf.as_ref().ok_or(Unread::Unnamed)?)?,
        };
        let named_by_board = match &panic.elf {
            Some(named) if !named.begin(elf.sha256) => {
                return Err(Unread::OtherBuild { elf: elf.path, named: named.clone() });
            }
            named => named.is_some(),
        };
        let (frames, certain) = frames(&elf.bytes, &panic.addresses)?;
        Ok(Decoded { frames, certain, elf: elf.path, elf_sha256: elf.sha256, named_by_board })
    }

    fn find(&self, named: &ElfDigits) -> Result<Elf, Unread> {
        let entries = self.library.list().map_err(|error| Unread::BadElf(error.to_string()))?.entries;
        let mut digests: Vec<_> =
            entries.iter().map(|entry| entry.elf_sha256).filter(|&elf| named.begin(elf)).collect();
        digests.dedup();
        let [digest] = digests[..] else { return Err(Unread::NoElf(named.clone())) };
        let path = self.library.elf(digest).ok_or_else(|| Unread::NoElf(named.clone()))?;
        let elf = Elf::open(&path).map_err(|error| Unread::BadElf(error.to_string()))?;
        if elf.sha256 == digest {
            Ok(elf)
        } else {
            Err(Unread::BadElf(format!("{} has other bytes than when it was added", path.display())))
        }
    }
}

/// The frames, and how many of them are certain.
fn frames(elf: &[u8], addresses: &[Address]) -> Result<(Vec<Frame>, usize), Unread> {
    let code = Code::of(elf);
    let (mut wanted, mut guesses) = (Vec::new(), 0);
    for &address in addresses {
        if let Address::Guess(word) = address {
            if guesses == MAX_GUESSES || !code.has_call_before(word) {
                continue;
            }
            guesses += 1;
        }
        wanted.push(address);
    }
    let lookups: Vec<u32> = wanted.iter().copied().map(lookup).collect();
    let mut frames = backtrace::decode(elf, &lookups).map_err(|flaw| Unread::BadElf(flaw.to_string()))?;
    let told_as = |looked_up: u32| wanted.iter().find(|address| lookup(**address) == looked_up);
    let is_certain = |frame: &Frame| !matches!(told_as(frame.address), Some(Address::Guess(_)));
    let certain = frames.iter().take_while(|frame| is_certain(frame)).count();
    for frame in &mut frames {
        frame.address = told_as(frame.address).map_or(frame.address, |address| address.value());
    }
    Ok((frames, certain))
}

/// The decoder looks before return addresses: an instruction's own is looked up as if it were a call.
const fn lookup(address: Address) -> u32 {
    match address {
        Address::Exact(address) => address.saturating_add(1),
        Address::Return(address) | Address::Guess(address) => address,
    }
}
