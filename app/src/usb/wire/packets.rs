//! What crosses the wire to fill a part of the flash: packets, of deflated bytes where those are fewer.

use std::io::{self, Write as _};

use flate2::Compression;
use flate2::write::{ZlibDecoder, ZlibEncoder};

/// Packets of one size; the last may be smaller.
pub(super) struct Packets {
    data: Vec<u8>,
    size: usize,
    /// How many bytes of flash each packet fills, together with those before it.
    filled: Vec<u32>,
    is_packed: bool,
}

impl Packets {
    /// As the bytes are.
    pub fn plain(bytes: &[u8], size: usize) -> Self {
        let filled = bytes.chunks(size).scan(0, |end, packet| {
            *end += packet.len() as u32;
            Some(*end)
        });
        Self { filled: filled.collect(), data: bytes.to_vec(), size, is_packed: false }
    }

    /// Deflated, if that makes them fewer.
    pub fn fewest(bytes: &[u8], size: usize) -> Self {
        deflated(bytes, size)
            .ok()
            .filter(|packed| packed.data.len() < bytes.len())
            .unwrap_or_else(|| Self::plain(bytes, size))
    }

    /// Whether they are to be inflated.
    pub const fn is_packed(&self) -> bool {
        self.is_packed
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.filled.len() as u32
    }

    /// Each one, and how many bytes of flash are filled then.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], u32)> {
        self.data.chunks(self.size).zip(self.filled.iter().copied())
    }
}

fn deflated(bytes: &[u8], size: usize) -> io::Result<Packets> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    let data = encoder.finish()?;
    let mut decoder = ZlibDecoder::new(io::sink());
    let filled = data.chunks(size).map(|packet| {
        decoder.write_all(packet)?;
        decoder.flush()?;
        Ok(decoder.total_out() as u32)
    });
    Ok(Packets { filled: filled.collect::<io::Result<_>>()?, data, size, is_packed: true })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn what_deflate_shrinks_is_packed_and_told_by_what_it_fills() {
        let bytes: Vec<u8> = (0_u32..20_000).flat_map(|number| (number * number).to_le_bytes()).collect();
        let packets = Packets::fewest(&bytes, 0x1000);
        assert!(packets.is_packed() && packets.count() > 2);
        let mut decoder = ZlibDecoder::new(Vec::new());
        for (packet, filled) in packets.iter() {
            decoder.write_all(packet).unwrap();
            decoder.flush().unwrap();
            assert_eq!(decoder.get_ref().len(), filled as usize);
        }
        assert_eq!(decoder.finish().unwrap(), bytes);
    }

    #[test]
    fn what_deflate_does_not_shrink_goes_as_it_is() {
        let mut bytes = vec![0; 10_000];
        fastrand::Rng::with_seed(1).fill(&mut bytes);
        let packets = Packets::fewest(&bytes, 0x1000);
        assert!(!packets.is_packed());
        assert_eq!(packets.iter().map(|(_, filled)| filled).collect::<Vec<_>>(), [4096, 8192, 10_000]);
        assert_eq!(packets.iter().flat_map(|(packet, _)| packet).copied().collect::<Vec<_>>(), bytes);
    }
}
