//! The relocatable image: a container's memory, and which of its words are addresses that depend on where it will lie.

use super::{Undecodable, Uuid, WordSize};

/// The most that is read. Real ones have at most some hundred KiB.
pub(in crate::image::envelope) const MAX_BYTES: usize = 32 << 20;
const MAGIC: u32 = 0xdead_face;
/// Where things stand in the header. The snapshot is behind seven lists, whose size depends on the width of a word.
const ID_AT: usize = 8;
const FLAGS_AT: usize = 24;
const SYSTEM_AT: usize = 32;
const LISTS_AT: usize = 48;

/// A relocatable image whose header has been looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relocatable {
    bytes: Vec<u8>,
    word: WordSize,
    header: Header,
}

/// What the image says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The container: a digest of its snapshot and its assets.
    pub id: Uuid,
    /// Bit 0 is "run at boot", bit 1 is "critical", bit 7 is "has assets".
    pub flags: u8,
    /// The system it was made for; nil if for any.
    pub system: Uuid,
    /// The snapshot it was made from.
    pub snapshot: Uuid,
}

impl Relocatable {
    /// The image in these bytes.
    ///
    /// # Errors
    /// It is none for this width of a word, cut off, or too large.
    pub fn parse(bytes: impl Into<Vec<u8>>, word: WordSize) -> Result<Self, Undecodable> {
        let bytes = bytes.into();
        if bytes.len() > MAX_BYTES {
            return Err(Undecodable::TooLarge);
        }
        if !bytes.len().is_multiple_of(word.bytes()) || bytes.len() % chunk(word) == word.bytes() {
            return Err(Undecodable::Malformed("it does not end with a whole word"));
        }
        let header = header(&relocated(&bytes, word, 0), word)?;
        Ok(Self { bytes, word, header })
    }

    /// The image as it stands in a file, masks and all.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What it says of itself.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The same image under another id.
    pub(in crate::image::envelope) fn with_id(&self, id: Uuid) -> Self {
        let mut image = self.clone();
        // The first word of the file is a mask, and all of the id is in the chunk behind it.
        let place = image.bytes.iter_mut().skip(self.word.bytes() + ID_AT);
        place.zip(id.0).for_each(|(byte, from)| *byte = from);
        image.header.id = id;
        image
    }

    /// How many bytes it has in memory, without its masks.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len() - self.bytes.len().div_ceil(chunk(self.word)) * self.word.bytes()
    }

    /// Its memory when it begins at the address `base`. Addresses wrap around, as they do on the device.
    #[must_use]
    pub fn relocate(&self, base: u64) -> Vec<u8> {
        relocated(&self.bytes, self.word, base)
    }

    /// Memory with the masks of this image put back: what lies beyond the image has no addresses.
    ///
    /// `memory` is whole pages, and no shorter than the image.
    pub(in crate::image::envelope) fn masked(&self, memory: &[u8]) -> Vec<u8> {
        let word = self.word.bytes();
        let masks = self.bytes.chunks(chunk(self.word)).filter_map(|chunk| chunk.get(..word));
        let mut marks = masks.collect::<Vec<_>>().concat();
        marks.resize(memory.len().div_ceil(8 * word), 0);
        with_masks(memory, &marks, self.word)
    }
}

/// A word of masks, and as many words of memory as it has bits.
const fn chunk(word: WordSize) -> usize {
    word.bytes() * (8 * word.bytes() + 1)
}

fn relocated(bytes: &[u8], word: WordSize, base: u64) -> Vec<u8> {
    let mut memory = Vec::with_capacity(bytes.len());
    for chunk in bytes.chunks(chunk(word)) {
        let mut words = chunk.chunks(word.bytes());
        let mut mask = words.next().map_or(0, little_endian);
        for at in words {
            let moved = if mask & 1 == 1 { base } else { 0 };
            let value = little_endian(at).wrapping_add(moved).to_le_bytes();
            memory.extend(value.into_iter().take(at.len()));
            mask >>= 1;
        }
    }
    memory
}

/// A word of at most 8 bytes.
fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte))
}

/// The memory of an image with the masks of its addresses put between: one bit of `marks` for each word.
///
/// `memory` is a whole number of chunks, as pages are.
pub(in crate::image::envelope) fn with_masks(memory: &[u8], marks: &[u8], word: WordSize) -> Vec<u8> {
    let data = chunk(word) - word.bytes();
    let mut bytes = Vec::with_capacity(memory.len() + marks.len());
    for (words, mask) in memory.chunks(data).zip(marks.chunks(word.bytes())) {
        bytes.extend_from_slice(mask);
        bytes.extend_from_slice(words);
    }
    bytes
}

