//! Where an update goes on after a cut: by content, never beyond what the journal calls verified, at most a chunk again.

use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};
use skylift_updater::journal::{Journal, mark_blocks};
use skylift_updater::writer::{Encoding, Workspace, WriteError};

use crate::bench::{BLOCK, Device, NEW, OLD, PIECE, SIZE, Sending, Sent, WAYS, image};

/// Bytes that are resumed of so many verified ones.
fn resumes_at(way: &Sending, verified: u32) -> u32 {
    if verified == SIZE { SIZE } else { verified / way.grain * way.grain }
}

/// Bytes that are sent when the update goes on behind so many of the file.
fn sent_behind(way: &Sending, resumed: u32) -> usize {
    if way.encoding == Encoding::Raw {
        return way.bytes.len() - resumed as usize;
    }
    let chunks = resumed.div_ceil(way.grain) as usize;
    let from = if chunks == 0 { way.head_len() } else { way.ends()[chunks - 1] };
    way.head_len() + way.bytes.len() - from
}

#[test]
fn an_update_goes_on_at_every_page_and_in_every_way() {
    for first in &*WAYS {
        for page in (0..=SIZE).step_by(5 * 4096) {
            let mut cut = Device::new();
            cut.send_up_to(first, page);
            let verified = cut.journal().map_or(0, |journal| journal.verified_blocks * BLOCK);
            assert!(verified <= page.next_multiple_of(4096));
            for second in &*WAYS {
                let resumed = resumes_at(second, verified);
                let sent = cut.clone().send(second, PIECE).unwrap();
                assert_eq!(sent, Sent { fetched: sent_behind(second, resumed), resumed });
                assert!(verified - resumed < second.grain);
            }
        }
    }
}

#[test]
fn what_the_journal_does_not_know_comes_again_though_it_is_there() {
    for way in &*WAYS {
        for blocks in 0..=3 {
            let mut device = Device::new();
            let slot = device.layout.slot(1).unwrap();
            device.nor.overwrite(slot.offset, &NEW).unwrap();
            let journal = device.layout.journal.unwrap();
            let subject = device.subject();
            Journal::begin(&mut device.nor, journal, subject).unwrap();
            mark_blocks(&mut device.nor, journal, blocks).unwrap();
            let resumed = resumes_at(way, blocks * BLOCK);
            let before = device.nor.counters();
            let sent = device.send(way, PIECE).unwrap();
            assert_eq!(sent, Sent { fetched: sent_behind(way, resumed), resumed });
            // All behind it was erased again.
            let now = device.nor.counters();
            let erased = BLOCK * (now.blocks_erased - before.blocks_erased) as u32
                + 4096 * (now.sectors_erased - before.sectors_erased) as u32;
            assert!(erased >= SIZE - resumed);
        }
        let mut device = Device::new();
        let slot = device.layout.slot(1).unwrap();
        device.nor.overwrite(slot.offset, &NEW).unwrap();
        assert_eq!(device.send(way, PIECE), Ok(Sent { fetched: way.bytes.len(), resumed: 0 }));
    }
}

#[test]
fn an_encoded_update_goes_on_before_what_is_not_as_it_was() {
    for way in WAYS.iter().filter(|way| way.encoding != Encoding::Raw) {
        for at in (0..3 * BLOCK).step_by(23 * 1024) {
            let mut device = Device::new();
            device.send_up_to(&WAYS[0], SIZE);
            let slot = device.layout.slot(1).unwrap();
            device.nor.overwrite(slot.offset + at, &[!NEW[at as usize]]).unwrap();
            let resumed = at / way.grain * way.grain;
            let resumed = resumed.min(resumes_at(way, 3 * BLOCK));
            assert_eq!(device.send(way, PIECE), Ok(Sent { fetched: sent_behind(way, resumed), resumed }));
        }
    }
}

/// Blocks that are erased again are not called verified while they are.
#[test]
fn the_journal_takes_back_what_is_written_again() {
    for way in &*WAYS {
        let mut device = Device::new();
        device.send_up_to(&WAYS[0], SIZE);
        let slot = device.layout.slot(1).unwrap();
        device.nor.overwrite(slot.offset + BLOCK + 4096, &[!NEW[BLOCK as usize + 4096]]).unwrap();
        let mut workspace = Workspace::new();
        let mut writer = device.writer(&mut workspace, way).unwrap();
        if way.encoding == Encoding::Raw {
            continue;
        }
        // One page further, and the block after the first is erased.
        while !writer.has_begun() {
            let written = writer.written() + 1;
            device.fetch(&mut writer, way, PIECE, written).unwrap();
        }
        let verified = device.journal().unwrap().verified_blocks * BLOCK;
        assert!(verified <= writer.resumed(), "{:?}", way.encoding);
        assert_eq!(verified, writer.resumed() / BLOCK * BLOCK);
    }
}

/// A tag has four bytes: one that fits by chance is found out by the digest, and then the update begins anew.
#[test]
fn a_tag_that_lies_is_found_out_by_the_digest() {
    for way in WAYS.iter().filter(|way| way.encoding != Encoding::Raw && way.grain <= BLOCK) {
        let mut device = Device::new();
        device.send_up_to(&WAYS[0], BLOCK);
        let slot = device.layout.slot(1).unwrap();
        device.nor.overwrite(slot.offset + 5000, &[!NEW[5000]]).unwrap();
        let lying = way.with(|bytes| {
            for (chunk, at) in (88..).step_by(8).take(way.header().chunks() as usize).enumerate() {
                let end = way.header().chunk_end(chunk as u32) as usize;
                let tag = Sha256::digest(&device.slot(1)[..end]);
                bytes[at + 4..at + 8].copy_from_slice(&tag[..4]);
            }
        });
        let ended = device.send(&lying, PIECE);
        assert!(matches!(ended, Err(WriteError::FileDigest | WriteError::Image(_))), "{ended:?}");
        assert_eq!(device.journal(), None);
        assert_eq!(device.send(way, PIECE), Ok(Sent { fetched: way.bytes.len(), resumed: 0 }));
    }
}

#[test]
fn when_everything_is_there_no_payload_is_sent() {
    static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| image("2.0.0", 1, 3 * BLOCK));
    for log in [12, 16, 17] {
        for way in [Sending::compressed(&WHOLE, log), Sending::delta(&OLD, &WHOLE, log)] {
            let mut device = Device { new: &WHOLE, ..Device::new() };
            device.send_up_to(&Sending::raw(&WHOLE), 3 * BLOCK);
            let sent = device.send(&way, PIECE);
            assert_eq!(sent, Ok(Sent { fetched: way.head_len(), resumed: 3 * BLOCK }));
        }
    }
}

#[test]
fn without_a_journal_everything_comes_again() {
    for way in &*WAYS {
        let mut device = Device::new();
        device.layout.journal = None;
        device.send_up_to(way, 3 * BLOCK);
        assert_eq!(device.send(way, PIECE), Ok(Sent { fetched: way.bytes.len(), resumed: 0 }));
    }
}
