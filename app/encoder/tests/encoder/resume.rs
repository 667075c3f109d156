//! A device that lost power goes on at the start of a chunk, with the window that it has in flash.

use sha2::{Digest as _, Sha256};
use skylift_encoder::{ChunkLog, encode, unwatched};
use skylift_updater::FlashError;
use skylift_updater::stream::{
    Decoder, ENTRY_LEN, Entry, HEADER_LEN, Header, RING, Side, Source, Status, Table,
};

use crate::pairs::{Edit, firmware};

/// Two images in memory; what is not there cannot be read.
struct Images<'i> {
    old: &'i [u8],
    new: Vec<u8>,
}

impl Source for Images<'_> {
    fn read(&mut self, side: Side, at: u32, buf: &mut [u8]) -> Result<(), FlashError> {
        let image = if side == Side::Old { self.old } else { &self.new };
        buf.copy_from_slice(image.get(at as usize..at as usize + buf.len()).ok_or(FlashError)?);
        Ok(())
    }
}

/// What comes of going on at a chunk, with everything before it in flash.
fn resumed(old: &[u8], new: &[u8], stream: &[u8], chunk: u32) -> Vec<u8> {
    let header = Header::parse(stream.first_chunk::<HEADER_LEN>().unwrap()).unwrap();
    let mut table = Table::new(&header);
    let entries = stream[HEADER_LEN..header.payload_at() as usize].as_chunks::<ENTRY_LEN>().0;
    let begins =
        entries[..=chunk as usize].iter().map(|raw| table.take(Entry::parse(*raw)).unwrap()).last().unwrap();
    let start = if chunk == 0 { 0 } else { header.chunk_end(chunk - 1) as usize };
    let mut images = Images { old, new: new[..start].to_vec() };
    let (mut decoder, mut ring) = (Decoder::new(), [0xFF; RING]);
    decoder.start(&header, chunk, begins, &mut ring, &mut images).unwrap();
    let mut payload = &stream[(header.payload_at() + begins) as usize..];
    loop {
        match decoder.feed(&mut payload, &mut ring, &mut images).unwrap() {
            Status::Page { len, .. } => images.new.extend_from_slice(&ring[..len as usize]),
            Status::Done => return images.new,
            Status::NeedInput => panic!("the stream ends too early"),
        }
    }
}

#[test]
fn every_chunk_can_be_the_first() {
    let old = firmware(21, 150_000);
    let new = Edit::Insert { at: 70_000, bytes: vec![9; 50] }.of(old.clone());
    let new = Edit::Shift { from: 0, every: 997, by: 3 }.of(new);
    for (old, log) in [(&old[..], 14), (&old, 16), (&[], 14), (&[], 16)] {
        let stream = encode(old, &new, ChunkLog::new(log).unwrap(), &mut unwatched).unwrap();
        let header = Header::parse(stream.first_chunk().unwrap()).unwrap();
        assert!(header.chunks() >= 3);
        for chunk in 0..header.chunks() {
            assert!(resumed(old, &new, &stream, chunk) == new, "chunk {chunk} of 2^{log}");
            // What a device compares with to find the chunk.
            let end = header.chunk_end(chunk) as usize;
            let at = HEADER_LEN + chunk as usize * ENTRY_LEN;
            let tag = Entry::parse(*stream[at..].first_chunk().unwrap()).tag;
            assert_eq!(tag, Sha256::digest(&new[..end])[..4]);
        }
    }
}
