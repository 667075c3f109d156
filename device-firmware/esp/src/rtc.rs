//! The last bytes of RTC fast memory: where one image reads what another left.
//!
//! Linkers place what a firmware keeps there from the beginning on, each image differently; so the area is at the
//! end. A program for the low-power core of an ESP32-C6 may overwrite it; what is in it has checksums.
#![allow(unsafe_code, reason = "a fixed address outside what the linker knows")]

use skylift_updater::rtc::RTC_LEN;

use crate::chip::RTC_FAST_END;

const AREA: usize = RTC_FAST_END - RTC_LEN;

/// The area.
///
/// # Safety
/// Nobody else may use what an earlier call gave.
pub(crate) unsafe fn area() -> &'static mut [u8; RTC_LEN] {
    // SAFETY: the chip has RTC fast memory there, [`is_free`] looks that nothing else is placed in it, any byte is a
    // valid value, and the caller sees to it that this is the only reference.
    unsafe { &mut *core::ptr::with_exposed_provenance_mut::<[u8; RTC_LEN]>(AREA) }
}

/// Whether what the firmware keeps in RTC fast memory ends before the area.
pub(crate) fn is_free() -> bool {
    unsafe extern "C" {
        /// Of esp-hal's linker script: the end of the last section there.
        static _rtc_fast_persistent_end: u8;
    }
    (&raw const _rtc_fast_persistent_end).addr() <= AREA
}
