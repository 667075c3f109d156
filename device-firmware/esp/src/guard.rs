//! The boot guard on the chip: it runs before main, heap, radio and drivers.
//!
//! riscv-rt calls it once memory is initialised (`post-init`), with interrupts off. Whatever goes wrong in it ends in
//! the watchdog, which it arms first.
#![allow(unsafe_code, reason = "the runtime calls it by its name, and nothing of the HAL runs yet")]

use core::cell::RefCell;

use embassy_sync::blocking_mutex::CriticalSectionMutex;
use esp_hal::rom::rtc_get_reset_reason;
use skylift_updater::guard::{Boot, Reset, guard};
use skylift_updater::partition::{Layout, TableError};
use skylift_updater::rtc::{RTC_LEN, Rtc};

use crate::flash::ChipFlash;
use crate::{chip, descriptor, reset, rtc, watchdog};

/// What the guard found and decided.
#[derive(Debug)]
pub struct Booted {
    /// The partition table; without one nothing can be updated, and the guard has had nothing to guard.
    pub table: Result<Layout, TableError>,
    /// The slot that runs; `None` for a factory app.
    pub running: Option<u8>,
    /// Its decision; never [`Boot::Reset`].
    pub boot: Boot,
    /// Why the chip started.
    pub reset: Reset,
    /// The area of RTC memory.
    pub rtc: &'static mut [u8; RTC_LEN],
}

static BOOTED: CriticalSectionMutex<RefCell<Option<Booted>>> = CriticalSectionMutex::new(RefCell::new(None));

/// What the guard found and decided; once.
pub fn take() -> Option<Booted> {
    BOOTED.lock(|booted| booted.borrow_mut().take())
}

// SAFETY: riscv-rt declares this function, and nothing else defines it.
#[unsafe(no_mangle)]
extern "Rust" fn __post_init(_hart: usize) {
    watchdog::arm_bare();
    let booted = run();
    if booted.boot == Boot::Reset {
        esp_hal::system::software_reset();
    }
    BOOTED.lock(|place| *place.borrow_mut() = Some(booted));
}

fn run() -> Booted {
    let mut flash = ChipFlash::before_main();
    let reset = reset::of(rtc_get_reset_reason(0));
    // SAFETY: this runs once, before anybody else could ask.
    let area = unsafe { rtc::area() };
    let table = Layout::read(&mut flash);
    let running = table.as_ref().ok().and_then(|layout| layout.slot_at(chip::running_offset()));
    let boot = match &table {
        Ok(layout) => {
            let elf_sha256 = descriptor::elf_sha256();
            guard(&mut flash, layout, running, &elf_sha256, reset, &mut Rtc::new(area))
        }
        Err(_) => Boot::Settled,
    };
    Booted { table, running, boot, reset, rtc: area }
}
