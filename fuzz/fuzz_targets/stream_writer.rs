//! The writer with any stream: the image that runs and otadata stay as they are, nothing is erased before the head was
//! seen, work is bounded, and only the very file that was ordered is ever whole.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sha2::{Digest as _, Sha256};
use skylift_fuzz::flash::Patched;
use skylift_fuzz::{Input, images, odf, seal};
use skylift_simulator::layout::{TABLE_OFFSET, capacity_for, partition_table, table_with};
use skylift_updater::image::ImageScan;
use skylift_updater::journal::{Attempt, Journal, Subject, mark_block};
use skylift_updater::partition::Layout;
use skylift_updater::signature::Trust;
use skylift_updater::stream::{self, Header};
use skylift_updater::writer::{Encoding, Workspace, WriteError, Writer};
use skylift_updater::{BLOCK, Flash as _, Region, SECTOR};

/// Bytes of a slot: room for more than a block.
const SLOT: u32 = 0x2_0000;

/// What is sent, and what was ordered.
struct Case {
    stream: Vec<u8>,
    subject: Subject,
    encoding: Encoding,
    /// What the stream makes, if it makes anything.
    made: Option<Vec<u8>>,
}

/// A stream whose digests and table are right, if its payload makes anything.
fn sealed(mut input: Input<'_>, delta: bool) -> Case {
    let chunk_log = 12 + input.byte() % 6;
    let new_size = (input.word() & 0x1_FFFF) + 1;
    let payload = input.rest();
    let old = if delta { images::good() } else { &[] };
    let made = odf::decode(old, new_size as usize, chunk_log, payload);
    let (bytes, ends) = made.map_or((None, Vec::new()), |made| (Some(made.bytes), made.ends));
    let sha256 = |bytes: &[u8]| -> [u8; 32] { Sha256::digest(bytes).into() };
    let header = Header {
        chunk_log,
        old_size: old.len() as u32,
        new_size,
        payload: payload.len() as u32,
        old_sha256: if delta { sha256(old) } else { [0; 32] },
        new_sha256: bytes.as_deref().map_or([7; 32], sha256),
    };
    let mut stream = header.encode().to_vec();
    for chunk in 0..header.chunks() {
        let end = header.chunk_end(chunk) as usize;
        let tag = bytes.as_ref().map_or([7; 32], |bytes| sha256(&bytes[..end]));
        // Of what makes nothing, a table that is as good as any.
        let share = header.payload / header.chunks() * (chunk + 1);
        let last = chunk + 1 == header.chunks();
        let end = ends.get(chunk as usize).copied().unwrap_or(if last { header.payload } else { share });
        let tag = [tag[0], tag[1], tag[2], tag[3]];
        stream.extend_from_slice(&stream::Entry { end, tag }.encode());
    }
    stream.extend_from_slice(payload);
    Case::new(stream, header.new_sha256, new_size, bytes, delta)
}

/// Bytes as they are, ordered as they say.
fn plain(stream: &[u8], delta: bool) -> Case {
    let header = stream.first_chunk().and_then(|head| Header::parse(head).ok());
    let (sha256, size) = header.map_or(([7; 32], 9000), |header| (header.new_sha256, header.new_size));
    Case::new(stream.to_vec(), sha256, size, None, delta)
}

impl Case {
    fn new(stream: Vec<u8>, file_sha256: [u8; 32], size: u32, made: Option<Vec<u8>>, delta: bool) -> Self {
        let mut scan = ImageScan::new();
        let image = made.as_ref().and_then(|made| scan.push(made).and_then(|()| scan.finish()).ok());
        let image_sha256 = image.map_or([9; 32], |image| image.image_sha256);
        let sent = stream.len() as u32;
        let encoding =
            if delta { Encoding::Delta { size: sent } } else { Encoding::Compressed { size: sent } };
        Self { stream, subject: Subject { file_sha256, image_sha256, size, slot: 1 }, encoding, made }
    }

