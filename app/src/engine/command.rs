//! What an engine can be told to do.

use std::sync::Arc;
use std::time::Duration;

use skylift_protocol::{Done, Id, Status};
use tokio::sync::{oneshot, watch};

use super::client::{Action, ClientError};
use super::find::FindError;
use super::plan::{Plan, PlanError, WorkingOut};
use super::rollout::{RolloutId, RolloutOrder};
use super::serving::Serving;
use super::snapshot::{Device, JobId};
use super::target::Target;
use super::update::{UpdateError, UpdateOptions};
use crate::advice::Advice;
use crate::image::Image;
use crate::server::ServerError;

/// Where the answer to a command goes. It may be dropped by who does not want it.
pub type Reply<T> = oneshot::Sender<T>;

/// What an engine can be told to do.
pub enum Command {
    /// Find the device that the user means: by id or name among those announced, or by asking at its address.
    Find {
        /// What the user called it.
        target: Target,
        /// How long to wait for one that is not there yet.
        patience: Duration,
        /// Gets the device.
        reply: Reply<Result<Arc<Device>, FindError>>,
    },
    /// Search the network anew on all interfaces, and ask every known device.
    SearchAgain,
    /// Ask a device for its status now.
    Ask {
        /// The device.
        device: Id,
        /// Gets the answer.
        reply: Reply<Result<Status, RequestError>>,
    },
    /// Ask a device for the tail of its log.
    Log {
        /// The device.
        device: Id,
        /// Gets the lines, fit to be shown.
        reply: Reply<Result<String, RequestError>>,
    },
    /// Have a device do something.
    Act {
        /// The device.
        device: Id,
        /// What to do.
        action: Action,
        /// Gets the device's word that it is done, or begun.
        reply: Reply<Result<Done, RequestError>>,
    },
    /// Take a device that does not answer out of the list. One that is seen again is there again.
    Forget {
        /// The device.
        device: Id,
    },
    /// Say what an update of a device would cost, and send nothing. It takes as long as its streams take to be worked
    /// out: seconds, where no device has had them before.
    Plan {
        /// The device.
        device: Id,
        /// The image.
        image: Arc<Image>,
        /// What is allowed and wanted.
        options: UpdateOptions,
        /// Told which stream is being worked out, and how far that is; nothing before and after.
        progress: watch::Sender<Option<WorkingOut>>,
        /// Gets the plan. Dropping its other end calls the work off.
        reply: Reply<Result<Plan, PlanError>>,
    },
    /// Update a device. How it goes is in the snapshots.
    Update {
        /// The device.
        device: Id,
        /// The image.
        image: Arc<Image>,
        /// What is allowed and wanted.
        options: UpdateOptions,
        /// Gets the job's number.
        reply: Reply<Result<JobId, UpdateError>>,
    },
    /// Cancel an update. Its verdict says whether that was still possible.
    Cancel {
        /// The update.
        job: JobId,
    },
    /// Update many devices, carefully. How it goes is in the snapshots.
    StartRollout {
        /// Everything about it.
        order: RolloutOrder,
        /// Gets the rollout's number.
        reply: Reply<RolloutId>,
    },
    /// Cancel a rollout: what runs is cancelled, and nothing begins any more.
    CancelRollout {
        /// The rollout.
        rollout: RolloutId,
    },
    /// Begin no further device of a rollout. Those that run go on to their verdicts.
    PauseRollout {
        /// The rollout.
        rollout: RolloutId,
    },
    /// Go on with a rollout that was paused.
    ContinueRollout {
        /// The rollout.
        rollout: RolloutId,
    },
    /// Serve an image under the fixed path, for devices that poll on their own.
    Serve {
        /// The image.
        image: Arc<Image>,
        /// Gets where.
        reply: Reply<Result<Arc<Serving>, ServerError>>,
    },
    /// Stop that again.
    StopServing,
}

/// Why a device did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The engine does not know the device.
    #[error("no device with the id {0} is known")]
    NoSuchDevice(Id),
    /// The device did not do it.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// It is a Jaguar device.
    #[error("{label} is a Jaguar device, which can be updated and takes no other orders")]
    Jaguar {
        /// The device.
        label: String,
    },
    /// The engine has stopped.
    #[error("the engine has stopped")]
    Stopped,
}

impl Advice for RequestError {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::Client(error) => error.advice(),
            Self::NoSuchDevice(_) | Self::Jaguar { .. } | Self::Stopped => Vec::new(),
        }
    }
}
