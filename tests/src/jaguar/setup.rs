//! What a Jaguar device is to be like, and what goes wrong with it.

use std::net::SocketAddr;
use std::time::Duration;

use super::identity::{Form, Identity};
use crate::toit::body::Chip;

/// What a device is to be like. Times and sizes are those of real devices unless it says otherwise.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Who it is at first.
    pub identity: Identity,
    /// Its chip in truth: some call every chip an esp32.
    pub chip: Chip,
    /// How it says who it is.
    pub form: Form,
    /// Where its announcements go; nowhere for none.
    pub announces_to: Option<SocketAddr>,
    /// Bytes of a slot.
    pub slot: usize,
    /// It waits so long for a request on an open connection, and answers nobody else meanwhile.
    pub read_timeout: Duration,
    /// How long a restart takes: shorter than that of a chip.
    pub restart: Duration,
    /// What becomes of the next image.
    pub next: Next,
    /// What goes wrong.
    pub faults: Faults,
}

impl Setup {
    /// A device of a fresh identity that makes no announcements.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            identity: Identity::fresh(name),
            chip: Chip::Esp32,
            form: Form::Json,
            announces_to: None,
            slot: 0x1a_0000,
            read_timeout: Duration::from_secs(3),
            restart: Duration::from_millis(300),
            next: Next::Runs,
            faults: Faults::default(),
        }
    }
}

/// What becomes of an image that the bootloader has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// It runs as who Jaguar is in it. Without Jaguar in it, the device is gone for Jaguar's purposes.
    Runs,
    /// It finds no network, and the one before runs again.
    RollsBack,
    /// The device does not come back by itself.
    Lost,
    /// Somebody else comes back in its place.
    Stranger(Identity),
}

/// What goes wrong while an image is sent. By default nothing does.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// After so many bytes the device throws this, and closes the connection.
    pub throws: Option<(usize, String)>,
    /// After so many bytes the connection breaks.
    pub breaks_at: Option<usize>,
    /// So often, and not again; always without.
    pub breaks: Option<usize>,
    /// After so many bytes the device reads no more until it is released.
    pub stalls_at: Option<usize>,
    /// The device takes at most so many bytes, and then pauses.
    pub pace: Option<(usize, Duration)>,
    /// It restarts without having answered.
    pub answers_nothing: bool,
}
