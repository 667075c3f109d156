//! The serial line of a simulated chip, as its program sees it: text goes out, if somebody has plugged in a cable.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

/// Where a device's program prints.
#[derive(Clone)]
pub struct Console(Arc<dyn Fn(&str) + Send + Sync>);

impl Console {
    /// Prints there.
    pub fn new(print: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(print))
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Console")
    }
}

thread_local! {
    static CONSOLE: RefCell<Option<Console>> = const { RefCell::new(None) };
}

/// Makes it the console of this thread's device.
pub(crate) fn attach(console: Option<Console>) {
    CONSOLE.set(console);
}

/// Prints a line, as a chip does. Without a console it is lost.
pub(crate) fn line(text: fmt::Arguments<'_>) {
    CONSOLE.with_borrow(|console| {
        if let Some(Console(print)) = console {
            print(&format!("{text}\r\n"));
        }
    });
}
