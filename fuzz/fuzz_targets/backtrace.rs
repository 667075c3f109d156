//! ELFs with debug info, in which the addresses of a crash are looked up.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skylift::image::backtrace::decode;
use skylift_fuzz::Input;

/// Where the seeds have code.
const CODE: u32 = 0x4038_0040;
/// The most frames of an address.
const MOST: usize = 16;

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let addresses = [CODE + u32::from(input.byte()), CODE + u32::from(input.byte()), u32::MAX];
    let elf = input.rest();
    let Ok(frames) = decode(elf, &addresses) else { return };
    for address in addresses {
        let count = frames.iter().filter(|frame| frame.address == address).count();
        assert!((1..=addresses.len() * MOST).contains(&count), "{count} frames");
    }
    for frame in &frames {
        assert!(addresses.contains(&frame.address), "an address that nobody asked for");
        assert!(frame.function.as_ref().is_none_or(|name| name.len() < 256));
        assert!(frame.place.as_ref().is_none_or(|place| place.line > 0 && place.file.len() <= 4 * 300));
        assert!(!frame.to_string().is_empty());
    }
    assert_eq!(decode(elf, &addresses), Ok(frames), "it reads the same twice");
});
