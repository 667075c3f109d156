//! The firmware in `sensor` images: what a user's own tells, and the pages that it has.

use std::fmt::{self, Write};
use std::time::Instant;

use skylift_node::http::Media;
use skylift_node::{Page, Readers};
use skylift_protocol::{FieldFlaw, Fields};

/// For Prometheus: everybody may read it.
pub(crate) const METRICS: &str = "/metrics";
/// For the owner: somebody at home opens the door.
pub(crate) const DOOR: &str = "/door";
/// The door opens or closes every so many seconds.
const DOOR_S: u64 = 30;

/// A bed with a door: it dries, is watered again, and somebody comes and goes.
pub(crate) struct Sensor {
    started: Instant,
}

impl Sensor {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now() }
    }

    fn seconds(&self) -> u64 {
        self.started.elapsed().as_secs()
    }

    fn soil_percent(&self) -> u64 {
        41 - self.seconds() / 10 % 12
    }

    fn door(&self) -> &'static str {
        if (self.seconds() / DOOR_S).is_multiple_of(2) { "closed" } else { "open" }
    }

    pub(crate) fn temperature_c(&self) -> i8 {
        if self.seconds() % 20 < 10 { 36 } else { 37 }
    }

    pub(crate) fn fields(&self, fields: &mut Fields) -> Result<(), FieldFlaw> {
        fields.put("soil", format_args!("{} %", self.soil_percent()))?;
        fields.put("door", self.door())
    }

    pub(crate) fn page(path: &str) -> Option<Page> {
        match path {
            METRICS => Some(Page { media: Media::TEXT, readers: Readers::Everybody }),
            DOOR => Some(Page { media: Media::JSON, readers: Readers::Owner }),
            _ => None,
        }
    }

    /// `/door?since` tells for how long as well.
    pub(crate) fn write_page(&self, path: &str, query: Option<&str>, body: &mut impl Write) -> fmt::Result {
        match (path, query) {
            (METRICS, _) => writeln!(body, "soil_percent {}", self.soil_percent()),
            (_, Some("since")) => {
                write!(body, r#"{{"door":"{}","since_s":{}}}"#, self.door(), self.seconds() % DOOR_S)
            }
            _ => write!(body, r#"{{"door":"{}"}}"#, self.door()),
        }
    }
}
