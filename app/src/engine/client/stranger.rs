//! What a device tells whoever asks: everything if it is open, else no more than mDNS shows. Nothing of it is proven.

use skylift_protocol::{Access, Id, PublicStatus, Status};

use super::Problem;
use crate::engine::devices::is_device_id;

/// An answer to a stranger who asked for the status.
pub(super) enum Said {
    /// It takes orders from anybody.
    Open(Box<Status>),
    /// It does not.
    Closed(Box<PublicStatus>),
}

impl Said {
    pub(super) fn read(body: &[u8]) -> Result<Self, Problem> {
        let said = match serde_json::from_slice::<Status>(body) {
            Ok(status) if status.access == Access::Open => Self::Open(Box::new(status)),
            // Who is not open tells strangers less, in another form.
            Ok(_) => return Err(not_understood("a paired device that tells strangers everything")),
            Err(no_status) => match serde_json::from_slice::<PublicStatus>(body) {
                Ok(public) if public.access != Access::Open => Self::Closed(Box::new(public)),
                _ => return Err(not_understood(&no_status.to_string())),
            },
        };
        checked(said.id())?;
        Ok(said)
    }

    pub(super) fn id(&self) -> &Id {
        match self {
            Self::Open(status) => &status.id,
            Self::Closed(public) => &public.id,
        }
    }
}

/// An id that can be a device's.
pub(super) fn checked(id: &Id) -> Result<(), Problem> {
    if is_device_id(id) { Ok(()) } else { Err(not_understood("its id has characters that ids do not have")) }
}

fn not_understood(what: &str) -> Problem {
    Problem::NotUnderstood(what.to_owned())
}
