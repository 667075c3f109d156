//! Bytes sent to a device that were not made for it, or were changed on their way: the writer alone, as the node drives
//! it, and the boot afterwards.

use sha2::{Digest as _, Sha256};
use skylift_protocol::Chip;
use skylift_simulator::bootloader::{AppPlace, Bootloader, boot};
use skylift_simulator::certify::flash::BenchFlash;
use skylift_simulator::layout::{capacity_for, factory_flash, table_with};
use skylift_simulator::nor::Nor;
use skylift_updater::image::{ImageHead, ImageScan};
use skylift_updater::journal::{Attempt, Subject};
use skylift_updater::otadata::Fresh;
use skylift_updater::partition::Layout;
use skylift_updater::signature::Trust;
use skylift_updater::switch::commit;
use skylift_updater::writer::{Encoding, Workspace, WriteError, Writer};
use skylift_updater::{Region, SECTOR};

/// Bytes that come at a time.
const PIECE: usize = 1460;

/// What is sent, and what is said of it.
pub struct Delivery<'a> {
    pub stream: &'a [u8],
    pub encoding: Encoding,
    pub subject: Subject,
    /// Whether the device takes an image with such a head.
    pub takes: fn(&ImageHead) -> bool,
    /// It begins to write before it has looked; no node does that.
    pub looks_late: bool,
}

/// How it ended; otadata was written only if it was whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Whole,
    /// The bytes ended too early: whoever sent them has gone.
    Short,
    /// The head was not taken.
    Head,
    Failed(WriteError),
}

impl From<WriteError> for Ended {
    fn from(error: WriteError) -> Self {
        Self::Failed(error)
    }
}

/// What an order says of a file.
pub fn subject_of(file: &[u8]) -> Subject {
    let mut scan = ImageScan::new();
    let info = scan.push(file).and_then(|()| scan.finish());
    Subject {
        file_sha256: Sha256::digest(file).into(),
        image_sha256: info.map_or([0; 32], |info| info.image_sha256),
        size: file.len() as u32,
        slot: 1,
    }
}

/// An honest order for a delta.
pub fn delta<'a>(stream: &'a [u8], file: &[u8]) -> Delivery<'a> {
    Delivery { encoding: Encoding::Delta { size: stream.len() as u32 }, ..compressed(stream, file) }
}

/// An honest order for a compressed image.
pub fn compressed<'a>(stream: &'a [u8], file: &[u8]) -> Delivery<'a> {
    let encoding = Encoding::Compressed { size: stream.len() as u32 };
    Delivery { stream, encoding, subject: subject_of(file), takes: |_| true, looks_late: false }
}

/// A device that runs `image` from its first slot; the second slot holds rubbish.
pub fn device(image: &[u8], slot: u32) -> (Nor, Layout) {
    let table = table_with(2, slot);
    let mut nor = factory_flash(capacity_for(&table), &table, image).unwrap();
    let layout = Layout::read(&mut nor).unwrap();
    let mut rubbish = vec![0; slot as usize];
    fastrand::Rng::with_seed(1).fill(&mut rubbish);
    nor.overwrite(layout.slot(1).unwrap().offset, &rubbish).unwrap();
    (nor, layout)
}

/// What a region holds.
pub fn held(nor: &Nor, region: Region) -> &[u8] {
    &nor.bytes()[region.offset as usize..region.end() as usize]
}

/// The slot that boots.
pub fn boots(nor: &mut Nor) -> Option<u8> {
    match boot(nor, Bootloader::Stock, Chip::Esp32C3).unwrap().place() {
        Some(AppPlace::Slot(slot)) => Some(slot),
        _ => None,
    }
}

impl Delivery<'_> {
    /// Sends it, and switches if it is whole.
    pub fn send<F: BenchFlash>(&self, flash: &mut F, layout: &Layout) -> Ended {
        if let Err(ended) = self.write(flash, layout) {
            return ended;
        }
        commit(flash, layout, Some(0), 1, Fresh::Guarded).unwrap();
        Ended::Whole
    }

    fn write<F: BenchFlash>(&self, flash: &mut F, layout: &Layout) -> Result<(), Ended> {
        let (mut workspace, subject) = (Workspace::new(), self.subject);
        let mut writer = Writer::new(flash, &mut workspace, layout, Some(0), subject, self.encoding, 0)?;
        let attempt = Attempt { order_id: [b'0'; 36], manual: false };
        let sent = match self.encoding {
            Encoding::Raw => self.subject.size,
            Encoding::Compressed { size } | Encoding::Delta { size } => size,
        };
        let patience = 2 * flash.capacity() / SECTOR;
        let mut idle = 0;
        if self.looks_late {
            writer.begin(flash, layout, Some(0), &attempt)?;
        }
        while !writer.recheck(flash)? {}
        while writer.position() < sent {
            let rest = self.stream.get(writer.position() as usize..).unwrap_or_default();
            if rest.is_empty() {
                return Err(Ended::Short);
            }
            let before = flash.nor().counters().bytes_read;
            idle = if writer.push(flash, rest.get(..PIECE).unwrap_or(rest))? == 0 { idle + 1 } else { 0 };
            assert!(idle <= patience, "the writer takes nothing from byte {} on", writer.position());
            // A page of copies through the smallest reads, and of what is stored read back.
            let read = flash.nor().counters().bytes_read - before;
            assert!(read <= 80 * u64::from(SECTOR), "{read} bytes were read for one page");
            match writer.head() {
                Some(head) if !(self.takes)(head) => return Err(Ended::Head),
                Some(_) if !writer.has_begun() => writer.begin(flash, layout, Some(0), &attempt)?,
                _ => {}
            }
        }
        let mut check = writer.finish(flash, &Trust::Anybody)?;
        while !check.step(flash)? {}
        Ok(())
    }
}
