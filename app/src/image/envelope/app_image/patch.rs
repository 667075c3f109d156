//! The place in the constants where Toit's firmware looks for the table of its programs.
//!
//! Format: `src/embedded_data.cc` of Toit: a word, the table's address, a uuid, another word.

use super::{AppImageError, word};
use crate::image::envelope::uuid::Uuid;

const FIRST_MAGIC: u32 = 0x7017_DA7A;
const SECOND_MAGIC: u32 = 0x00C0_9F19;
const WORD: usize = 4;
const UUID: usize = 16;

/// The table's address and the uuid of the system.
pub(super) fn read(drom: &[u8]) -> Result<(u32, Uuid), AppImageError> {
    let at = find(drom).ok_or(AppImageError::NoMarker)?;
    let address = word(drom, at).ok_or(AppImageError::NoMarker)?;
    let uuid = drom.get(at + WORD..).and_then(<[u8]>::first_chunk::<UUID>).ok_or(AppImageError::NoMarker)?;
    Ok((address, Uuid(*uuid)))
}

pub(super) fn write(drom: &mut [u8], address: u32, system: &Uuid) -> Result<(), AppImageError> {
    let at = find(drom).ok_or(AppImageError::NoMarker)?;
    let place = drom.get_mut(at..at + WORD + UUID).ok_or(AppImageError::NoMarker)?;
    let (first, second) = place.split_at_mut(WORD);
    first.copy_from_slice(&address.to_le_bytes());
    second.copy_from_slice(&system.0);
    Ok(())
}

/// Where the address stands: between the first two magic words that stand as far apart as they must.
fn find(drom: &[u8]) -> Option<usize> {
    let pairs = (0..drom.len()).step_by(WORD);
    let mut places = pairs.map(|offset| offset + WORD);
    places.find(|at| {
        word(drom, at - WORD) == Some(FIRST_MAGIC) && word(drom, at + WORD + UUID) == Some(SECOND_MAGIC)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Vec<u8> {
        let mut bytes = vec![0; 8];
        // A first word without its partner does not count.
        bytes.extend_from_slice(&FIRST_MAGIC.to_le_bytes());
        bytes.extend_from_slice(&[0x7A, 0xDA, 0x17, 0x70, 1, 2, 3, 4]);
        bytes.extend_from_slice(&[9; 16]);
        bytes.extend_from_slice(&[0x19, 0x9F, 0xC0, 0x00]);
        bytes
    }

    #[test]
    fn the_place_is_read_and_written_between_its_words() {
        let mut bytes = place();
        assert_eq!(read(&bytes).unwrap(), (0x0403_0201, Uuid([9; 16])));
        write(&mut bytes, 0x3C0A_0B0C, &Uuid([7; 16])).unwrap();
        assert_eq!(bytes[16..20], [0x0C, 0x0B, 0x0A, 0x3C]);
        assert_eq!(bytes[20..36], [7; 16]);
        assert_eq!((&bytes[..16], &bytes[36..]), (&place()[..16], &place()[36..]));
    }

    #[test]
    fn without_both_words_there_is_no_place() {
        let bytes = place();
        assert_eq!(read(&bytes[..39]), Err(AppImageError::NoMarker));
        assert_eq!(read(&bytes[1..]), Err(AppImageError::NoMarker));
        assert_eq!(read(&[]), Err(AppImageError::NoMarker));
    }
}
