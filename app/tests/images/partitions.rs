//! The partition tables in `assets/partitions`, read by espflash's own library and by the device's code.

use esp_idf_part::{AppType, DataType, PartitionTable, SubType};
use skylift_simulator::layout::{self, DEFAULT_TABLE};
use skylift_simulator::nor::Nor;
use skylift_updater::partition::Layout;

/// File, bytes of the flash, bytes of a slot.
const TABLES: [(&str, u32, u32); 3] =
    [("4mb", 4 << 20, 0x1E_0000), ("8mb", 8 << 20, 0x3E_0000), ("16mb", 16 << 20, 0x7E_0000)];

fn table(name: &str) -> PartitionTable {
    let path = format!("{}/../assets/partitions/{name}.csv", env!("CARGO_MANIFEST_DIR"));
    let table = PartitionTable::try_from_str(std::fs::read_to_string(path).unwrap()).unwrap();
    table.validate().unwrap();
    table
}

#[test]
fn the_default_table_is_the_one_of_4_mb_byte_for_byte() {
    assert_eq!(table("4mb").to_bin().unwrap(), layout::partition_table(&DEFAULT_TABLE).unwrap());
}

#[test]
fn the_device_finds_its_way_in_each() {
    for (name, capacity, slot) in TABLES {
        let table = table(name).to_bin().unwrap();
        let mut flash = Nor::blank(capacity).unwrap();
        flash.overwrite(layout::TABLE_OFFSET, &table).unwrap();
        let layout = Layout::read(&mut flash).unwrap();
        assert_eq!(layout.slot_count(), 2, "{name}");
        assert!((0..2).all(|number| layout.slots[number].size == slot), "{name}");
        assert!(layout.journal.is_some(), "{name}: updates resume");
        // On a flash that is half as large its second slot would not be there.
        let mut small = Nor::blank(capacity / 2).unwrap();
        small.overwrite(layout::TABLE_OFFSET, &table).unwrap();
        assert!(Layout::read(&mut small).is_err(), "{name}");
    }
}

#[test]
fn they_differ_in_the_size_of_the_slots_alone() {
    let shape = |name: &str| -> Vec<(String, SubType)> {
        table(name).partitions().iter().map(|partition| (partition.name(), partition.subtype())).collect()
    };
    let first = shape("4mb");
    assert_eq!(first[3].1, SubType::App(AppType::Ota_0));
    assert_eq!(first[6], ("skylift_journal".to_owned(), SubType::Data(DataType::Undefined)));
    for (name, ..) in TABLES {
        assert_eq!(shape(name), first);
    }
}
