//! Rollouts: one image for many devices, carefully. A rollout starts jobs and looks at their verdicts.

mod live;
mod prepare;
mod rollouts;
mod rules;
mod seat;
mod shown;
mod telling;

use std::sync::Arc;

use skylift_protocol::Id;

use super::target::Target;
use super::update::UpdateOptions;
use crate::image::Image;

pub use prepare::Preparation;
pub(super) use prepare::announce;
pub(super) use rollouts::{Due, Look, Rollouts};
pub use rules::{Limits, Stopped};
pub use shown::{Counts, End, Member, MemberState, NotStarted, Rollout, RolloutId};

/// What is to be rolled out, to whom, and how carefully.
#[derive(Clone, Debug)]
pub struct RolloutOrder {
    /// The image.
    pub image: Arc<Image>,
    /// What is allowed and wanted of each update.
    pub options: UpdateOptions,
    /// How many at a time, and when it stops.
    pub limits: Limits,
    /// Who goes first.
    pub canary: Canary,
    /// Devices that run this very image are left out.
    pub only_outdated: bool,
    /// Devices that do not answer are waited for, for as long as the engine runs.
    pub when_back: bool,
    /// Devices that wait for nothing but their turn are told to erase the slot that the image goes to, and told again if
    /// they restart. What is in it can then not be returned to.
    pub erase_ahead: bool,
    /// The devices, in the order in which they begin.
    pub devices: Vec<Wanted>,
}

/// A device that is to be updated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What the user called it. One at an address is looked for there.
    pub target: Target,
    /// Its id, if it is known: whoever else answers there is not meant.
    pub id: Option<Id>,
}

/// Who goes first. The others begin only when all of them have ended, one has proven the image, and none has failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Canary {
    /// Nobody.
    #[default]
    Nobody,
    /// So many of the first that are there and do not run the image yet.
    First(usize),
    /// Those at these places of the devices, from 0.
    Places(Vec<usize>),
}
