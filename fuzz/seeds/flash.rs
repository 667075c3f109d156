//! What lies in a device's flash: tables, otadata, journals, NVS and the record of networks.

use skylift_fuzz::flash::Patched;
use skylift_protocol::{Floor, Network, Networks, Password, bounded};
use skylift_provisioning::Provisioning;
use skylift_simulator::layout::{
    APP, DEFAULT_TABLE, FACTORY, Partition, TABLE_OFFSET, TEST, capacity_for, partition_table, table_with,
};
use skylift_updater::journal::{Attempt, EndCode, Journal, Mark, Subject, mark_block, set_mark};
use skylift_updater::otadata::{EntryIndex, Fresh, abort, spend_attempt, validate, write_entry};
use skylift_updater::partition::Layout;
use skylift_updater::{Flash as _, Region};

use super::Seeds;

const REGION: Region = Region { offset: 0x1000, size: 0x2000 };

pub fn add(seeds: &mut Seeds<'_>) {
    tables(seeds);
    otadata(seeds);
    journals(seeds);
    let networks = networks(seeds);
    nvs(seeds, &networks);
}

fn tables(seeds: &mut Seeds<'_>) {
    let mut tables = vec![
        DEFAULT_TABLE.to_vec(),
        table_with(2, 0x1_0000),
        table_with(4, 0x2_0000),
        table_with(5, 0x1_0000),
    ];
    let mut with_others = table_with(3, 0x2_0000);
    with_others.push(Partition::new("factory", APP, FACTORY, 0x10_0000, 0x1_0000));
    with_others.push(Partition::new("test", APP, TEST, 0x11_0000, 0x1_0000));
    tables.push(with_others);
    for table in tables {
        let bytes = partition_table(&table).expect("a table");
        seeds.add("partition_table", &[0], &bytes[..32 * table.len()]);
        seeds.add("partition_table", &[1], &bytes[..32 * (table.len() + 2)]);
    }
}

/// All that the updater does to otadata, one after the other.
fn otadata(seeds: &mut Seeds<'_>) {
    let partitions = table_with(3, 0x1_0000);
    let table = partition_table(&partitions).expect("a table");
    let mut flash = Patched::new(capacity_for(&partitions)).with(TABLE_OFFSET, &table);
    let layout = Layout::read(&mut flash).expect("a layout");
    let (first, second) = (EntryIndex::First, EntryIndex::Second);
    let mut keep = |flash: &mut Patched<'_>| {
        let mut entries = [[0; 32]; 2];
        for (entry, at) in entries.iter_mut().zip([0, 4096]) {
            flash.read(layout.otadata.offset + at, entry).expect("a flash");
        }
        seeds.add("otadata", &[0x04], entries.concat());
        seeds.add("otadata", &[0x17], entries.concat());
    };
    keep(&mut flash);
    for (over, slot, fresh) in [(first, 0, Fresh::Valid), (second, 1, Fresh::Guarded), (first, 2, Fresh::New)]
    {
        write_entry(&mut flash, &layout, over, slot, fresh).expect("an entry");
        keep(&mut flash);
    }
    spend_attempt(&mut flash, &layout, second).expect("an attempt");
    keep(&mut flash);
    validate(&mut flash, &layout, second).expect("a validation");
    keep(&mut flash);
    abort(&mut flash, &layout, first).expect("an abort");
    keep(&mut flash);
}

fn journals(seeds: &mut Seeds<'_>) {
    let mut flash = Patched::new(0x3000);
    let subject = Subject { file_sha256: [1; 32], image_sha256: [2; 32], size: 300_000, slot: 1 };
    Journal::begin(&mut flash, REGION, subject).expect("a journal");
    let keep = |flash: &mut Patched<'_>, seeds: &mut Seeds<'_>| {
        let mut cells = [0; 0x480];
        flash.read(REGION.offset, &mut cells).expect("a flash");
        seeds.add("journal", &[0], cells);
    };
    keep(&mut flash, seeds);
    for number in 0..2 {
        let journal = Journal::read(&mut flash, REGION).expect("a flash").expect("a journal");
        let attempt = Attempt { order_id: [b'a' + number; 36], manual: number == 1 };
        journal.add_attempt(&mut flash, REGION, &attempt).expect("an attempt");
        mark_block(&mut flash, REGION, number.into()).expect("a block");
        let journal = Journal::read(&mut flash, REGION).expect("a flash").expect("a journal");
        journal.set_end(&mut flash, REGION, EndCode(number.into())).expect("an end");
        keep(&mut flash, seeds);
    }
    set_mark(&mut flash, REGION, Mark::Written).expect("a mark");
    keep(&mut flash, seeds);
}

fn networks(seeds: &mut Seeds<'_>) -> Networks {
    let network = |ssid: &str, password: &str| Network {
        ssid: bounded(ssid),
        password: Password::new(password).expect("a password"),
    };
    let mut networks = Networks::new();
    for (ssid, password) in
        [("den", "open sesame"), ("Café", ""), ("shed", &"ab".repeat(32)), ("lab", "12345678")]
    {
        networks = networks.with_first(network(ssid, password));
        seeds.add("networks", &[], networks.to_record());
    }
    networks
}

fn nvs(seeds: &mut Seeds<'_>, networks: &Networks) {
    let mut flash = Patched::new(0x3000);
    let provisioning = Provisioning {
        name: "bench 1".to_owned(),
        bootloader_rolls_back: true,
        secure_floor: Floor::At(7),
        networks: networks.clone(),
        ..Provisioning::default()
    };
    provisioning.write(&mut flash, REGION).expect("a partition");
    let mut keep = |flash: &mut Patched<'_>, len: usize| {
        let mut cells = vec![0; len];
        flash.read(REGION.offset, &mut cells).expect("a flash");
        seeds.add("nvs", &[0], &cells);
    };
    keep(&mut flash, 800);
    // Until a page is full, and its entries move to the next.
    for round in 0..40 {
        Provisioning::store_name(&mut flash, REGION, &format!("a somewhat longer name {round}"))
            .expect("a name");
    }
    keep(&mut flash, 0x2000);
}
