//! What a firmware leaves when it cannot go on: a record in RTC memory, a text on the serial line, and a reset.
//!
//! The record is read after the reset: by this image's own guard, and once the image has been given up, by the one
//! that runs instead.
#![allow(
    unsafe_code,
    reason = "reads stacks that may be damaged; the exception handler is called by its name"
)]

use core::arch::asm;
use core::fmt::Write;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};

use esp_hal::rom::ets_delay_us;
use esp_hal::system::software_reset;
use esp_println::println;
use riscv_rt::TrapFrame;
use skylift_protocol::Digest;
use skylift_updater::rtc::{CrashRecord, Rtc};

use crate::backtrace::Memory;
use crate::cut::{FirstOf, last_of};
use crate::{chip, descriptor, fault, rtc};

const MEMORY: Memory<'static> = Memory { stacks: chip::STACKS, code: &chip::CODE };
/// What a UART needs to send the last bytes of its queue.
const LAST_WORDS_US: u32 = 20_000;
/// Of `mcause`: the number of the exception.
const CAUSE: u32 = 0x1F;

static ENDING: AtomicBool = AtomicBool::new(false);

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let frame: usize;
    // SAFETY: only reads a register.
    unsafe { asm!("mv {}, s0", out(reg) frame, options(nomem, nostack, preserves_flags)) };
    end(&mut |record| {
        if let Some(place) = info.location() {
            record.line = place.line();
            record.file = last_of(place.file());
        }
        MEMORY.walk(frame, 0, word, &mut record.addresses);
        let _ = record.message.push_str("panicked, and again while it said why");
        keep(record);
        // Last, because it runs code of whoever panicked.
        record.message.clear();
        let _ = write!(FirstOf(&mut record.message), "{}", info.message());
    })
}

/// A fault of the processor, which has no message of its own.
// SAFETY: esp-hal calls this function by its name; it has its own one only with its feature `exception-handler`.
#[unsafe(no_mangle)]
extern "C" fn ExceptionHandler(interrupted: &TrapFrame) -> ! {
    let (cause, at, value, frame): (u32, u32, u32, usize);
    // SAFETY: only reads registers.
    unsafe {
        asm!(
            "csrr {}, mcause", "csrr {}, mepc", "csrr {}, mtval", "mv {}, s0",
            out(reg) cause, out(reg) at, out(reg) value, out(reg) frame,
            options(nomem, nostack, preserves_flags),
        );
    }
    end(&mut |record| {
        let name = fault::name(cause & CAUSE);
        let _ = write!(
            FirstOf(&mut record.message),
            "{name} (mcause {}, mepc 0x{at:08x}, mtval 0x{value:08x})",
            cause & CAUSE
        );
        // As if the instruction were a call: who reads return addresses looks before them.
        let first = if MEMORY.is_code(at) { at.saturating_add(2) } else { interrupted.ra as u32 };
        let _ = record.addresses.push(first);
        // Below what was interrupted lie the frames of its handling.
        let handling = (&raw const *interrupted).addr();
        MEMORY.walk(frame, handling, word, &mut record.addresses);
    })
}

/// Reads a stack.
fn word(at: usize) -> u32 {
    // SAFETY: `walk` asks for aligned addresses in the chip's RAM only, where every word may be read.
    unsafe { core::ptr::with_exposed_provenance::<u32>(at).read_volatile() }
}

/// Leaves a record and resets the chip.
fn end(fill: &mut dyn FnMut(&mut CrashRecord)) -> ! {
    critical_section::with(|_| {
        // Something went wrong in here as well: what has been recorded by now stays.
        if ENDING.load(Ordering::Relaxed) {
            software_reset();
        }
        ENDING.store(true, Ordering::Relaxed);
        let mut record = CrashRecord { elf_sha256: descriptor::elf_sha256(), ..CrashRecord::default() };
        fill(&mut record);
        keep(&record);
        tell(&record);
        software_reset()
    })
}

fn keep(record: &CrashRecord) {
    // SAFETY: interrupts are off and the chip is about to be reset: who had the area does not run any more.
    Rtc::new(unsafe { rtc::area() }).set_crash(record);
}

fn tell(record: &CrashRecord) {
    println!("\npanic: {}", record.message);
    if !record.file.is_empty() {
        println!("at {}:{}", record.file, record.line);
    }
    for address in &record.addresses {
        println!("0x{address:08x}");
    }
    // In ESP-IDF's words: monitors find the ELF by them.
    println!("ELF file SHA256: {}", Digest(record.elf_sha256));
    println!("restarting");
    ets_delay_us(LAST_WORDS_US);
}
