//! What is in the flash after an update is the same, however it was sent.

use skylift_simulator::layout::{capacity_for, factory_flash, table_with};
use skylift_simulator::nor::Nor;
use skylift_updater::partition::Layout;
use skylift_updater::writer::{Workspace, WriteError};

use crate::bench::{BLOCK, Device, NEW, OLD, PIECE, SIZE, Sent, WAYS};

#[test]
fn every_way_leaves_the_same_flash() {
    let mut raw = Device::new();
    raw.send(&WAYS[0], PIECE).unwrap();
    for way in &WAYS[1..] {
        let mut device = Device::new();
        let sent = device.send(way, PIECE).unwrap();
        assert_eq!(sent, Sent { fetched: way.bytes.len(), resumed: 0 });
        assert!(device.nor.bytes() == raw.nor.bytes(), "{:?}", way.encoding);
        // The flash wears as much, and no more.
        assert_eq!(device.nor.operations(), raw.nor.operations());
    }
}

#[test]
fn pieces_of_any_length_do() {
    for way in &WAYS[1..] {
        for piece in [1, 2, 3, 7, 31, 87, 88, 89, 4096, usize::MAX / 2] {
            let sent = Device::new().send(way, piece);
            assert_eq!(sent, Ok(Sent { fetched: way.bytes.len(), resumed: 0 }), "pieces of {piece}");
        }
    }
}

#[test]
fn nothing_is_erased_before_the_head_is_accepted() {
    for way in &*WAYS {
        let mut device = Device::new();
        let mut workspace = Workspace::new();
        let mut writer = device.writer(&mut workspace, way).unwrap();
        let mut nor: Nor = device.nor.clone();
        for _ in 0..1000 {
            let rest = &way.bytes[writer.position() as usize..];
            writer.push(&mut nor, rest).unwrap();
        }
        assert_eq!(writer.head().unwrap().descriptor.version.as_str(), "2.0.0");
        assert_eq!((writer.written(), nor.operations()), (0, device.nor.operations()));
        assert!(nor.bytes() == device.nor.bytes());
    }
}

#[test]
fn a_call_does_a_page_of_work() {
    for way in &*WAYS {
        let mut device = Device::new();
        let mut workspace = Workspace::new();
        let mut writer = device.writer(&mut workspace, way).unwrap();
        loop {
            let (before, written) = (device.nor.counters(), writer.written());
            let at = writer.position() as usize;
            if at == way.bytes.len() {
                break;
            }
            writer.push(&mut device.nor, &way.bytes[at..]).unwrap();
            if writer.head().is_some() && !writer.has_begun() {
                let order = skylift_updater::journal::Attempt { order_id: [b'0'; 36], manual: false };
                writer.begin(&mut device.nor, &device.layout, Some(0), &order).unwrap();
            }
            let now = device.nor.counters();
            // The page that waited for the head to be judged, and the next one.
            assert!(writer.written() - written <= 2 * 4096);
            assert!(now.blocks_erased - before.blocks_erased <= 1);
            // Every byte of a page by a line of its own at worst, and what is read back.
            assert!(now.bytes_read - before.bytes_read <= 4096 * 64 + 4 * 4096);
        }
    }
}

#[test]
fn what_was_erased_ahead_is_not_erased_again() {
    for way in &*WAYS {
        for ahead in [4096, BLOCK, BLOCK + 5 * 4096, SIZE + 4096, 5 * BLOCK] {
            let mut device = Device::new();
            let slot = device.layout.slot(1).unwrap();
            device.nor.overwrite(slot.offset, &vec![0xFF; ahead as usize]).unwrap();
            device.nor.overwrite(slot.offset + ahead, &vec![0; (slot.size - ahead) as usize]).unwrap();
            device.erased_ahead = ahead;
            let before = device.nor.counters();
            device.send(way, PIECE).unwrap();
            let now = device.nor.counters();
            let sectors =
                16 * (now.blocks_erased - before.blocks_erased) + now.sectors_erased - before.sectors_erased;
            let missing = if ahead < SIZE { SIZE.next_multiple_of(BLOCK) - ahead } else { 0 };
            // The journal is a sector of its own.
            let wanted = missing / 4096 + 1;
            assert_eq!(sectors, u64::from(wanted), "{ahead} bytes ahead");
        }
    }
}

#[test]
fn what_was_erased_ahead_is_never_resumed() {
    for way in &*WAYS {
        let mut device = Device::new();
        device.send_up_to(&WAYS[0], 2 * BLOCK);
        let slot = device.layout.slot(1).unwrap();
        device.nor.overwrite(slot.offset, &[0xFF; 4096]).unwrap();
        device.erased_ahead = 4096;
        assert_eq!(device.send(way, PIECE), Ok(Sent { fetched: way.bytes.len(), resumed: 0 }));
    }
}

#[test]
fn a_delta_builds_on_a_factory_app_too() {
    let mut table = table_with(2, 5 * BLOCK);
    let factory = skylift_simulator::layout::Partition::new("factory", 0, 0, capacity_for(&table), 5 * BLOCK);
    table.push(factory);
    let mut nor = factory_flash(capacity_for(&table), &table, &OLD).unwrap();
    nor.overwrite(factory.offset, &OLD).unwrap();
    let layout = Layout::read(&mut nor).unwrap();
    nor.overwrite(layout.slot(0).unwrap().offset, &[0; 4096]).unwrap();
    nor.overwrite(layout.otadata.offset, &vec![0xFF; layout.otadata.size as usize]).unwrap();
    let mut device = Device { nor, layout, running: None, erased_ahead: 0, new: &NEW };
    for way in &*WAYS {
        device.send(way, PIECE).unwrap();
    }
}

#[test]
fn bytes_behind_the_stream_are_refused() {
    for way in &*WAYS {
        let longer = way.with(|bytes| bytes.push(0));
        assert_eq!(Device::new().send(&longer, PIECE), Err(WriteError::Length));
    }
}

#[test]
fn an_update_that_is_not_whole_does_not_finish() {
    for way in &*WAYS {
        let mut device = Device::new();
        let mut workspace = Workspace::new();
        let mut writer = device.writer(&mut workspace, way).unwrap();
        let shorter = way.with(|bytes| bytes.truncate(bytes.len() - 1));
        device.fetch(&mut writer, &shorter, PIECE, NEW.len() as u32).unwrap();
        let ended = writer.finish(&mut device.nor, &skylift_updater::signature::Trust::Anybody);
        assert_eq!(ended.err(), Some(WriteError::Length));
    }
}
