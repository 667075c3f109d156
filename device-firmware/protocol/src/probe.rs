//! Reachability: the device is asked which URLs of the host it can fetch.

use heapless::Vec;
use serde::{Deserialize, Serialize};

use crate::Url;

/// The most URLs of one probe.
pub const MAX_PROBE_URLS: usize = 8;

/// POST /probe. Each URL ends in `/probe/<nonce>`; the host answers it with the nonce alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// Candidates: http, IP literals.
    pub urls: Vec<Url, MAX_PROBE_URLS>,
}

/// Which URLs answered with their nonce, in the order asked. Nothing else is told of what was found there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeResults {
    /// One per URL.
    pub reached: Vec<bool, MAX_PROBE_URLS>,
}
