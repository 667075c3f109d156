//! The boot guard: runs first thing in the application and decides whether this boot may go on.
//!
//! It stands in for a bootloader without rollback. Its rules are the table in `SPEC.md`, "Guard".

use crate::flash::Flash;
use crate::journal::{EndCode, Mark};
use crate::otadata::{self, ATTEMPTS, Entry, EntryIndex, OtaData, State};
use crate::partition::Layout;
use crate::rtc::{Boots, Rtc};
use crate::switch::{self, SwitchError};

/// Abnormal resets in a row, each under [`SHORT_RUN_S`], that give a validated image up.
pub const CRASH_LOOP: u16 = 5;
/// Seconds of uptime under which an abnormal reset counts towards a crash loop.
pub const SHORT_RUN_S: u32 = 120;
/// Seconds of uptime after which the row of crashes is forgotten.
pub const STABLE_S: u32 = 600;

/// Why the chip started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// Power was applied.
    PowerOn,
    /// The firmware asked for it.
    Software,
    /// A panic; where the chip cannot tell it from [`Reset::Software`], the crash record does.
    Panic,
    /// A watchdog.
    Watchdog,
    /// The supply sagged. Not the image's fault.
    Brownout,
    /// Woken from deep sleep.
    DeepSleep,
    /// The reset pin.
    External,
}

/// Ends that the guard notes itself. Numbers are frozen; the node's own begin at 16.
impl EndCode {
    /// The image panicked on probation.
    pub const PANIC: Self = Self(1);
    /// The watchdog bit on probation.
    pub const WATCHDOG: Self = Self(2);
    /// Restarted as often as it may be before it validated.
    pub const RESTARTED: Self = Self(3);
}

/// Who watches over an image on probation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watcher {
    /// This guard; so many attempts are left after this one.
    Guard {
        /// Attempts left.
        attempts_left: u32,
    },
    /// The bootloader: the next reset rolls back.
    Bootloader,
}

/// What this boot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boot {
    /// The image is kept, or nobody keeps book of it.
    Settled,
    /// The image has to validate.
    Probation(Watcher),
    /// No image is good: only network and update may run.
    SafeMode,
    /// otadata has been changed: reset now, the bootloader takes the other slot.
    Reset,
}

impl core::fmt::Display for Boot {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Settled => f.write_str("validated before"),
            Self::Probation(Watcher::Guard { attempts_left }) => {
                write!(f, "on probation under its boot guard, attempts left: {attempts_left}")
            }
            Self::Probation(Watcher::Bootloader) => f.write_str("on probation under the bootloader"),
            Self::SafeMode => f.write_str("in safe mode"),
            Self::Reset => f.write_str("given up"),
        }
    }
}

/// Decides about this boot. `running` is the slot that the MMU maps; `elf_sha256` is from the running descriptor.
///
/// A flash that cannot be read or written does not stop the boot: running is better than not running.
pub fn guard<F: Flash>(
    flash: &mut F,
    layout: &Layout,
    running: Option<u8>,
    elf_sha256: &[u8; 32],
    reset: Reset,
    rtc: &mut Rtc<'_>,
) -> Boot {
    count_boot(rtc, reset);
    let cause = crash_before(rtc, elf_sha256, reset);
    let Some(running) = running else { return Boot::Settled };
    let Ok(ota) = OtaData::read(flash, layout) else { return Boot::Settled };
    let Some(mine) = ota.mine(layout, running) else { return Boot::Settled };
    let entry = ota.entry(mine);
    let sleeper = reset == Reset::DeepSleep;
    match (entry.state(), entry.attempts_left()) {
        (State::PendingVerify, _) => Boot::Probation(Watcher::Bootloader),
        (State::Validating, _) => finish_validation(flash, layout, running),
        (State::Aborting, _) => finish_abort(flash, layout, running),
        (State::Undefined | State::New | State::Odd, Some(attempts_left)) if sleeper => {
            Boot::Probation(Watcher::Guard { attempts_left })
        }
        (State::Undefined | State::New | State::Odd, Some(left)) => {
            // What crashed before its first try was another image.
            let cause = cause.filter(|_| left < ATTEMPTS);
            probation(flash, layout, running, (mine, entry), cause)
        }
        _ if sleeper => Boot::Settled,
        (State::Undefined | State::New | State::Odd, None)
            if switch::is_unproven(flash, layout, running)
                && otadata::reopen(flash, layout, mine).is_ok() =>
        {
            Boot::Probation(Watcher::Guard { attempts_left: ATTEMPTS })
        }
        (State::Valid, _) => {
            switch::catch_up(flash, layout, running);
            crash_loop(flash, layout, running, cause.is_some(), rtc)
        }
        _ => crash_loop(flash, layout, running, cause.is_some(), rtc),
    }
}

