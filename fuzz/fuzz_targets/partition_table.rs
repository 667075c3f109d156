//! Partition tables: a layout that is accepted is sound, and the bootloader sees the same slots in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skylift_fuzz::flash::Patched;
use skylift_fuzz::{Input, images, seal};
use skylift_protocol::Chip;
use skylift_simulator::bootloader::{AppPlace, BootResult, Bootloader, boot, sequence_crc};
use skylift_simulator::layout::{TABLE_LEN, TABLE_OFFSET};
use skylift_updater::partition::Layout;
use skylift_updater::{Flash as _, Region, SECTOR};

fn check(layout: &Layout, capacity: u32) {
    let singles = [Some(layout.otadata), layout.factory, layout.journal, layout.settings];
    let regions: Vec<Region> = singles.into_iter().flatten().chain(layout.slots.iter().copied()).collect();
    for (at, region) in regions.iter().enumerate() {
        assert!(u64::from(region.offset) + u64::from(region.size) <= u64::from(capacity), "{region:?}");
        assert!(region.size > 0 && region.offset >= TABLE_OFFSET + SECTOR, "{region:?}");
        assert!(regions[at + 1..].iter().all(|other| !other.overlaps(*region)), "{region:?}");
    }
    assert!((2..=4).contains(&layout.slots.len()));
}

/// otadata's first entry, so that it names this slot.
fn entry(slot: usize) -> [u8; 32] {
    let sequence = slot as u32 + 1;
    let mut entry = [0xFF; 32];
    entry[..4].copy_from_slice(&sequence.to_le_bytes());
    entry[28..].copy_from_slice(&sequence_crc(sequence).to_le_bytes());
    entry
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let how = input.byte();
    let capacity = if how & 2 == 0 { 4 << 20 } else { 16 << 20 };
    let bytes = input.rest();
    let mut table = [0xFF; TABLE_LEN];
    let len = bytes.len().min(TABLE_LEN);
    table[..len].copy_from_slice(&bytes[..len]);
    if how & 1 == 0 {
        seal::table(&mut table);
    }
    let blank = Patched::new(capacity).with(TABLE_OFFSET, &table);
    let Ok(layout) = Layout::read(&mut blank.clone()) else { return };
    check(&layout, blank.capacity());
    for (number, slot) in layout.slots.iter().enumerate() {
        let entry = entry(number);
        let mut flash = blank.clone().with(slot.offset, images::good()).with(layout.otadata.offset, &entry);
        let booted = boot(&mut flash, Bootloader::Stock, Chip::Esp32C3).expect("a flash");
        let BootResult::Booted { place, offset, size, .. } = booted else {
            panic!("the bootloader does not boot slot {number}")
        };
        assert_eq!((place, offset, size), (AppPlace::Slot(number as u8), slot.offset, slot.size));
    }
});
