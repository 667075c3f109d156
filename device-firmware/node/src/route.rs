//! The paths of the API: their methods, and what bodies they take.

use skylift_protocol::routes;

use crate::http::{BodyKind, MAX_BODY, Refusal};

/// The most bytes of an order, a probe or a network.
const MAX_JSON: usize = MAX_BODY;
/// The most bytes of a body that says nothing, `{}`, or a name.
const MAX_EMPTY: usize = 256;

/// A path of the API.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Status,
    Events,
    Log,
    Probe,
    Update,
    Image,
    Prepare,
    Validate,
    Rollback,
    Reboot,
    Identify,
    Rename,
    Wifi,
}

impl Route {
    pub fn of(path: &str) -> Option<Self> {
        Some(match path {
            routes::STATUS => Self::Status,
            routes::EVENTS => Self::Events,
            routes::LOG => Self::Log,
            routes::PROBE => Self::Probe,
            routes::UPDATE => Self::Update,
            routes::IMAGE => Self::Image,
            routes::PREPARE => Self::Prepare,
            routes::VALIDATE => Self::Validate,
            routes::ROLLBACK => Self::Rollback,
            routes::REBOOT => Self::Reboot,
            routes::IDENTIFY => Self::Identify,
            routes::RENAME => Self::Rename,
            routes::WIFI => Self::Wifi,
            _ => return None,
        })
    }

    const fn reads_only(self) -> bool {
        matches!(self, Self::Status | Self::Events | Self::Log)
    }

    /// The most bytes of its JSON body.
    const fn max_json(self) -> usize {
        if matches!(self, Self::Update | Self::Probe | Self::Wifi) { MAX_JSON } else { MAX_EMPTY }
    }

    /// Which body a request with this method has.
    pub fn admit(self, method: &str) -> Result<BodyKind, Refusal> {
        match method {
            "GET" | "HEAD" if self.reads_only() => Ok(BodyKind::None),
            "POST" if !self.reads_only() && self != Self::Image => {
                Ok(BodyKind::Json { max: self.max_json() })
            }
            "PUT" if self == Self::Image => Ok(BodyKind::Stream { max: u32::MAX.into() }),
            _ if self.reads_only() => Err(Refusal::method("GET, HEAD")),
            _ if self == Self::Image => Err(Refusal::method("PUT")),
            _ => Err(Refusal::method("POST")),
        }
    }
}
