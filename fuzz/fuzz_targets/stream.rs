//! Encoded images: the decoder makes what a second reader makes, in any pieces, page by page, and never more than
//! declared; what is damaged ends with an error that stays, after work that is bounded by a page.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skylift_fuzz::{Input, odf};
use skylift_updater::FlashError;
use skylift_updater::stream::{
    Decoder, ENTRY_LEN, Entry, HEADER_LEN, Header, RING, Side, Source, Status, StreamError, TAG_LEN, Table,
};

/// Pages that are looked at of what declares more.
const PAGES: usize = 20;

/// What a device has: the old bytes, and the pages so far.
struct Slots<'a> {
    old: &'a [u8],
    new: Vec<u8>,
    reads: usize,
}

impl Source for Slots<'_> {
    fn read(&mut self, side: Side, at: u32, buf: &mut [u8]) -> Result<(), FlashError> {
        let held = if side == Side::Old { self.old } else { &self.new };
        let wanted = held.get(at as usize..at as usize + buf.len());
        buf.copy_from_slice(wanted.expect("nothing is read that is not there"));
        self.reads += 1;
        Ok(())
    }
}

/// A payload as it comes, and where it is begun.
struct Run<'a> {
    header: &'a Header,
    first: u32,
    begins: u32,
    payload: &'a [u8],
    piece: usize,
}

/// What is decoded; `None` if that is more than is looked at.
fn decode(run: &Run<'_>, slots: &mut Slots<'_>) -> Result<Option<Vec<u8>>, StreamError> {
    let (mut decoder, mut ring) = (Decoder::new(), [0xA5; RING]);
    assert_eq!(decoder.feed(&mut &[][..], &mut ring, slots), Err(StreamError::Header), "not started");
    decoder.start(run.header, run.first, run.begins, &mut ring, slots)?;
    let mut rest = run.payload;
    while slots.new.len() <= PAGES * RING {
        let mut input = &rest[..run.piece.min(rest.len())];
        let given = input.len();
        slots.reads = 0;
        let status = decoder.feed(&mut input, &mut ring, slots);
        // Every operation makes a byte at least, and a page ends the call.
        assert!(slots.reads <= RING, "{} reads for a page", slots.reads);
        rest = &rest[given - input.len()..];
        match status {
            Ok(Status::NeedInput) if rest.is_empty() => return Err(StreamError::Truncated),
            Ok(Status::NeedInput) => assert!(input.is_empty(), "input is left, and more is wanted"),
            Ok(Status::Page { at, len }) => take(run.header, slots, &ring, at, len),
            Ok(Status::Done) => {
                assert_eq!(decoder.position(), run.header.new_size);
                return Ok(Some(std::mem::take(&mut slots.new)));
            }
            Err(error) => {
                assert_eq!(decoder.feed(&mut rest, &mut ring, slots), Err(error), "an error is final");
                return Err(error);
            }
        }
    }
    Ok(None)
}

fn take(header: &Header, slots: &mut Slots<'_>, ring: &[u8; RING], at: u32, len: u32) {
    assert_eq!(at as usize, slots.new.len(), "pages come in order");
    assert!(len > 0 && len as usize <= RING && at + len <= header.new_size, "no byte beyond the size");
    assert!(len as usize == RING || at + len == header.new_size, "only the last page is short");
    assert!(ring[len as usize..].iter().all(|&byte| byte == 0xFF), "padded with ones");
    slots.new.extend_from_slice(&ring[..len as usize]);
}

/// Both readers agree; what they accept can be gone on with at each chunk.
fn compare(header: &Header, old: &[u8], payload: &[u8], piece: usize) {
    let header = &Header { old_size: old.len() as u32, payload: payload.len() as u32, ..*header };
    let slots = || Slots { old, new: Vec::new(), reads: 0 };
    let whole = Run { header, first: 0, begins: 0, payload, piece };
    let found = decode(&whole, &mut slots());
    if header.new_size as usize > PAGES * RING {
        assert!(!matches!(found, Ok(Some(_))), "so much is not looked at");
        return;
    }
    let made = odf::decode(old, header.new_size as usize, header.chunk_log, payload);
    let bytes = made.as_ref().map(|made| made.bytes.as_slice());
    assert_eq!(found.ok().flatten().as_deref(), bytes, "the readers disagree");
    let Some(made) = made else { return };
    for first in 1..header.chunks() {
        let begins = made.ends[first as usize - 1];
        let before = header.chunk_end(first - 1) as usize;
        let mut slots = Slots { new: made.bytes[..before].to_vec(), ..slots() };
        let run = Run { first, begins, payload: &payload[begins as usize..], ..whole };
        let resumed = decode(&run, &mut slots).ok().flatten();
        assert_eq!(resumed.as_ref(), Some(&made.bytes), "gone on with at chunk {first}");
    }
}

/// A stream as it comes from the network: its head, its table, its payload.
fn whole(old: &[u8], stream: &[u8], piece: usize) {
    let Some((head, rest)) = stream.split_first_chunk::<HEADER_LEN>() else { return };
    let Ok(header) = Header::parse(head) else { return };
    assert_eq!(header.encode(), *head, "the head says what it said");
    let mut table = Table::new(&header);
    let mut end = 0;
    let Some(entries) = rest.get(..header.chunks() as usize * ENTRY_LEN) else { return };
    for raw in entries.chunks_exact(ENTRY_LEN) {
        let entry = Entry::parse(raw.try_into().expect("an entry"));
        assert_eq!(entry.encode(), raw, "an entry says what it said");
        let Ok(begins) = table.take(entry) else { break };
        assert!(begins == end && entry.end >= begins && entry.end <= header.payload, "chunks lie in a row");
        end = entry.end;
    }
    assert!(!table.is_complete() || end == header.payload, "the table ends where the payload does");
    assert_eq!(table.take(Entry { end: 1, tag: [0; TAG_LEN] }), Err(StreamError::Table), "one more entry");
    compare(&header, old, &rest[entries.len()..], piece);
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let (how, piece) = (input.byte(), usize::from(input.byte()) + 1);
    let old = input.counted();
    if how & 1 == 0 {
        return whole(old, input.rest(), piece);
    }
    let [low, high] = input.array();
    let header = Header {
        chunk_log: 12 + (how >> 1) % 4,
        old_size: 0,
        new_size: u32::from(u16::from_le_bytes([low, high])) + 1,
        payload: 0,
        old_sha256: [0; 32],
        new_sha256: [0; 32],
    };
    compare(&header, old, input.rest(), piece);
});
