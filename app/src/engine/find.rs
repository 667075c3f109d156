//! Finding the device that the user means, and saying why it was not found.

use std::sync::Arc;
use std::time::{Duration, Instant};

use skylift_protocol::Id;

use super::client::ClientError;
use super::command::Reply;
use super::devices::{DeviceBook, Lookup};
use super::snapshot::{Device, Presence};
use super::target::HostPort;
use crate::advice::Advice;

/// Why a device was not found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// Nobody has this id or name.
    #[error("no device called `{called}` was found within {} s", waited.as_secs_f32())]
    NotFound {
        /// What was searched for.
        called: String,
        /// For how long.
        waited: Duration,
        /// Who was found instead.
        seen: Vec<String>,
    },
    /// Several devices have this name.
    #[error("several devices are called `{called}`: {}", ids.join(", "))]
    Ambiguous {
        /// The name.
        called: String,
        /// Their ids.
        ids: Vec<String>,
    },
    /// It is announced, and does not answer.
    #[error("{label} is announced on the network, but does not answer: {problem}")]
    NoAnswer {
        /// The device.
        label: String,
        /// What happens instead.
        problem: String,
    },
    /// The host has no address.
    #[error("`{0}` has no address: {1}")]
    NoAddress(HostPort, String),
    /// Whoever is there, no Skylift device answers.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The engine has stopped.
    #[error("the engine has stopped")]
    Stopped,
}

impl Advice for FindError {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::NotFound { seen, .. } if seen.is_empty() => vec![
                "check that the device has power and is on the same network as this computer".to_owned(),
                "where mDNS and broadcasts do not pass, give host:port instead of a name".to_owned(),
            ],
            Self::NotFound { seen, .. } => vec![format!("one of those that were found: {}", some_of(seen))],
            Self::Ambiguous { .. } => vec!["use one of the ids instead of the name".to_owned()],
            Self::NoAnswer { .. } => {
                vec![
                    "check that no firewall or guest network lies between the device and this computer"
                        .to_owned(),
                ]
            }
            Self::NoAddress(..) => vec!["check the spelling, or give the IP address".to_owned()],
            Self::Client(error) => error.advice(),
            Self::Stopped => Vec::new(),
        }
    }
}

/// Those who wait for devices that have not been found yet.
#[derive(Default)]
pub(super) struct Waiting {
    finds: Vec<Find>,
}

struct Find {
    called: String,
    begun: Instant,
    patience: Duration,
    reply: Reply<Result<Arc<Device>, FindError>>,
}

impl Waiting {
    pub(super) fn add(
        &mut self,
        called: String,
        patience: Duration,
        now: Instant,
        reply: Reply<Result<Arc<Device>, FindError>>,
    ) {
        self.finds.push(Find { called, begun: now, patience, reply });
    }

    /// Whether anyone waits.
    pub(super) fn is_anyone(&self) -> bool {
        !self.finds.is_empty()
    }

    /// Answers those whose device is there, and those whose patience is over. `settled`: from when on a name that
    /// only one device has counts, because all have had the time to announce themselves.
    pub(super) fn settle(&mut self, book: &DeviceBook, settled: Instant, now: Instant) {
        let finds = std::mem::take(&mut self.finds);
        for find in finds {
            let out_of_time = now.saturating_duration_since(find.begun) >= find.patience;
            match judge(&find, book, now >= settled, out_of_time) {
                // Whoever asked may not wait any more.
                Some(result) => drop(find.reply.send(result)),
                None => self.finds.push(find),
            }
        }
    }
}

fn judge(
    find: &Find,
    book: &DeviceBook,
    settled: bool,
    out_of_time: bool,
) -> Option<Result<Arc<Device>, FindError>> {
    match book.lookup(&find.called) {
        Lookup::One(device) if device.presence == Presence::Online => {
            let unique = settled || out_of_time || device.id.as_str() == find.called;
            unique.then_some(Ok(device))
        }
        Lookup::Several(ids) => Some(Err(ambiguous(find, &ids))),
        // Somebody answers, at once, who is not believed: patience would not help.
        Lookup::One(device) if settled && book.doubt(&device.id).is_some() => {
            book.doubt(&device.id).map(|doubt| Err(doubt.clone().into()))
        }
        _ if !out_of_time => None,
        Lookup::One(device) => Some(Err(FindError::NoAnswer {
            label: device.label().to_owned(),
            problem: device.problem.clone().unwrap_or_else(|| "it takes too long".to_owned()),
        })),
        Lookup::Nothing => Some(Err(FindError::NotFound {
            called: find.called.clone(),
            waited: find.patience,
            seen: book.devices().map(|device| seen(device)).collect(),
        })),
    }
}

/// A list that stays short on a large network.
fn some_of(names: &[String]) -> String {
    const MOST: usize = 8;
    let shown = names.get(..MOST).unwrap_or(names).join(", ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn ambiguous(find: &Find, ids: &[Id]) -> FindError {
    FindError::Ambiguous { called: find.called.clone(), ids: ids.iter().map(ToString::to_string).collect() }
}

fn seen(device: &Device) -> String {
    if device.name.is_empty() || device.name == device.id.as_str() {
        device.id.to_string()
    } else {
        format!("{} ({})", device.name, device.id)
    }
}
