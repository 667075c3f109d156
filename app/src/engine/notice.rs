//! What the tasks of an engine tell its core.

use std::sync::Arc;

use skylift_protocol::Id;
use tokio::sync::mpsc;

use super::client::ClientError;
use super::command::{Command, Reply};
use super::discovery::Sight;
use super::find::FindError;
use super::jaguar::{Heard, JaguarSighting};
use super::look::Found;
use super::lookup::Stock;
use super::rollout::{Look, Preparation, RolloutId};
use super::serving::{Listening, Serving};
use super::sighting::Sighting;
use super::snapshot::{Device, JobId};
use super::update::News;
use crate::server::{Offer, TransferSnapshot};

/// One thing that happened.
pub(super) enum Notice {
    /// The user wants something.
    Command(Command),
    /// mDNS found or lost something.
    Mdns(Sight),
    /// A device was asked for its status.
    Asked(Id, Result<Box<Sighting>, ClientError>),
    /// A Jaguar device was asked who it is.
    JaguarAsked(Id, Result<JaguarSighting, ClientError>),
    /// Something was heard of Jaguar devices, or nothing can be.
    Jaguar(Heard),
    /// A device was looked for at an address.
    LookedAt(Result<Found, FindError>, Reply<Result<Arc<Device>, FindError>>),
    /// A device that a rollout waits for was looked for at its address.
    Looked(Look, Result<Found, FindError>),
    /// A device of a rollout, at this place in it, was told to erase ahead.
    Prepared(RolloutId, usize, Preparation),
    /// An update went on.
    Job(JobId, News),
    /// The file server started.
    Listening(Listening),
    /// An image is served plainly, for as long as the offer is kept.
    Serving(Offer, Arc<Serving>),
    /// The transfer log changed.
    Transfers(Arc<TransferSnapshot>),
    /// Other images are there to be sent, or sources were looked up.
    Stock(Arc<Stock>),
    /// The engine is to stop.
    Stop,
}

/// Where notices go. A clone leads to the same core.
#[derive(Clone)]
pub(super) struct Notices(mpsc::UnboundedSender<Notice>);

impl Notices {
    pub(super) fn channel() -> (Self, mpsc::UnboundedReceiver<Notice>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    /// After the core has ended nobody wants to know, so nothing is done then.
    pub(super) fn send(&self, notice: Notice) {
        let _ = self.0.send(notice);
    }
}
