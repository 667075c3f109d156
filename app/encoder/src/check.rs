//! Decoding on the host, with the very decoder that devices run.

use sha2::{Digest as _, Sha256};
use skylift_updater::FlashError;
use skylift_updater::stream::{
    Decoder, ENTRY_LEN, Entry, HEADER_LEN, Header, RING, Side, Source, Status, StreamError, Table,
};

use crate::error::EncodeError;

/// The file that a stream makes of `old`, which is empty for a stream that builds on nothing. Refused like a device
/// refuses it: nothing comes out unless the whole of it has the digest that the stream names.
///
/// # Errors
/// The stream is damaged, builds on other bytes than `old`, or reads beyond its bounds.
pub fn decode(old: &[u8], stream: &[u8]) -> Result<Vec<u8>, StreamError> {
    run(old, stream, || Ok(()))
}

/// Whether a stream makes `new` of `old`.
///
/// # Errors
/// [`EncodeError::Faulty`]: it does not.
pub fn verify(old: &[u8], new: &[u8], stream: &[u8]) -> Result<(), EncodeError> {
    verify_watched(old, new, stream, || Ok(()))
}

/// The same; `page` is asked behind each page.
pub(crate) fn verify_watched(
    old: &[u8],
    new: &[u8],
    stream: &[u8],
    page: impl FnMut() -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    // Before a byte is decoded: a stream can name a size that is no image's.
    if header(stream)?.new_size as usize != new.len() {
        return Err(StreamError::Mismatch.into());
    }
    if run(old, stream, page)? == new { Ok(()) } else { Err(EncodeError::Faulty(None)) }
}

fn run<E: From<StreamError>>(
    old: &[u8],
    stream: &[u8],
    mut page: impl FnMut() -> Result<(), E>,
) -> Result<Vec<u8>, E> {
    let header = header(stream)?;
    let of = if old.is_empty() { [0; 32] } else { Sha256::digest(old).into() };
    if header.old_size as usize != old.len() || header.old_sha256 != of {
        return Err(StreamError::Mismatch.into());
    }
    let mut payload = walk(&header, stream)?;
    let mut images = Images { old, new: Vec::new() };
    let (mut decoder, mut ring) = (Decoder::new(), Box::new([0xFF; RING]));
    decoder.start(&header, 0, 0, &mut ring, &mut images)?;
    loop {
        match decoder.feed(&mut payload, &mut ring, &mut images)? {
            Status::NeedInput => return Err(StreamError::Truncated.into()),
            Status::Page { len, .. } => images.new.extend_from_slice(&ring[..len as usize]),
            Status::Done => break,
        }
        page()?;
    }
    let made = <[u8; 32]>::from(Sha256::digest(&images.new)) == header.new_sha256;
    if made { Ok(images.new) } else { Err(StreamError::Corrupt.into()) }
}

fn header(stream: &[u8]) -> Result<Header, StreamError> {
    Header::parse(stream.first_chunk::<HEADER_LEN>().ok_or(StreamError::Truncated)?)
}

/// The payload, behind a table that does not contradict it.
fn walk<'s>(header: &Header, stream: &'s [u8]) -> Result<&'s [u8], StreamError> {
    let (head, payload) =
        stream.split_at_checked(header.payload_at() as usize).ok_or(StreamError::Truncated)?;
    let mut table = Table::new(header);
    for entry in head[HEADER_LEN..].as_chunks::<ENTRY_LEN>().0 {
        table.take(Entry::parse(*entry))?;
    }
    if payload.len() == header.payload as usize { Ok(payload) } else { Err(StreamError::Truncated) }
}

/// Two images in memory.
struct Images<'o> {
    old: &'o [u8],
    new: Vec<u8>,
}

impl Source for Images<'_> {
    fn read(&mut self, side: Side, at: u32, buf: &mut [u8]) -> Result<(), FlashError> {
        let image = match side {
            Side::Old => self.old,
            Side::New => &self.new,
        };
        let bytes = image.get(at as usize..).and_then(|rest| rest.get(..buf.len())).ok_or(FlashError)?;
        buf.copy_from_slice(bytes);
        Ok(())
    }
}
