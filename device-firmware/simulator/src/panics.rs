//! Panics of simulated firmware: caught, with message and place, as a chip's panic handler sees them.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;

/// A panic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Panic {
    pub message: String,
    pub file: String,
    pub line: u32,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}:{})", self.message, self.file, self.line)
    }
}

thread_local! {
    static IS_DEVICE: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<Option<Panic>> = const { RefCell::new(None) };
}

/// Makes panics of this thread those of simulated firmware: they are kept, not printed.
pub(crate) fn capture() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| if IS_DEVICE.get() { keep(info) } else { others(info) }));
    });
    IS_DEVICE.set(true);
}

fn keep(info: &PanicHookInfo<'_>) {
    let place = info.location();
    LAST.set(Some(Panic {
        message: info.payload_as_str().unwrap_or("panic").to_owned(),
        file: place.map(|place| place.file().to_owned()).unwrap_or_default(),
        line: place.map_or(0, std::panic::Location::line),
    }));
}

/// Runs firmware. Whatever it was using is only touched again by the next boot, from flash.
pub(crate) fn catch<T>(firmware: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(firmware)).map_err(|_| LAST.take().unwrap_or_default())
}
