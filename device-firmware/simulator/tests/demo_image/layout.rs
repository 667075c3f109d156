//! Partition tables, and the flash that a first flash over USB leaves.

use sha2::{Digest, Sha256};
use skylift_simulator::demo_image::DemoImage;
use skylift_simulator::layout::{
    self, APP, DATA, DEFAULT_CAPACITY, DEFAULT_TABLE, FACTORY, LayoutError, OTA_0, Partition, TABLE_LEN,
};

use super::hex;

/// The digest is of what ESP-IDF's gen_esp32part.py made of the same table.
#[test]
fn the_default_table_is_as_esp_idf_would_make_it() {
    let table = layout::partition_table(&DEFAULT_TABLE).unwrap();
    assert_eq!(hex(&table[0xF0..0x100]), "08defee930a49b2faa1e30c73b0c5ad8");
    let whole = "bf22237014e1db18d575922a85b25ad2147597ba38f7fc23b5973ac302e7408a";
    assert_eq!(hex(&Sha256::digest(table)), whole);
    let mut end = 0x9000;
    for partition in DEFAULT_TABLE {
        assert_eq!(partition.offset, end, "{} begins where the one before ends", partition.label);
        end += partition.size;
    }
    assert!(end <= DEFAULT_CAPACITY);
}

#[test]
fn tables_of_other_shapes() {
    assert_eq!(layout::table_with(2, 0x1E_0000), DEFAULT_TABLE);
    assert_eq!(layout::capacity_for(&DEFAULT_TABLE), 0x3F_0000);
    let small = layout::table_with(3, 0x1_8000);
    let slots: Vec<_> =
        small.iter().filter(|part| part.kind == APP).map(|part| (part.subtype, part.offset)).collect();
    assert_eq!(slots, [(0x10, 0x1_0000), (0x11, 0x3_0000), (0x12, 0x5_0000)]);
    assert_eq!(layout::capacity_for(&small), 0x9_0000);
    assert_eq!(layout::table_with(16, 0x1_0000).len(), 21);
    assert_eq!(layout::table_with(99, 0x1_0000).len(), 21);
    assert!(layout::capacity_for(&[]) >= 0x9000);
}

#[test]
fn a_table_has_room_for_94_entries() {
    let entry = Partition::new("sixteen_letters_", DATA, 0x06, 0x9000, 0x1000);
    let table = layout::partition_table(&[entry; 94]).unwrap();
    assert_eq!(
        (table.len(), &table[94 * 32..94 * 32 + 2], table[95 * 32]),
        (TABLE_LEN, &[0xEB, 0xEB][..], 0xFF)
    );
    assert_eq!(&table[12..28], b"sixteen_letters_");
    assert!(matches!(layout::partition_table(&[entry; 95]), Err(LayoutError::Entries(95))));
    let long = Partition { label: "seventeen_letters", ..entry };
    assert!(matches!(layout::partition_table(&[long]), Err(LayoutError::Label(_))));
}

#[test]
fn the_factory_flash_holds_table_otadata_and_image() {
    let image = DemoImage::default().build().unwrap();
    let nor = layout::factory_flash(DEFAULT_CAPACITY, &DEFAULT_TABLE, &image).unwrap();
    let mut expected = vec![0xFF; DEFAULT_CAPACITY as usize];
    expected[0x8000..0x8C00].copy_from_slice(&layout::partition_table(&DEFAULT_TABLE).unwrap());
    expected[0xD000..0xD004].copy_from_slice(&[1, 0, 0, 0]);
    expected[0xD018..0xD020].copy_from_slice(&[2, 0, 0, 0, 0x9A, 0x98, 0x43, 0x47]);
    expected[0x1_0000..0x1_0000 + image.len()].copy_from_slice(&image);
    assert!(nor.bytes() == expected);
    assert_eq!(nor.operations(), 0);
}

#[test]
fn a_flash_that_cannot_be_is_refused() {
    let image = DemoImage { size: 0x2_0000, ..DemoImage::default() }.build().unwrap();
    let flash = |capacity, table: &[Partition]| layout::factory_flash(capacity, table, &image).err();
    let small = layout::table_with(2, 0x1_0000);
    let message = flash(0x10_0000, &small).unwrap().to_string();
    assert_eq!(message, "the image has 131072 bytes, the slot 65536");
    let missing = |table: &[Partition]| flash(0x10_0000, table).unwrap().to_string();
    assert_eq!(missing(&small[..2]), "the partition table has no partition `ota_0`");
    let factory = Partition::new("factory", APP, FACTORY, 0x1_0000, 0x4_0000);
    assert_eq!(missing(&[small[0], factory]), "the partition table has no partition `otadata`");
    let beyond = Partition::new("ota_0", APP, OTA_0, 0xF_0000, 0x4_0000);
    assert_eq!(missing(&[small[1], beyond]), "a partition reaches beyond the end of the flash");
    assert!(matches!(flash(1000, &DEFAULT_TABLE), Some(LayoutError::Flash(_))));
}
