//! What is refused before anything is erased, and what is found out later; the running image is there all the while.

use skylift_updater::BLOCK;
use skylift_updater::journal::Subject;
use skylift_updater::stream::StreamError;
use skylift_updater::writer::{Encoding, Workspace, WriteError, Writer};

use crate::bench::{Device, NEW, OLD, PIECE, Sending, WAYS};

/// It ends so, and nothing at all was written.
#[track_caller]
fn refused(device: &mut Device, sending: &Sending, why: WriteError) {
    let (before, operations) = (device.nor.bytes().to_vec(), device.nor.operations());
    assert_eq!(device.send(sending, PIECE), Err(why));
    assert_eq!(device.nor.operations(), operations, "{why}");
    assert!(device.nor.bytes() == before);
}

fn deltas() -> impl Iterator<Item = &'static Sending> {
    WAYS.iter().filter(|way| matches!(way.encoding, Encoding::Delta { .. }))
}

fn encoded() -> impl Iterator<Item = &'static Sending> {
    WAYS.iter().filter(|way| way.encoding != Encoding::Raw)
}

#[test]
fn a_delta_against_another_image_writes_nothing() {
    for way in deltas() {
        for at in [0, 4095, 4096, OLD.len() / 2, OLD.len() - 1] {
            let mut device = Device::new();
            let slot = device.layout.slot(0).unwrap();
            device.nor.overwrite(slot.offset + at as u32, &[OLD[at] ^ 0x10]).unwrap();
            refused(&mut device, way, WriteError::WrongBase);
        }
        let mut newest = Device::new();
        let slot = newest.layout.slot(0).unwrap();
        newest.nor.overwrite(slot.offset, &NEW).unwrap();
        refused(&mut newest, way, WriteError::WrongBase);
    }
}

#[test]
fn a_delta_against_more_than_the_slot_holds_writes_nothing() {
    for way in deltas() {
        let mut device = Device::new();
        let longer = way.with(|bytes| bytes[8..12].copy_from_slice(&(5 * BLOCK + 1).to_le_bytes()));
        refused(&mut device, &longer, WriteError::WrongBase);
        device.running = None;
        refused(&mut device, way, WriteError::WrongBase);
    }
}

#[test]
fn a_stream_of_another_kind_or_file_than_ordered_writes_nothing() {
    let mismatch = WriteError::Stream(StreamError::Mismatch);
    for way in encoded() {
        let size = way.bytes.len() as u32;
        let other = match way.encoding {
            Encoding::Delta { .. } => Encoding::Compressed { size },
            _ => Encoding::Delta { size },
        };
        refused(&mut Device::new(), &Sending { encoding: other, ..way.clone() }, mismatch);
        for size in [size - 1, size + 1] {
            let encoding = match way.encoding {
                Encoding::Delta { .. } => Encoding::Delta { size },
                _ => Encoding::Compressed { size },
            };
            refused(&mut Device::new(), &Sending { encoding, ..way.clone() }, mismatch);
        }
        let smaller = way.with(|bytes| bytes[12..16].copy_from_slice(&(NEW.len() as u32 - 1).to_le_bytes()));
        refused(&mut Device::new(), &smaller, mismatch);
        refused(&mut Device::new(), &way.with(|bytes| bytes[60] ^= 1), mismatch);
        refused(&mut Device::new(), &way.with(|bytes| bytes[16] ^= 1), mismatch);
    }
}

#[test]
fn what_is_no_stream_writes_nothing() {
    for way in encoded() {
        for at in [0, 1, 2, 3, 4, 6, 7, 20, 21, 22, 23] {
            let broken = way.with(|bytes| bytes[at] ^= 0x20);
            refused(&mut Device::new(), &broken, WriteError::Stream(StreamError::Header));
        }
        for log in [0, 11, 29, 255] {
            let broken = way.with(|bytes| bytes[5] = log);
            refused(&mut Device::new(), &broken, WriteError::Stream(StreamError::Header));
        }
        let raw = Sending { bytes: NEW[..way.bytes.len()].to_vec(), ..way.clone() };
        refused(&mut Device::new(), &raw, WriteError::Stream(StreamError::Header));
    }
}

#[test]
fn a_table_that_contradicts_itself_writes_nothing() {
    for way in encoded() {
        let entries = way.header().chunks() as usize;
        for entry in 0..entries {
            for end in [0, 3, u32::MAX, way.header().payload + 1] {
                let at = 88 + 8 * entry;
                let broken = way.with(|bytes| bytes[at..at + 4].copy_from_slice(&end.to_le_bytes()));
                refused(&mut Device::new(), &broken, WriteError::Stream(StreamError::Table));
            }
        }
    }
}

#[test]
fn a_delta_to_the_running_slot_is_none() {
    let mut device = Device::new();
    for way in &*WAYS {
        let subject = Subject { slot: 0, ..device.subject() };
        let (mut workspace, layout) = (Workspace::new(), &device.layout);
        let writer = Writer::new(&mut device.nor, &mut workspace, layout, Some(0), subject, way.encoding, 0);
        assert_eq!(writer.err(), Some(WriteError::Slot));
    }
}

#[test]
fn damage_in_the_payload_leaves_the_running_image_and_no_journal() {
    for way in encoded() {
        let payload = way.bytes.len() - way.head_len();
        for part in 1..8 {
            let at = way.head_len() + payload * part / 8;
            let mut device = Device::new();
            let (running, otadata) = (device.slot(0).to_vec(), device.otadata().to_vec());
            let broken = way.with(|bytes| bytes[at] ^= 4);
            let ended = device.send(&broken, PIECE).unwrap_err();
            assert!(
                matches!(
                    ended,
                    WriteError::Stream(StreamError::Corrupt | StreamError::Truncated)
                        | WriteError::Image(_)
                        | WriteError::FileDigest
                ),
                "{ended}"
            );
            assert!(device.slot(0) == running && device.otadata() == otadata);
            assert_eq!(device.journal(), None);
            device.send(way, PIECE).unwrap();
        }
    }
}

#[test]
fn a_base_that_changes_after_it_was_checked_makes_no_image() {
    for way in deltas() {
        let mut device = Device::new();
        let mut workspace = Workspace::new();
        let mut writer = device.writer(&mut workspace, way).unwrap();
        device.fetch(&mut writer, way, PIECE, 4096).unwrap();
        let slot = device.layout.slot(0).unwrap();
        device.nor.overwrite(slot.offset + 2 * BLOCK, &[0x5A; 16 << 10]).unwrap();
        let ended = device.fetch(&mut writer, way, PIECE, u32::MAX).and_then(|_| {
            let trust = skylift_updater::signature::Trust::Anybody;
            writer.finish(&mut device.nor, &trust).map(|_| ())
        });
        assert!(ended.is_err());
        assert_eq!(device.journal(), None);
    }
}