fn header(memory: &[u8], word: WordSize) -> Result<Header, Undecodable> {
    let uuid = |at: usize| memory.get(at..).and_then(<[u8]>::first_chunk).copied().map(Uuid);
    let snapshot_at = LISTS_AT + 14 * word.bytes();
    let (Some(magic), Some(&flags)) = (memory.first_chunk(), memory.get(FLAGS_AT)) else {
        return Err(Undecodable::Truncated);
    };
    if u32::from_le_bytes(*magic) != MAGIC {
        return Err(Undecodable::Malformed("it does not begin as an image does"));
    }
    match (uuid(ID_AT), uuid(SYSTEM_AT), uuid(snapshot_at)) {
        (Some(id), Some(system), Some(snapshot)) => Ok(Header { id, flags, system, snapshot }),
        _ => Err(Undecodable::Truncated),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One chunk of 32 bits: words 12 and 31 are addresses.
    fn small() -> Vec<u8> {
        let mut bytes = vec![0; 132];
        bytes[..4].copy_from_slice(&0x8000_1000_u32.to_le_bytes());
        bytes[4..8].copy_from_slice(&0xdead_face_u32.to_le_bytes());
        bytes[12..28].fill(0x1d);
        bytes[28] = 3;
        bytes[36..52].fill(0x57);
        bytes[52..56].copy_from_slice(&0x80_u32.to_le_bytes());
        bytes[108..124].fill(0x5a);
        bytes[128..132].copy_from_slice(&0xffff_ff01_u32.to_le_bytes());
        bytes
    }

    #[test]
    fn only_marked_words_move_and_the_header_is_read() {
        let image = Relocatable::parse(small(), WordSize::W32).unwrap();
        let header =
            Header { id: Uuid([0x1d; 16]), flags: 3, system: Uuid([0x57; 16]), snapshot: Uuid([0x5a; 16]) };
        assert_eq!(*image.header(), header);
        let memory = image.relocate(0x3f40_0020);
        assert_eq!((memory.len(), image.size()), (128, 128));
        assert_eq!(memory[48..52], 0x3f40_00a0_u32.to_le_bytes());
        // 0xffffff01 + 0x3f400020 goes around.
        assert_eq!(memory[124..], 0x3f3f_ff21_u32.to_le_bytes());
        let mut still = small()[4..].to_vec();
        still[48..52].copy_from_slice(&memory[48..52]);
        still[124..].copy_from_slice(&memory[124..]);
        assert_eq!(memory, still);
    }

    #[test]
    fn another_id_changes_nothing_else() {
        let image = Relocatable::parse(small(), WordSize::W32).unwrap().with_id(Uuid([0x2e; 16]));
        let mut wanted = small();
        wanted[12..28].fill(0x2e);
        assert_eq!(image, Relocatable::parse(wanted, WordSize::W32).unwrap());
        let mut memory = [0; 512];
        memory[..4].copy_from_slice(&MAGIC.to_le_bytes());
        let wide = Relocatable::parse(with_masks(&memory, &[0; 8], WordSize::W64), WordSize::W64).unwrap();
        memory[8..24].fill(0x2e);
        assert_eq!(wide.with_id(Uuid([0x2e; 16])).relocate(0), memory);
    }

    #[test]
    fn a_short_last_chunk_is_one_with_assets() {
        let mut bytes = small();
        bytes.extend([0; 4]);
        assert!(Relocatable::parse(bytes.clone(), WordSize::W32).is_err());
        bytes.extend(*b"data");
        let image = Relocatable::parse(bytes, WordSize::W32).unwrap();
        assert_eq!(image.size(), 132);
        assert_eq!(image.relocate(7)[128..], *b"data");
    }

    #[test]
    fn what_is_no_image_is_refused() {
        for length in 0..124 {
            assert!(Relocatable::parse(&small()[..length], WordSize::W32).is_err(), "{length}");
        }
        assert!(Relocatable::parse(small(), WordSize::W64).is_err());
        let mut other = small();
        other[4] ^= 1;
        assert!(Relocatable::parse(other, WordSize::W32).is_err());
    }

    proptest! {
        #[test]
        fn masks_that_are_put_in_come_out_as_the_difference(
            words in proptest::collection::vec(any::<(u64, bool)>(), 128),
            base: u64,
        ) {
            let memory: Vec<u8> = words.iter().flat_map(|(value, _)| value.to_le_bytes()).collect();
            let mut marks = [0_u8; 16];
            for (index, (_, marked)) in words.iter().enumerate() {
                marks[index / 8] |= u8::from(*marked) << (index % 8);
            }
            let bytes = with_masks(&memory, &marks, WordSize::W64);
            prop_assert_eq!(bytes.len(), 1040);
            let expected: Vec<u8> = words
                .iter()
                .flat_map(|&(value, marked)| value.wrapping_add(if marked { base } else { 0 }).to_le_bytes())
                .collect();
            prop_assert_eq!(relocated(&bytes, WordSize::W64, base), expected);
        }

        #[test]
        fn any_bytes_are_an_image_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            for word in [WordSize::W32, WordSize::W64] {
                let _ = Relocatable::parse(bytes.clone(), word);
            }
        }
    }
}
