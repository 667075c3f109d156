//! Toit's snapshots: what is converted is an image that names what it was made of, and moves as one piece.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skylift::image::envelope::relocatable::Relocatable;
use skylift::image::envelope::snapshot::{Bundle, convert, has_function};
use skylift::image::envelope::{Uuid, WordSize};
use skylift_fuzz::Input;
use skylift_fuzz::toit::{bundle, sealed};

const ID: Uuid = Uuid([1; 16]);
const SYSTEM: Uuid = Uuid([2; 16]);

fn converted(bundle: &Bundle, word: WordSize) {
    let Ok(bytes) = convert(bundle, word, ID, SYSTEM) else { return };
    let image = Relocatable::parse(bytes, word).expect("an image");
    let header = image.header();
    assert_eq!((header.id, header.system, header.snapshot), (ID, SYSTEM, bundle.uuid));
    assert_eq!(image.size() % 4096, 0);
    let base = 0x3F40_0000;
    let (still, moved) = (image.relocate(0), image.relocate(base));
    for (still, moved) in still.chunks(word.bytes()).zip(moved.chunks(word.bytes())) {
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
        let by = number(moved).wrapping_sub(number(still)) & (u64::MAX >> (64 - 8 * word.bytes()));
        assert!(by == 0 || by == base, "a word moves by {by:#x}");
    }
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let choice = input.byte();
    let file = match choice % 3 {
        0 => input.rest().to_vec(),
        1 => bundle(input.rest()),
        _ => bundle(&sealed(input.rest())),
    };
    let _ = has_function(&file, "validate", "system/firmware.toit");
    let Ok(bundle) = Bundle::parse(&file) else { return };
    assert!(Bundle::is_snapshot(&file));
    converted(&bundle, if choice & 0x80 == 0 { WordSize::W32 } else { WordSize::W64 });
});
