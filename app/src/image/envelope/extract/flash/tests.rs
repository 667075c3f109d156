//! Partition tables, against the reader that the cable uses, which shares nothing with this one.

use super::*;
use crate::usb::board;

const CSV: &str = "# Name, Type, SubType, Offset, Size, Flags\n\
    nvs,      data, nvs,      0x9000,   0x6000,\n\
    otadata,  data, ota,      0xf000,   0x2000,\n\
    ota_1,    app,  ota_1,    0x120000, 0x100000,\n\
    ota_0,    app,  ota_0,    0x20000,  0x100000,\n\
    nvs_key,  data, nvs_keys, 0x220000, 0x1000, encrypted\n\
    files,    data, spiffs,   0x230000, 0x40000,\n\
    own,      0x40, 0x01,     0x270000, 0x1001,\n";

#[test]
fn tables_are_those_that_are_flashed_over_the_cable() {
    let table = Table::decode(CSV.as_bytes()).unwrap();
    let bytes = table.encode();
    let read = board::Table::from_bytes(&bytes).unwrap();
    let mut sorted = table.0.clone();
    sorted.sort_by_key(|partition| partition.offset);
    let ours: Vec<_> =
        sorted.iter().map(|it| (it.name.as_str(), it.kind, it.subtype, it.offset, it.size)).collect();
    let theirs: Vec<_> = read
        .partitions
        .iter()
        .map(|it| (it.label.as_str(), it.kind, it.subtype, it.offset, it.size))
        .collect();
    assert_eq!(ours, theirs);
    let made = board::Table::from_csv(&in_order(CSV)).unwrap();
    assert_eq!((&bytes[..0xC00], &bytes[0xC00..]), (&made.bytes[..], &[0xFF; 0x400][..]));
    assert_eq!(Table::decode(&bytes).unwrap().encode(), bytes);
}

#[test]
fn what_is_needed_is_found() {
    let table = Table::decode(CSV.as_bytes()).unwrap();
    assert_eq!(table.app().unwrap().name, "ota_0");
    assert_eq!(table.otadata().unwrap().offset, 0xF000);
    assert_eq!(table.smallest_slot(), Some(0x10_0000));
    // The last one ends within a sector.
    assert_eq!(table.end(), 0x27_2000);
}

#[test]
fn a_flash_is_as_large_as_it_must_be() {
    let sizes = [(0, 0), (1 << 20, 0), ((1 << 20) + 1, 1), (4 << 20, 2), (128 << 20, 7)];
    for (bytes, log2) in sizes {
        assert_eq!(settings::covering(bytes), Some(log2), "{bytes}");
    }
    assert_eq!(settings::covering((128 << 20) + 1), None);
}

/// The lines in the order of their offsets, as the other reader keeps them.
fn in_order(csv: &str) -> String {
    let mut lines: Vec<&str> = csv.lines().collect();
    lines.swap(3, 4);
    lines.join("\n")
}
