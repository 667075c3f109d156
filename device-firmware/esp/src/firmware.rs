//! What a user's own firmware may add to a device.

use core::fmt;

use esp_hal::gpio::{Level, Output};
use skylift_node::{Page, SelfTest};
use skylift_protocol::{FieldFlaw, Fields};

/// The firmware's own part of the device. Everything has a default; each of them is called on the executor that the
/// device runs on, and has to return at once. None of them is called in safe mode.
pub trait Firmware {
    /// Whether all is well with a new image, beside the network, which is looked at in any case. Asked again and again
    /// until it passes; an image for which it has not within two minutes is rolled back.
    fn self_test(&self) -> SelfTest {
        SelfTest::Passed
    }

    /// What it tells of itself in `/status`: at most eight named values. Of a paired device only its owner reads them.
    ///
    /// # Errors
    /// A field cannot be told. Those before it are.
    fn fields(&self, fields: &mut Fields) -> Result<(), FieldFlaw> {
        let _ = fields;
        Ok(())
    }

    /// Whether GET of a path is a page of this firmware's own. The paths of Skylift's API win.
    fn page(&self, path: &str) -> Option<Page> {
        let _ = path;
        None
    }

    /// Writes such a page. `query` is what follows `?`, as it came: anybody may have written it.
    ///
    /// # Errors
    /// It does not fit, or cannot be written: the answer is a 500.
    fn write_page(&self, path: &str, query: Option<&str>, body: &mut dyn fmt::Write) -> fmt::Result {
        let _ = (path, query, body);
        Err(fmt::Error)
    }

    /// Shows a person which device this is. Beside it, the LED of [`Options::led`] blinks.
    fn identify(&self) {}
}

/// Nothing of one's own.
#[derive(Clone, Copy, Debug)]
pub struct Nothing;

impl Firmware for Nothing {}

/// An LED.
#[derive(Debug)]
pub struct Led {
    /// Its pin.
    pub pin: Output<'static>,
    /// The level at which it shines.
    pub lit: Level,
}

/// What the device is started with.
pub struct Options {
    /// The firmware's own part.
    pub firmware: &'static dyn Firmware,
    /// An LED that shows which device this is, if somebody asks.
    pub led: Option<Led>,
}

impl Options {
    /// A device with this firmware, and no LED.
    #[must_use]
    pub const fn new(firmware: &'static dyn Firmware) -> Self {
        Self { firmware, led: None }
    }

    /// With this LED for showing which device it is. Otherwise it is dark.
    #[must_use]
    pub fn with_led(self, pin: Output<'static>, lit: Level) -> Self {
        Self { led: Some(Led { pin, lit }), ..self }
    }
}
