//! Updates: one job is one image on its way to one device, until it has a verdict.

mod air;
mod counsel;
mod delivery;
mod doubt;
mod driver;
mod error;
mod fallback;
mod follow;
mod forecast;
mod job;
mod jobs;
mod order;
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

use skylift_protocol::{Confirm, Encoding};

use super::drill::Drill;
use super::jaguar;
use super::plan::{Pace, WorkingOut};
use super::reach::HostAddress;
use crate::server::OfferId;

pub(super) use driver::{Assignment, cancelled};
pub use error::UpdateError;
pub(super) use follow::Follow;
pub use forecast::{Forecast, forecast};
pub use job::{Happening, Job, JobImage};
pub(super) use jobs::{Jobs, Means};
pub use phase::{Phase, Progress, Step};
pub(super) use rate::RateMeter;
pub(super) use recall::cancelled_at;
pub use signers::{NewSigners, NewSignersError};
pub(super) use unsent::unanswered;
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
    /// An image without Jaguar may go to a Jaguar device, which cannot be updated over the network after that.
    pub allow_without_jaguar: bool,
    /// Where devices reach this computer, if the user knows better.
    pub host_address: Option<HostAddress>,
    /// How the bytes are encoded; none for whatever is cheapest.
    pub encoding: Option<Encoding>,
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
            allow_without_jaguar: false,
            host_address: None,
            encoding: None,
            drill: None,
            trust: None,
        }
    }
}

/// What a running job tells.
pub(super) enum News {
    /// It is further.
    Phase(Phase),
    /// It waits for a stream, or does not any more.
    WorkingOut(Option<WorkingOut>),
    /// The device is offered these bytes.
    Sends(Sends),
    /// So many bytes were pushed, over all attempts.
    Pushed(u64),
    /// So fast the device was.
    Measured(Pace),
    /// Something else happened.
    Happened(Happening),
    /// It has ended. A device that got lost may be seen again, and is followed for that.
    Ended(Verdict, Option<Trail>),
}

impl News {
    /// A device is sent an image as it is, over one connection.
    pub(super) const fn sends_raw(bytes: u32) -> Self {
        Self::Sends(Sends { encoding: Encoding::Raw, bytes, offer: None })
    }
}

/// What a device is offered.
pub(super) struct Sends {
    /// How the bytes relate to the image.
    pub(super) encoding: Encoding,
    /// How many there are.
    pub(super) bytes: u32,
    /// Where they are published, if the device fetches them.
    pub(super) offer: Option<OfferId>,
}

/// What is needed to give a better verdict when a device is seen again.
pub(super) enum Trail {
    /// Of a device with Skylift.
    Skylift(Box<Follow>),
    /// Of a Jaguar device.
    Jaguar(Box<jaguar::Follow>),
}
