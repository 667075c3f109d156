//! App images: what the updater accepts, the bootloader boots; what it refuses beyond that, is refused on purpose.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skylift_fuzz::flash::Patched;
use skylift_fuzz::{Input, seal};
use skylift_protocol::Chip;
use skylift_simulator::Silicon;
use skylift_simulator::bootloader::{AppPlace, Bootloader, boot};
use skylift_simulator::layout::{TABLE_OFFSET, capacity_for, partition_table, table_with};
use skylift_updater::image::{ImageError, ImageInfo, ImageScan};

const SLOT: u32 = 0x1_0000;

fn scan(bytes: &[u8], piece: usize) -> Result<ImageInfo, ImageError> {
    let mut scan = ImageScan::new();
    for piece in bytes.chunks(piece) {
        scan.push(piece)?;
    }
    scan.finish()
}

/// The image's own chip, in a revision that its header admits; what the updater does not judge is left out.
fn silicon(bytes: &[u8]) -> Option<Silicon> {
    let half = |at: usize| Some(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    let (least, most) = (half(15)?, half(17)?);
    // Versions of the eFuse block: the device does not know its own.
    let any_block = matches!(half(208)?, 0 | 0xFFFF) && matches!(half(210)?, 0 | 0xFFFF);
    let chip = Chip::from_image_id(half(12)?);
    let admitted = most == 0 || most == u16::MAX || least <= most;
    (chip != Chip::Unknown && any_block && admitted).then_some(Silicon { chip, revision: least })
}

fn boots(bytes: &[u8], silicon: Silicon) -> bool {
    let layout = table_with(2, SLOT);
    let table = partition_table(&layout).expect("a table");
    let mut flash = Patched::new(capacity_for(&layout)).with(TABLE_OFFSET, &table).with(0x1_0000, bytes);
    boot(&mut flash, Bootloader::Stock, silicon).expect("a flash").place() == Some(AppPlace::Slot(0))
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let (sealed, piece) = (input.byte() & 1 == 0, usize::from(input.byte()) + 1);
    let bytes = input.rest();
    let bytes = if sealed { seal::image(bytes) } else { bytes.to_vec() };
    if bytes.len() > SLOT as usize {
        return;
    }
    let found = scan(&bytes, bytes.len().max(1));
    assert_eq!(scan(&bytes, piece).ok(), found.clone().ok(), "in pieces it is another image");
    let Some(silicon) = silicon(&bytes) else { return };
    match (found, boots(&bytes, silicon)) {
        (Ok(_), boots) => assert!(boots, "accepted, but not booted"),
        (Err(error), true) => assert!(
            matches!(error, ImageError::SegmentCount(0) | ImageError::NoDescriptor | ImageError::NoDigest),
            "booted, but refused: {error}"
        ),
        (Err(_), false) => {}
    }
});