    /// Sends it, and says whether the slot is whole, and whether anything may have been erased.
    fn send(&self, flash: &mut Patched<'_>, layout: &Layout, piece: usize) -> (Result<(), WriteError>, bool) {
        let (mut workspace, subject) = (Workspace::new(), self.subject);
        let writer = Writer::new(flash, &mut workspace, layout, Some(0), subject, self.encoding, 0);
        let mut writer = match writer {
            Ok(writer) => writer,
            Err(error) => return (Err(error), false),
        };
        let result = self.feed(&mut writer, flash, layout, piece);
        (result, writer.has_begun())
    }

    fn feed(
        &self,
        writer: &mut Writer<'_>,
        flash: &mut Patched<'_>,
        layout: &Layout,
        piece: usize,
    ) -> Result<(), WriteError> {
        while !writer.recheck(flash)? {}
        let attempt = Attempt { order_id: [b'x'; 36], manual: false };
        let mut idle = 0;
        while (writer.position() as usize) < self.stream.len() {
            let rest = &self.stream[writer.position() as usize..];
            let (at, before) = (writer.position(), writer.written());
            let taken = writer.push(flash, rest.get(..piece).unwrap_or(rest))?;
            // A page that waited for the head to be judged is stored together with the one behind it.
            assert!(writer.written() - before <= 2 * SECTOR, "a page of work at a time");
            idle = if taken == 0 && writer.position() == at { idle + 1 } else { 0 };
            assert!(idle <= 4 * SLOT / SECTOR, "it goes on and on at byte {at}");
            if writer.head().is_some() && !writer.has_begun() {
                writer.begin(flash, layout, Some(0), &attempt)?;
            }
        }
        let mut check = writer.finish(flash, &Trust::Anybody)?;
        while !check.step(flash)? {}
        Ok(())
    }
}

/// The first slot is selected, and valid.
fn first_entry() -> [u8; 32] {
    let mut entry = [0xFF; 32];
    entry[..4].copy_from_slice(&1_u32.to_le_bytes());
    entry[24..28].copy_from_slice(&2_u32.to_le_bytes());
    seal::otadata(&mut entry);
    entry
}

fn read(flash: &mut Patched<'_>, region: Region) -> Vec<u8> {
    let mut bytes = vec![0; region.size as usize];
    flash.read(region.offset, &mut bytes).expect("a flash");
    bytes
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let (how, piece) = (input.byte(), usize::from(input.byte()) * 8 + 1);
    let delta = how & 1 == 1;
    let case = if how & 2 == 0 { sealed(input, delta) } else { plain(input.rest(), delta) };
    let partitions = table_with(2, SLOT);
    let table = partition_table(&partitions).expect("a table");
    let entry = first_entry();
    let mut flash = Patched::new(capacity_for(&partitions)).with(TABLE_OFFSET, &table);
    let layout = Layout::read(&mut flash).expect("a layout");
    let [running, other] = [0, 1].map(|slot| layout.slot(slot).expect("a slot"));
    flash = flash.with(layout.otadata.offset, &entry).with(running.offset, images::good());
    // What an earlier attempt left of it, noted as verified or not.
    let left = case.made.clone().unwrap_or_default();
    if how & 4 != 0 {
        let len = left.len().min(if how & 8 == 0 { SLOT as usize } else { BLOCK as usize + 100 });
        flash = flash.with(other.offset, &left[..len]);
        let journal = layout.journal.expect("a journal");
        Journal::begin(&mut flash, journal, case.subject).expect("a journal");
        if how & 16 != 0 && case.subject.size > BLOCK {
            mark_block(&mut flash, journal, 0).expect("a block");
        }
    }
    let kept = [running, layout.otadata].map(|region| read(&mut flash, region));
    let before = read(&mut flash, other);
    let (result, begun) = case.send(&mut flash, &layout, piece);
    assert_eq!(
        [running, layout.otadata].map(|region| read(&mut flash, region)),
        kept,
        "what runs was changed"
    );
    let after = read(&mut flash, other);
    assert!(begun || after == before, "the slot was changed, and its head not seen");
    if result.is_ok() {
        let whole = &after[..case.subject.size as usize];
        assert_eq!(Sha256::digest(whole).as_slice(), case.subject.file_sha256, "another file than ordered");
        assert!(how & 2 != 0 || case.made.as_deref() == Some(whole), "another file than the stream makes");
    }
});
