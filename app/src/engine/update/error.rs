//! Why an update is not even begun.

use skylift_protocol::Id;

use crate::advice::Advice;

/// Why an update is not even begun.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    /// The engine does not know the device.
    #[error("no device with the id {0} is known")]
    NoSuchDevice(Id),
    /// This engine updates it already.
    #[error("{0} is being updated already")]
    AlreadyUpdating(String),
    /// The engine has stopped.
    #[error("the engine has stopped")]
    Stopped,
}

impl Advice for UpdateError {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::AlreadyUpdating(_) => vec!["wait until that update has ended, or cancel it".to_owned()],
            Self::NoSuchDevice(_) | Self::Stopped => Vec::new(),
        }
    }
}
