//! The whole stream: header, table of chunks, payload.

use sha2::{Digest as _, Sha256};
use skylift_updater::stream::{CHUNK_LOGS, Entry, Header, RING, TAG_LEN};

use crate::check::verify_watched;
use crate::chunk::Chunks;
use crate::error::EncodeError;
use crate::finder::Finder;
use crate::found::{AGAIN, NEW, OLD};
use crate::progress::{Progress, Watch};
use crate::window::Window;

/// The most bytes of an image, old or new. Encoding needs 9 bytes for each byte of both, and up to 50 MiB: no more than
/// 350 MiB.
pub const MOST: usize = 16 * 1024 * 1024;

/// Units of work that decoding a byte is.
const CHECKED: u64 = 1;

/// How large chunks are: a device goes on at the start of one, and learns afresh in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkLog(u8);

impl ChunkLog {
    /// 64 KiB, for whole images: a chunk is a block that flash erases.
    pub const WHOLE: Self = Self(16);
    /// 256 KiB, for deltas: a chunk of a small one is a few kilobytes to fetch again.
    pub const DELTA: Self = Self(18);

    /// Two to the power of `log` bytes; `None` if the format has no such chunks.
    #[must_use]
    pub fn new(log: u8) -> Option<Self> {
        CHUNK_LOGS.contains(&log).then_some(Self(log))
    }

    const fn bytes(self) -> usize {
        1 << self.0
    }
}

/// The stream that makes `new` of `old`, or out of nothing if `old` is empty. What it returns was decoded by the
/// device's decoder and compared.
///
/// # Errors
/// It was ended by `watch`, an image has a size that cannot be, there is not enough memory, the stream is not smaller
/// than the image, or it does not decode to it.
pub fn encode(old: &[u8], new: &[u8], chunks: ChunkLog, watch: Watch<'_>) -> Result<Vec<u8>, EncodeError> {
    let stream = encode_at_any_size(old, new, chunks, watch)?;
    if stream.len() < new.len() {
        Ok(stream)
    } else {
        Err(EncodeError::NotSmaller { encoded: stream.len(), raw: new.len() })
    }
}

/// The same, also if the stream is not smaller than the image.
///
/// # Errors
/// As for [`encode`], but for that.
pub fn encode_at_any_size(
    old: &[u8],
    new: &[u8],
    chunks: ChunkLog,
    watch: Watch<'_>,
) -> Result<Vec<u8>, EncodeError> {
    if old.len() > MOST || !(1..=MOST).contains(&new.len()) {
        let bytes = if old.len() > MOST { old.len() } else { new.len() };
        return Err(EncodeError::Size { bytes, most: MOST });
    }
    let work = old.len() as u64 * OLD + new.len() as u64 * (NEW + AGAIN + CHECKED);
    let mut progress = Progress::new(watch, work);
    let stream = write(old, new, chunks, &mut progress)?;
    verify_watched(old, new, &stream, || progress.step(CHECKED * RING as u64))?;
    progress.finish()?;
    Ok(stream)
}

fn write(
    old: &[u8],
    new: &[u8],
    chunks: ChunkLog,
    progress: &mut Progress<'_>,
) -> Result<Vec<u8>, EncodeError> {
    let (payload, table) = payload(old, new, chunks, progress)?;
    let header = Header {
        chunk_log: chunks.0,
        old_size: old.len() as u32,
        new_size: new.len() as u32,
        payload: payload.len() as u32,
        old_sha256: if old.is_empty() { [0; 32] } else { Sha256::digest(old).into() },
        new_sha256: Sha256::digest(new).into(),
    };
    let mut stream = header.encode().to_vec();
    stream.extend(table.into_iter().flat_map(Entry::encode));
    stream.extend(payload);
    Ok(stream)
}

fn payload(
    old: &[u8],
    new: &[u8],
    chunks: ChunkLog,
    progress: &mut Progress<'_>,
) -> Result<(Vec<u8>, Vec<Entry>), EncodeError> {
    let memory = |_| EncodeError::Memory { bytes: Finder::memory(old.len() + new.len()) };
    let window = Window::new(old, new).map_err(memory)?;
    let mut encoder = Chunks::new(&window, progress)?;
    let (mut payload, mut table, mut digest) = (Vec::new(), Vec::new(), Sha256::new());
    let mut start = 0;
    for chunk in new.chunks(chunks.bytes()) {
        let end = start + chunk.len();
        payload.extend(encoder.encode((start, end), progress)?);
        digest.update(chunk);
        let tag: [u8; 32] = digest.clone().finalize().into();
        let tag = std::array::from_fn::<u8, TAG_LEN, _>(|index| tag[index]);
        table.push(Entry { end: payload.len() as u32, tag });
        start = end;
    }
    Ok((payload, table))
}
