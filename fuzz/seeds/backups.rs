//! Seeds for backups of boards.

use skylift_fuzz::backup::{FLASH, backup};
use skylift_simulator::layout::{DATA, NVS, OTADATA, Partition, partition_table};

use super::Seeds;

pub fn add(seeds: &mut Seeds<'_>) {
    let rows = [
        Partition::new("nvs", DATA, NVS, 0x9000, 0x4000),
        Partition::new("otadata", DATA, OTADATA, 0xD000, 0x2000),
        Partition::new("skylift", DATA, NVS, 0xF000, 0x2000),
    ];
    for rows in [&rows[..], &rows[..1], &[]] {
        let table = partition_table(rows).expect("a table");
        seeds.add("backup", &[1], table);
        let mut flash = [0xFF; FLASH];
        flash[0x8000..0x8000 + table.len()].copy_from_slice(&table);
        let file = backup(&flash);
        seeds.add("backup", &[0], &file);
        seeds.add("backup", &[0], &file[..file.len() / 2]);
    }
}
