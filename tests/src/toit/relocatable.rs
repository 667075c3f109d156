//! Relocatable images: memory in chunks, each behind a word that says which of its words are addresses.

use super::encoded::Uuid;

/// How many bytes a word of the machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Every ESP32.
    W32,
    /// Computers.
    W64,
}

impl Word {
    /// 4 or 8.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::W32 => 4,
            Self::W64 => 8,
        }
    }

    /// The bytes of a page of the heap.
    #[must_use]
    pub const fn page(self) -> usize {
        match self {
            Self::W32 => 4096,
            Self::W64 => 32768,
        }
    }
}

/// Memory in chunks. `addresses` says of every word whether it is an address.
#[must_use]
pub fn chunks(word: Word, memory: &[u8], addresses: &[bool]) -> Vec<u8> {
    let size = word.bytes();
    let mut bytes = Vec::new();
    for (data, marks) in memory.chunks(size * size * 8).zip(addresses.chunks(size * 8)) {
        let mask = marks.iter().enumerate().fold(0_u64, |mask, (bit, mark)| mask | u64::from(*mark) << bit);
        bytes.extend_from_slice(&mask.to_le_bytes()[..size]);
        bytes.extend_from_slice(data);
    }
    bytes
}

/// The memory of an image of 32 bits, moved to `base`.
#[must_use]
pub fn relocated(image: &[u8], base: u32) -> Vec<u8> {
    let mut memory = Vec::new();
    for chunk in image.chunks(132) {
        let mask = u32::from_le_bytes(chunk[..4].try_into().unwrap());
        for (bit, data) in chunk[4..].chunks(4).enumerate() {
            let value = u32::from_le_bytes(data.try_into().unwrap());
            let address = mask >> bit & 1 == 1;
            let value = if address { value.wrapping_add(base) } else { value };
            memory.extend_from_slice(&value.to_le_bytes());
        }
    }
    memory
}

/// A ready image of one page without a program: its header alone, and some addresses behind it.
#[must_use]
pub fn ready(word: Word, id: &Uuid, system: &Uuid) -> Vec<u8> {
    let mut memory = header(id, system, 1);
    memory.resize(4096, 0x5a);
    let mut addresses = vec![false; 4096 / word.bytes()];
    for at in (48 + 7 * 2 * word.bytes() + 16..4096).step_by(96) {
        let at = at.next_multiple_of(word.bytes());
        if at + word.bytes() <= 4096 {
            addresses[at / word.bytes()] = true;
            memory[at..at + word.bytes()].copy_from_slice(&(at as u64).to_le_bytes()[..word.bytes()]);
        }
    }
    chunks(word, &memory, &addresses)
}

/// The header of an image, 48 bytes; `pages` of 4096 bytes each.
#[must_use]
pub fn header(id: &Uuid, system: &Uuid, pages: u16) -> Vec<u8> {
    let mut bytes = 0xdead_face_u32.to_le_bytes().to_vec();
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(id);
    bytes.extend_from_slice(&[0; 6]);
    bytes.extend_from_slice(&pages.to_le_bytes());
    bytes.extend_from_slice(system);
    bytes
}
