//! A table on a flash: whether it fits, which partition takes the app, and the otadata that names it.

use skylift_updater::otadata::{EntryIndex, Fresh, write_entry};
use skylift_updater::partition::{TABLE_OFFSET, TableError};
use skylift_updater::{BLOCK, Flash as _, SECTOR};

use super::Refusal;
use crate::usb::board::{Partition, Sectors, Table};

/// Refuses a table that the flash has no room for, or whose partitions lie over each other.
pub(super) fn check(table: &Table, flash_size: u32) -> Result<(), Refusal> {
    let needed = table.end();
    if needed > flash_size.into() {
        return Err(Refusal::TableTooLarge { needed, size: flash_size });
    }
    let mut sorted: Vec<&Partition> = table.partitions.iter().collect();
    sorted.sort_by_key(|partition| partition.offset);
    let aligned = |partition: &&Partition| {
        let border = if partition.is_app() { BLOCK } else { SECTOR };
        partition.offset.is_multiple_of(border) && partition.offset >= TABLE_OFFSET + SECTOR
    };
    let apart = sorted.windows(2).all(|pair| match pair {
        [one, next] => !one.region().overlaps(next.region()),
        _ => true,
    });
    if apart && sorted.iter().all(aligned) { Ok(()) } else { Err(Refusal::Table(TableError::Layout)) }
}

/// otadata that makes the bootloader boot `slot`, as a kept image; the two sectors of it.
///
/// # Errors
/// The table is not made for updates.
pub(super) fn fresh_otadata(table: &Table, flash_size: u32, slot: u8) -> Result<Vec<u8>, Refusal> {
    let layout = table.layout(flash_size).map_err(Refusal::Table)?;
    let mut flash = Sectors::holding(flash_size, layout.otadata.offset, &[]);
    let written = write_entry(&mut flash, &layout, EntryIndex::First, slot, Fresh::Valid);
    let mut bytes = vec![0xFF; layout.otadata.size as usize];
    let read = flash.read(layout.otadata.offset, &mut bytes);
    // Nothing of this can fail in memory.
    written.ok().and(read.ok()).map(|()| bytes).ok_or(Refusal::Table(TableError::NoOtadata))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn otadata_is_what_a_board_gets_ex_works() {
        let table = Table::for_flash(4 << 20).unwrap();
        let image = skylift_simulator::demo_image::DemoImage::default().build().unwrap();
        let layout = skylift_simulator::layout::DEFAULT_TABLE;
        let factory = skylift_simulator::layout::factory_flash(4 << 20, &layout, &image).unwrap();
        let mut factory = factory;
        let mut expected = vec![0; 0x2000];
        factory.read(0xD000, &mut expected).unwrap();
        assert_eq!(fresh_otadata(&table, 4 << 20, 0).unwrap(), expected);
        let second = fresh_otadata(&table, 4 << 20, 1).unwrap();
        assert_eq!(second[..4], [2, 0, 0, 0]);
    }

    #[test]
    fn tables_that_do_not_fit_are_refused() {
        let table = Table::for_flash(8 << 20).unwrap();
        assert_eq!(check(&table, 8 << 20), Ok(()));
        let refused = check(&table, 4 << 20).unwrap_err();
        assert!(matches!(refused, Refusal::TableTooLarge { size: 0x40_0000, .. }), "{refused}");
        let csv = "a, app, factory, 0x10000, 0x100000\nb, data, nvs, 0x20000, 0x4000";
        if let Ok(table) = Table::from_csv(csv) {
            assert_eq!(check(&table, 4 << 20), Err(Refusal::Table(TableError::Layout)));
        }
    }
}
