//! `partitions.csv` of a backup: the partition table as ESP-IDF writes it.
//!
//! Format: ESP-IDF Programming Guide, "Partition Tables"; `gen_esp32part.py` makes a table of it.

use super::contents::{APP, Partition};

/// `type` of a data partition.
const DATA: u8 = 1;

/// The table of `partitions`.
pub(super) fn table(partitions: &[Partition]) -> String {
    if partitions.is_empty() {
        return "# There was no partition table at 0x8000.\n".to_owned();
    }
    let header = "# Name, Type, SubType, Offset, Size, Flags\n".to_owned();
    partitions.iter().fold(header, |table, partition| table + &line(partition))
}

fn line(it: &Partition) -> String {
    let (kind, subtype) = (kind(it.kind), subtype(it.kind, it.subtype));
    format!("{}, {kind}, {subtype}, {:#x}, {:#x}, {}\n", it.name, it.offset, it.size, flags(it.flags))
}

fn kind(kind: u8) -> String {
    match kind {
        APP => "app".to_owned(),
        DATA => "data".to_owned(),
        other => format!("{other:#04x}"),
    }
}

fn subtype(kind: u8, subtype: u8) -> String {
    let name = match (kind, subtype) {
        (APP, 0x00) => "factory",
        (APP, 0x10..=0x1F) => return format!("ota_{}", subtype - 0x10),
        (APP, 0x20) => "test",
        (DATA, 0x00) => "ota",
        (DATA, 0x01) => "phy",
        (DATA, 0x02) => "nvs",
        (DATA, 0x03) => "coredump",
        (DATA, 0x04) => "nvs_keys",
        (DATA, 0x05) => "efuse",
        (DATA, 0x06) => "undefined",
        (DATA, 0x81) => "fat",
        (DATA, 0x82) => "spiffs",
        (DATA, 0x83) => "littlefs",
        _ => return format!("{subtype:#04x}"),
    };
    name.to_owned()
}

fn flags(flags: u32) -> &'static str {
    match flags & 3 {
        1 => "encrypted",
        2 => "readonly",
        3 => "encrypted:readonly",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(kind: u8, subtype: u8, flags: u32) -> Partition {
        Partition { name: "x".to_owned(), kind, subtype, offset: 0x9000, size: 0x4000, flags }
    }

    #[test]
    fn tables_are_written_as_esp_idf_reads_them() {
        for (it, line) in [
            (partition(0, 0, 0), "x, app, factory, 0x9000, 0x4000, "),
            (partition(0, 0x1F, 1), "x, app, ota_15, 0x9000, 0x4000, encrypted"),
            (partition(1, 0, 2), "x, data, ota, 0x9000, 0x4000, readonly"),
            (partition(1, 0x99, 3), "x, data, 0x99, 0x9000, 0x4000, encrypted:readonly"),
            (partition(0x40, 7, 0), "x, 0x40, 0x07, 0x9000, 0x4000, "),
        ] {
            assert_eq!(table(&[it]).lines().nth(1), Some(line));
        }
        assert!(table(&[]).starts_with("# There was no partition table"));
    }
}
