//! A device that runs one image and is sent another, raw or encoded, whole or up to a cut.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};
use skylift_encoder::{ChunkLog, encode, unwatched};
use skylift_simulator::demo_image::DemoImage;
use skylift_simulator::layout::{capacity_for, factory_flash, table_with};
use skylift_simulator::nor::Nor;
use skylift_updater::image::ImageScan;
use skylift_updater::journal::{Attempt, Journal, Subject};
use skylift_updater::partition::Layout;
use skylift_updater::signature::Trust;
use skylift_updater::stream::{ENTRY_LEN, Entry, HEADER_LEN, Header};
use skylift_updater::writer::{Encoding, Workspace, WriteError, Writer};

/// Bytes of a block of the journal.
pub const BLOCK: u32 = 64 << 10;
/// Three blocks and a part of one.
pub const SIZE: u32 = 3 * BLOCK + 9000;
/// What one TCP segment brings.
pub const PIECE: usize = 1460;
const ORDER: Attempt = Attempt { order_id: [b'0'; 36], manual: false };

/// What runs.
pub static OLD: LazyLock<Vec<u8>> = LazyLock::new(|| image("1.0.0", 0, SIZE));
/// What is sent.
pub static NEW: LazyLock<Vec<u8>> = LazyLock::new(|| image("2.0.0", 1, SIZE));
/// The same in every way it can be sent; chunks below, of and above a block of the journal.
pub static WAYS: LazyLock<Vec<Sending>> = LazyLock::new(|| {
    let encoded =
        [12, 14, 16, 17].map(|log| [Sending::compressed(&NEW, log), Sending::delta(&OLD, &NEW, log)]);
    [Sending::raw(&NEW)].into_iter().chain(encoded.into_iter().flatten()).collect()
});

/// An image of so many bytes; another seed, other code in places.
pub fn image(version: &str, seed: u64, size: u32) -> Vec<u8> {
    DemoImage { version: version.into(), size, seed, ..DemoImage::default() }.build().unwrap()
}

/// The bytes that are sent, and how.
#[derive(Clone, Debug)]
pub struct Sending {
    pub bytes: Vec<u8>,
    pub encoding: Encoding,
    /// Bytes of the file that no resume can spare, at most: a chunk.
    pub grain: u32,
}

impl Sending {
    pub fn raw(new: &[u8]) -> Self {
        Self { bytes: new.to_vec(), encoding: Encoding::Raw, grain: 1 }
    }

    pub fn compressed(new: &[u8], chunk_log: u8) -> Self {
        let bytes = encode(&[], new, ChunkLog::new(chunk_log).unwrap(), &mut unwatched).unwrap();
        Self { encoding: Encoding::Compressed { size: bytes.len() as u32 }, bytes, grain: 1 << chunk_log }
    }

    pub fn delta(old: &[u8], new: &[u8], chunk_log: u8) -> Self {
        let bytes = encode(old, new, ChunkLog::new(chunk_log).unwrap(), &mut unwatched).unwrap();
        Self { encoding: Encoding::Delta { size: bytes.len() as u32 }, bytes, grain: 1 << chunk_log }
    }

    /// The same with other bytes.
    pub fn with(&self, change: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut changed = self.clone();
        change(&mut changed.bytes);
        changed
    }

    pub fn header(&self) -> Header {
        Header::parse(self.bytes[..HEADER_LEN].try_into().unwrap()).unwrap()
    }

    /// Bytes before the payload: header and table.
    pub fn head_len(&self) -> usize {
        if self.encoding == Encoding::Raw { 0 } else { self.header().payload_at() as usize }
    }

    /// Where in the stream the chunks end.
    pub fn ends(&self) -> Vec<usize> {
        let head = self.head_len();
        let entries = self.bytes[HEADER_LEN..head].chunks(ENTRY_LEN);
        entries.map(|raw| head + Entry::parse(raw.try_into().unwrap()).end as usize).collect()
    }
}