fn count_boot(rtc: &mut Rtc<'_>, reset: Reset) {
    let mut boots = rtc.boots();
    if reset == Reset::PowerOn {
        boots = Boots::default();
        rtc.clear_crash();
    }
    boots.count = boots.count.saturating_add(1);
    rtc.set_boots(boots);
}

/// Whether the boot before this one ended in a crash of this image.
fn crash_before(rtc: &mut Rtc<'_>, elf_sha256: &[u8; 32], reset: Reset) -> Option<EndCode> {
    let recorded = rtc.take_fresh_crash().is_some_and(|crash| crash.elf_sha256 == *elf_sha256);
    match reset {
        Reset::Watchdog => Some(EndCode::WATCHDOG),
        Reset::Panic => Some(EndCode::PANIC),
        Reset::Software if recorded => Some(EndCode::PANIC),
        _ => None,
    }
}

fn probation<F: Flash>(
    flash: &mut F,
    layout: &Layout,
    running: u8,
    (mine, entry): (EntryIndex, &Entry),
    cause: Option<EndCode>,
) -> Boot {
    let left = entry.attempts_left().unwrap_or(0);
    let end = cause.or((left == 0).then_some(EndCode::RESTARTED));
    if let Some(end) = end {
        return match switch::give_up(flash, layout, running, end) {
            Ok(()) => Boot::Reset,
            Err(_) => Boot::SafeMode,
        };
    }
    // An attempt that cannot be counted would be an attempt without end.
    match otadata::spend_attempt(flash, layout, mine) {
        Ok(()) => Boot::Probation(Watcher::Guard { attempts_left: left - 1 }),
        Err(_) => Boot::SafeMode,
    }
}

/// Power failed while validation was written: the self-test had passed.
fn finish_validation<F: Flash>(flash: &mut F, layout: &Layout, running: u8) -> Boot {
    // Should the flash refuse, the word stays what it is and boots on.
    let _: Result<(), SwitchError> = switch::validate(flash, layout, running);
    Boot::Settled
}

/// Power failed while the abort was written: its end is noted already.
fn finish_abort<F: Flash>(flash: &mut F, layout: &Layout, running: u8) -> Boot {
    match switch::give_up(flash, layout, running, EndCode::RESTARTED) {
        Ok(()) => Boot::Reset,
        Err(_) => Boot::SafeMode,
    }
}

fn crash_loop<F: Flash>(
    flash: &mut F,
    layout: &Layout,
    running: u8,
    crashed: bool,
    rtc: &mut Rtc<'_>,
) -> Boot {
    let mut boots = rtc.boots();
    boots.crashes_in_row = match (crashed, boots.ran_long) {
        (false, _) => 0,
        (true, false) => boots.crashes_in_row.saturating_add(1),
        (true, true) => boots.crashes_in_row,
    };
    boots.ran_long = false;
    let looping = boots.crashes_in_row >= CRASH_LOOP;
    // Two images that both crash must not be switched between for ever.
    let may_switch = looping && !boots.switched;
    // Without a floor: an older image that runs is better than one that does not.
    if may_switch && switch::return_to_other(flash, layout, running, 0, Mark::CrashLoop).is_ok() {
        boots.crashes_in_row = 0;
        boots.switched = true;
        rtc.set_boots(boots);
        return Boot::Reset;
    }
    rtc.set_boots(boots);
    if looping { Boot::SafeMode } else { Boot::Settled }
}

/// To be called when the image has run for [`SHORT_RUN_S`]: its end will not count as a crash at start.
pub fn ran_long(rtc: &mut Rtc<'_>) {
    let boots = rtc.boots();
    rtc.set_boots(Boots { ran_long: true, ..boots });
}

/// To be called when the image has run for [`STABLE_S`]: the row of crashes is forgotten.
pub fn ran_stable(rtc: &mut Rtc<'_>) {
    let boots = rtc.boots();
    rtc.set_boots(Boots { crashes_in_row: 0, switched: false, ran_long: true, ..boots });
}
