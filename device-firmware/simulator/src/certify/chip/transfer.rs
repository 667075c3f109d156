//! What is sent in an update, and how much of it a device may ask for twice.

use skylift_protocol::Encoding;
use skylift_updater::stream::{ENTRY_LEN, Entry, HEADER_LEN, Header};
use skylift_updater::{BLOCK, SECTOR, writer};

use super::Sent;
use crate::certify::image::Image;

/// Bytes that the decoder holds and has not used.
const AHEAD: u32 = 128;

/// An image on its way, in one encoding.
pub(super) struct Transfer<'a> {
    number: usize,
    pub image: &'a Image,
    encoding: Encoding,
    /// All that is sent.
    pub bytes: &'a [u8],
    /// The byte from which on a device may have something already: behind header and table.
    pub payload_at: u32,
    header: Option<Header>,
}

impl<'a> Transfer<'a> {
    /// An image for a device that runs image number `running`; `None` if nobody made it in this encoding.
    pub fn new(images: &'a [Image], number: usize, encoding: Encoding, running: usize) -> Option<Self> {
        let image = images.get(number)?;
        let bytes = image.sent(encoding, running)?;
        let header = match encoding {
            Encoding::Raw => None,
            _ => Some(Header::parse(bytes.first_chunk::<HEADER_LEN>()?).ok()?),
        };
        let payload_at = header.as_ref().map_or(0, Header::payload_at);
        Some(Self { number, image, encoding, bytes, payload_at, header })
    }

    /// The encoding, as the writer wants to know it.
    pub const fn for_writer(&self) -> writer::Encoding {
        let size = self.bytes.len() as u32;
        match self.encoding {
            Encoding::Compressed => writer::Encoding::Compressed { size },
            Encoding::Delta => writer::Encoding::Delta { size },
            _ => writer::Encoding::Raw,
        }
    }

    /// That so many bytes of it were taken.
    pub const fn sent(&self, bytes: u32) -> Sent {
        Sent { image: self.number, encoding: self.encoding, bytes }
    }

    /// How many bytes can have been taken before by a device that goes on at byte `at`: of what it had, a block that
    /// was not noted as verified is lost, or a chunk if that is larger.
    pub fn lost_at_most(&self, at: u32) -> u32 {
        let Some(header) = &self.header else { return at + BLOCK + SECTOR };
        let entries = self.bytes.get(HEADER_LEN..self.payload_at as usize).unwrap_or_default();
        let ends = entries.as_chunks::<ENTRY_LEN>().0.iter().map(|raw| Entry::parse(*raw).end);
        // The last chunk that begins within a block of where it goes on.
        let chunks = (BLOCK >> header.chunk_log).max(1) as usize;
        let lost = ends.skip_while(|end| self.payload_at + end <= at).take(chunks).last();
        self.payload_at + lost.unwrap_or(header.payload) + AHEAD
    }
}
