//! The watchdog: of timer group 0, from the boot guard's first step on and for as long as the firmware runs.
//!
//! Deep sleep switches it off with everything else; the guard of the next boot arms it again. Light sleep stops its
//! clock.
#![allow(unsafe_code, reason = "registers take any bits")]

use embassy_time::{Duration, Timer};
use esp_hal::peripherals::{RTC_TIMER, TIMG0};
use esp_hal::rtc_cntl::Rtc;
use esp_hal::timer::timg::{MwdtStage, Wdt};

use crate::chip::WATCHDOG_CLOCK_HZ;
use crate::stack;

/// How long the main executor may stand still before the chip is reset. An erase, which nothing interrupts, takes up
/// to two seconds.
const PATIENCE_S: u32 = 10;
const FEED_EVERY: Duration = Duration::from_secs(2);

/// Opens the registers for writing (`TIMG_WDT_WKEY`).
const KEY: u32 = 0x50D8_3AA1;
/// Ticks a second: the counter has 32 bits, its divider 16.
const TICKS_HZ: u32 = 4000;
/// `TIMG_WDT_STG0`: resets the chip but for its RTC domain, where the crash record is.
const RESET_SYSTEM: u8 = 3;
/// Longest reset pulse, 3.2 µs.
const PULSE: u8 = 7;

/// Arms it before there is anything of the HAL: by registers, with the clock as the bootloader left it.
pub(crate) fn arm_bare() {
    let timer = TIMG0::regs();
    // SAFETY: the key opens the registers, and every value fits its field.
    unsafe {
        timer.wdtwprotect().write(|w| w.wdt_wkey().bits(KEY));
        timer.wdtconfig1().write(|w| w.wdt_clk_prescale().bits((WATCHDOG_CLOCK_HZ / TICKS_HZ) as u16));
        timer.wdtconfig2().write(|w| w.hold().bits(PATIENCE_S * TICKS_HZ));
        timer
            .wdtconfig0()
            .write(|w| w.wdt_stg0().bits(RESET_SYSTEM).wdt_sys_reset_length().bits(PULSE).wdt_en().set_bit());
        timer.wdtconfig0().modify(|_, w| w.wdt_conf_update_en().set_bit());
    }
    feed();
}

/// Tells it, and the bootloader's own one, that all is well.
pub(crate) fn feed_bare() {
    feed();
    // SAFETY: nobody else has the HAL's token yet; it is dropped at the end of the line.
    Rtc::new(unsafe { RTC_TIMER::steal() }).rwdt.feed();
}

/// Leaves the registers closed.
fn feed() {
    let timer = TIMG0::regs();
    // SAFETY: the key opens the registers; what is written to the feed register does not matter.
    unsafe {
        timer.wdtwprotect().write(|w| w.wdt_wkey().bits(KEY));
        timer.wdtfeed().write(|w| w.bits(1));
        timer.wdtwprotect().write(|w| w.wdt_wkey().bits(0));
    }
}

/// Arms it again: `esp_hal::init` switches every watchdog off.
pub(crate) fn arm() {
    let mut watchdog = Wdt::<TIMG0<'static>>::new();
    watchdog.set_timeout(MwdtStage::Stage0, esp_hal::time::Duration::from_secs(PATIENCE_S.into()));
    watchdog.enable();
    watchdog.feed();
}

/// Shows that the executor it runs on goes round, and looks that its stack is large enough.
///
/// # Panics
/// The main stack has been used to its end: what lies below it may be damaged, so a restart is better than going on.
#[embassy_executor::task]
pub(crate) async fn keep_fed() {
    loop {
        feed();
        assert!(stack::is_whole(), "the main stack is full");
        Timer::after(FEED_EVERY).await;
    }
}
