//! Starting the HAL without a moment longer than needed in which no watchdog runs.

use esp_hal::Config;
use esp_hal::peripherals::Peripherals;

use crate::{rtc, stack, watchdog};

/// `esp_hal::init`, which switches off every watchdog, and at once the watchdog again. To be called instead of it.
///
/// From here on the executor has ten seconds to come to [`start`](crate::start), which feeds the watchdog, and later
/// never more than ten from one task to the next.
///
/// # Panics
/// The firmware keeps so much in RTC fast memory that it reaches into the last 512 bytes, which are Skylift's. It does
/// so at every start: an image like that never validates.
#[must_use]
pub fn init(config: Config) -> Peripherals {
    let peripherals = esp_hal::init(config);
    watchdog::arm();
    stack::paint();
    assert!(rtc::is_free(), "RTC variables reach into the last 512 bytes of RTC fast memory");
    peripherals
}
