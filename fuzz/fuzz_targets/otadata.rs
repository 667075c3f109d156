//! otadata: the updater and the bootloader follow the same entry, whatever both hold, and before and after the switch.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skylift_fuzz::flash::Patched;
use skylift_fuzz::{Input, images, seal};
use skylift_protocol::Chip;
use skylift_simulator::bootloader::{AppPlace, Bootloader, boot};
use skylift_simulator::layout::{TABLE_OFFSET, capacity_for, partition_table, table_with};
use skylift_updater::otadata::{EntryIndex, Fresh, OtaData, OtaDataError, abort, validate, write_entry};
use skylift_updater::partition::Layout;

/// No sequence from here on is written over: see `SPEC.md`.
const HIGH: u32 = 0xFFFF_FEF0;

fn booted(flash: &Patched<'_>, kind: Bootloader) -> Option<AppPlace> {
    boot(&mut flash.clone(), kind, Chip::Esp32C3).expect("a flash").place()
}

/// What the updater follows, if anything: the entry, and the slot that it names.
fn followed(flash: &mut Patched<'_>, layout: &Layout) -> Option<(EntryIndex, u8)> {
    let ota = OtaData::read(flash, layout).expect("a flash");
    ota.active().map(|copy| (copy, ota.entry(copy).slot(layout)))
}

/// The switch to another slot, and both ways on from there.
fn switch(flash: &Patched<'_>, layout: &Layout, slot: u8, fresh: Fresh) {
    let mut flash = flash.clone();
    let before = followed(&mut flash, layout);
    let old = booted(&flash, Bootloader::Stock);
    let over = before.map_or(EntryIndex::First, |(copy, _)| copy.other());
    if let Err(error) = write_entry(&mut flash, layout, over, slot, fresh) {
        assert_eq!(error, OtaDataError::Exhausted);
        let ota = OtaData::read(&mut flash, layout).expect("a flash");
        let whole = [EntryIndex::First, EntryIndex::Second].map(|copy| *ota.entry(copy));
        assert!(whole.iter().any(|entry| entry.is_whole() && entry.sequence >= HIGH));
        return;
    }
    assert_eq!(followed(&mut flash, layout), Some((over, slot)));
    for kind in [Bootloader::Stock, Bootloader::Rollback] {
        assert_eq!(booted(&flash, kind), Some(AppPlace::Slot(slot)), "{kind:?} after the switch");
    }
    let mut kept = flash.clone();
    validate(&mut kept, layout, over).expect("it validates");
    assert_eq!(booted(&kept, Bootloader::Stock), Some(AppPlace::Slot(slot)));
    abort(&mut flash, layout, over).expect("it is aborted");
    assert_eq!(followed(&mut flash, layout), before);
    if before.is_some() {
        assert_eq!(booted(&flash, Bootloader::Stock), old);
    }
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let how = input.byte();
    let mut entries: [[u8; 32]; 2] = [input.array(), input.array()];
    for (entry, sealed) in entries.iter_mut().zip([how & 1 == 0, how & 2 == 0]) {
        if sealed {
            seal::otadata(entry);
        }
    }
    let partitions = table_with(2 + (how >> 2) % 3, 0x1_0000);
    let table = partition_table(&partitions).expect("a table");
    let mut flash = Patched::new(capacity_for(&partitions)).with(TABLE_OFFSET, &table);
    let layout = Layout::read(&mut flash).expect("a layout");
    for slot in &layout.slots {
        flash = flash.with(slot.offset, images::good());
    }
    flash = flash.with(layout.otadata.offset, &entries[0]).with(layout.otadata.offset + 4096, &entries[1]);
    if let Some((_, slot)) = followed(&mut flash, &layout) {
        assert_eq!(booted(&flash, Bootloader::Stock), Some(AppPlace::Slot(slot)));
    }
    let slot = (how >> 4) % layout.slots.len() as u8;
    for fresh in [Fresh::Guarded, Fresh::New, Fresh::Valid] {
        switch(&flash, &layout, slot, fresh);
    }
});
