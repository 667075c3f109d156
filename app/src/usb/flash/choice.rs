//! Which partition table a board gets, and which partition of it takes the app.

use super::{Firmware, Refusal, Scope, TableWish, Target, Wish};
use crate::usb::board::{Partition, Table};

/// The partition table that will be there.
pub(super) fn table(firmware: &Firmware, wish: &Wish, target: &Target) -> Result<Table, Refusal> {
    let own = || {
        let own = target.table.clone().filter(|own| own.layout(target.identity.flash_size).is_ok());
        own.ok_or(Refusal::NothingToKeep)
    };
    let ours = || {
        let size = target.identity.flash_size;
        Table::for_flash(size).ok_or(Refusal::SmallFlash { size })
    };
    match (&wish.table, wish.scope) {
        (_, Scope::AppOnly) | (TableWish::Keep, _) => own(),
        (TableWish::Given(table), _) => Ok(table.clone()),
        (TableWish::Fitting, _) => firmware.brought.table.clone().map_or_else(ours, Ok),
    }
}

/// The partition that takes the app. A build says where its own goes. Else, where a board keeps its table, the slot that
/// does not boot, so that the other one boots until all is there; but what is there already stays where it is.
pub(super) fn app_partition(
    firmware: &Firmware,
    table: &Table,
    target: &Target,
) -> Result<Partition, Refusal> {
    let said = firmware.brought.app_at.filter(|_| firmware.brought.table.as_ref() == Some(table));
    if let Some(offset) = said {
        let found =
            table.partitions.iter().find(|partition| partition.is_app() && partition.offset == offset);
        return found.cloned().ok_or(Refusal::NoAppPartition);
    }
    let mut slots: Vec<&Partition> =
        table.partitions.iter().filter(|partition| partition.slot().is_some()).collect();
    slots.sort_by_key(|partition| partition.slot());
    let Some(first) = slots.first() else {
        let factory = table.partitions.iter().find(|partition| partition.is_factory());
        return factory.cloned().ok_or(Refusal::NoAppPartition);
    };
    let is_same_table = target.table.as_ref().is_some_and(|own| own.partitions == table.partitions);
    let boots = target.boots.filter(|_| is_same_table);
    let boots = boots.and_then(|number| slots.iter().position(|slot| slot.slot() == Some(number)));
    let elf = firmware.app.info.descriptor().elf_sha256;
    let is_there = target.boots_elf == Some(elf) && elf != [0; 32];
    let chosen = match boots {
        Some(boots) if is_there => slots.get(boots),
        Some(boots) => slots.get((boots + 1) % slots.len()),
        None => Some(first),
    };
    Ok((*chosen.unwrap_or(first)).clone())
}