/// What became of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Bytes that were sent.
    pub fetched: usize,
    /// Bytes of the file that were there already.
    pub resumed: u32,
}

/// A device.
#[derive(Clone)]
pub struct Device {
    pub nor: Nor,
    pub layout: Layout,
    pub running: Option<u8>,
    pub erased_ahead: u32,
    /// What is sent to it.
    pub new: &'static [u8],
}

impl Device {
    /// One that runs [`OLD`] from its first slot.
    pub fn new() -> Self {
        let table = table_with(2, 5 * BLOCK);
        let mut nor = factory_flash(capacity_for(&table), &table, &OLD).unwrap();
        let layout = Layout::read(&mut nor).unwrap();
        Self { nor, layout, running: Some(0), erased_ahead: 0, new: &NEW }
    }

    /// What the order says of it.
    pub fn subject(&self) -> Subject {
        let mut scan = ImageScan::new();
        scan.push(self.new).unwrap();
        Subject {
            file_sha256: Sha256::digest(self.new).into(),
            image_sha256: scan.finish().unwrap().image_sha256,
            size: self.new.len() as u32,
            slot: 1,
        }
    }

    pub fn slot(&self, number: u8) -> &[u8] {
        let region = self.layout.slot(number).unwrap();
        &self.nor.bytes()[region.offset as usize..region.end() as usize]
    }

    pub fn otadata(&self) -> &[u8] {
        &self.nor.bytes()[self.layout.otadata.offset as usize..self.layout.otadata.end() as usize]
    }

    pub fn journal(&mut self) -> Option<Journal> {
        Journal::read(&mut self.nor, self.layout.journal.unwrap()).unwrap()
    }

    pub fn writer<'w>(
        &mut self,
        workspace: &'w mut Workspace,
        sending: &Sending,
    ) -> Result<Writer<'w>, WriteError> {
        let (layout, running, subject) = (&self.layout, self.running, self.subject());
        Writer::new(&mut self.nor, workspace, layout, running, subject, sending.encoding, self.erased_ahead)
    }

    /// Sends everything, in pieces of `piece` bytes, and looks at the slot.
    pub fn send(&mut self, sending: &Sending, piece: usize) -> Result<Sent, WriteError> {
        let mut workspace = Workspace::new();
        let mut writer = self.writer(&mut workspace, sending)?;
        let fetched = self.fetch(&mut writer, sending, piece, u32::MAX)?;
        let mut check = writer.finish(&mut self.nor, &Trust::Anybody)?;
        while !check.step(&mut self.nor)? {}
        assert_eq!(self.slot(1)[..self.new.len()], *self.new);
        Ok(Sent { fetched, resumed: writer.resumed() })
    }

    /// Sends until so many bytes of the file are in the slot, and then power is gone.
    pub fn send_up_to(&mut self, sending: &Sending, written: u32) {
        let mut workspace = Workspace::new();
        let mut writer = self.writer(&mut workspace, sending).unwrap();
        self.fetch(&mut writer, sending, PIECE, written).unwrap();
    }

    /// As the node does it: bytes from where the writer wants them, and those that it jumps over are not sent.
    pub fn fetch(
        &mut self,
        writer: &mut Writer<'_>,
        sending: &Sending,
        piece: usize,
        written: u32,
    ) -> Result<usize, WriteError> {
        while !writer.recheck(&mut self.nor)? {}
        let mut fetched = 0;
        loop {
            self.begin_if_judged(writer)?;
            let at = writer.position() as usize;
            if at == sending.bytes.len() || writer.written() >= written {
                return Ok(fetched);
            }
            let rest = &sending.bytes[at..sending.bytes.len().min(at + piece)];
            fetched += writer.push(&mut self.nor, rest)?;
        }
    }

    fn begin_if_judged(&mut self, writer: &mut Writer<'_>) -> Result<(), WriteError> {
        if writer.head().is_none() || writer.has_begun() {
            return Ok(());
        }
        writer.begin(&mut self.nor, &self.layout, self.running, &ORDER)
    }
}
