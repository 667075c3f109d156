//! The end of the main stack: a task that reached it has written, or is about to write, over what lies below.
//!
//! esp-hal has the processor watch one word there, and a large frame steps over a word. So more of it is painted, and
//! looked at from time to time.
#![allow(unsafe_code, reason = "the stack is nobody's variable")]

use core::ptr::with_exposed_provenance_mut;

/// Nothing that a stack holds by itself.
const PAINT: u32 = 0x5AFE_57AC;
/// Words that are painted, 1 KiB.
const WORDS: usize = 256;
/// Bytes at the very end, with esp-hal's word among them (`ESP_HAL_CONFIG_STACK_GUARD_OFFSET`): whoever writes them is
/// stopped.
const WATCHED: usize = 64;

unsafe extern "C" {
    /// Of esp-hal's linker script: the lowest address of the main stack.
    static _stack_end: u32;
}

fn words() -> impl Iterator<Item = *mut u32> {
    let first = with_exposed_provenance_mut::<u32>((&raw const _stack_end).expose_provenance() + WATCHED);
    (0..WORDS).map(move |at| first.wrapping_add(at))
}

/// Paints its end. To be called early, while the stack is tens of kilobytes above it.
pub(crate) fn paint() {
    for word in words() {
        // SAFETY: inside the stack, whose linker script asks for 8 KiB at least, and below everything on it.
        unsafe { word.write_volatile(PAINT) };
    }
}

/// Whether the paint is whole: the stack has never come that far.
pub(crate) fn is_whole() -> bool {
    // SAFETY: as above; reading changes nothing.
    words().all(|word| unsafe { word.read_volatile() } == PAINT)
}
