//! Updates: one job is one image on its way to one device, until it has a verdict.

mod counsel;
mod delivery;
mod doubt;
mod driver;
mod follow;
mod forecast;
mod job;
mod jobs;
mod patience;
mod phase;
mod rate;
mod recall;
#[cfg(test)]
pub(super) mod sample;
mod signers;
mod unsent;
mod verdict;
mod watch;

use skylift_protocol::Confirm;

use super::drill::Drill;
use super::reach::HostAddress;

pub(super) use follow::Follow;
pub use forecast::{Forecast, forecast};
pub use job::{Happening, Job, JobImage};
pub use jobs::UpdateError;
pub(super) use jobs::{Jobs, Means};
pub use phase::{Phase, Progress, Step};
pub use signers::{NewSigners, NewSignersError, short_signer};
pub use verdict::{Cause, HostReason, Verdict, Why};

/// What the user allows and wants of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpdateOptions {
    /// Who decides that the new image is kept.
    pub confirm: Confirm,
    /// An image without boot guard may go to a device whose bootloader does not roll back.
    pub allow_unguarded: bool,
    /// An image of another project may be sent.
    pub allow_other_project: bool,
    /// Where devices reach this computer, if the user knows better.
    pub host_address: Option<HostAddress>,
    /// There if the image is one that must fail.
    pub drill: Option<Drill>,
    /// Whom the device is to trust once the image has validated; none for no change.
    pub trust: Option<NewSigners>,
}

impl Default for UpdateOptions {
    fn default() -> Self {
        Self {
            confirm: Confirm::Auto,
            allow_unguarded: false,
            allow_other_project: false,
            host_address: None,
            drill: None,
            trust: None,
        }
    }
}

/// What a running job tells.
pub(super) enum News {
    /// It is further.
    Phase(Phase),
    /// Something else happened.
    Happened(Happening),
    /// It has ended. A device that got lost may be seen again, and is followed for that.
    Ended(Verdict, Option<Box<Follow>>),
}
