//! Where an image crashed, read with the ELF in the library.

use skylift_protocol::Crash;

use super::super::backtrace::{Backtrace, Frame, Unread, decode};
use super::{Elf, Library};

impl Library {
    /// Reads where an image crashed; `None` if the device could not tell addresses. The ELF is read whole, which takes
    /// its time.
    #[must_use]
    pub fn backtrace(&self, crash: &Crash) -> Option<Backtrace> {
        if crash.addresses.is_empty() {
            return None;
        }
        let frames = match self.elf(crash.elf_sha256) {
            None => Err(Unread::NoElf),
            Some(path) => match Elf::open(&path) {
                Ok(elf) => frames(&elf, crash),
                Err(error) => Err(Unread::BadElf(error.to_string())),
            },
        };
        let addresses = crash.addresses.to_vec();
        Some(Backtrace { elf_sha256: crash.elf_sha256, addresses, frames })
    }
}

fn frames(elf: &Elf, crash: &Crash) -> Result<Vec<Frame>, Unread> {
    if elf.sha256 != crash.elf_sha256 {
        return Err(Unread::BadElf("it has other bytes than when it was added".to_owned()));
    }
    decode(&elf.bytes, &crash.addresses).map_err(|flaw| Unread::BadElf(flaw.to_string()))
}
