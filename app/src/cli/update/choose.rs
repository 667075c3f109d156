//! Which devices an update is for: those named, those with a tag, all that are found, or those that failed before.

use std::sync::Arc;

use futures_util::future::join_all;
use skylift_protocol::Id;
use tokio::time::sleep;

use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::session::{SEARCH, Session};
use super::View;
use super::care::{CanaryWish, Care};
use crate::engine::{
    Canary, Device, Engine, FindError, HostPort, Limits, Presence, RolloutOrder, Source, Target,
    UpdateOptions, Wanted,
};
use crate::image::Image;
use crate::store::{DataDir, LastRollout};

/// The devices that are to be searched for. The canary, if it is one device, is the first.
pub(in crate::cli) struct Chosen {
    wanted: Vec<Wanted>,
}

/// The devices that were found, or are waited for.
pub(in crate::cli) struct Found {
    pub(in crate::cli) devices: Vec<Arc<Device>>,
    wanted: Vec<Wanted>,
    /// What the user called those that were not found.
    pub(in crate::cli) not_found: Vec<Target>,
}

impl Chosen {
    pub(in crate::cli) fn new(care: &Care, session: &Session) -> Result<Self, Failure> {
        let by_name = |target: &Target| Wanted { target: target.clone(), id: None };
        let mut wanted: Vec<Wanted> = care.whom.devices.iter().map(by_name).collect();
        if care.whom.retry_failed {
            wanted.extend(failed_before(&session.data_dir)?);
        }
        if !care.whom.tags.is_empty() {
            wanted.extend(tagged(&care.whom.tags, session)?);
        }
        if let Some(CanaryWish::Device(canary)) = &care.canary {
            wanted.retain(|wanted| wanted.target != *canary);
            wanted.insert(0, by_name(canary));
        }
        Ok(Self { wanted })
    }

    pub(in crate::cli) fn targets(&self) -> Vec<Target> {
        self.wanted.iter().map(|wanted| wanted.target.clone()).collect()
    }

    /// Finds all devices at the same time. One that is not found does not keep the others from being updated.
    pub(in crate::cli) async fn find(
        self,
        engine: &Engine,
        care: &Care,
        view: &View,
        session: &Session,
    ) -> Result<Found, Failure> {
        let mut found = Found { devices: Vec::new(), wanted: Vec::new(), not_found: Vec::new() };
        let finds = self.wanted.iter().map(|wanted| engine.find(wanted.target.clone(), SEARCH));
        let finds = join_all(finds).await;
        for (wanted, device) in self.wanted.into_iter().zip(finds) {
            let is_another = |device: &Device| wanted.id.as_ref().is_some_and(|id| *id != device.id);
            match device {
                Ok(device) if !is_another(&device) => found.add(device, wanted.target),
                Err(error) if !(care.when_back && can_come_back(&error)) => {
                    view.not_found(&wanted.target.to_string(), &error.into(), session);
                    found.not_found.push(wanted.target);
                }
                _ if care.when_back => found.wanted.push(wanted),
                _ => {
                    let at = &wanted.target;
                    let another = Failure::new(format!("another device than before answers at {at}"));
                    view.not_found(&at.to_string(), &another, session);
                    found.not_found.push(wanted.target);
                }
            }
        }
        if matches!(care.canary, Some(CanaryWish::Device(_))) && found.canary_is_missing(care) {
            return Err(Failure::new("the canary was not found, so nothing was begun")
                .try_this("name another device with --canary, or wait for this one with --when-back"));
        }
        if care.whom.all {
            found.add_all(engine, care).await;
            if found.wanted.is_empty() && found.not_found.is_empty() {
                let searched = care.whom.wait.as_secs_f32();
                return Err(Failure::new(format!("no device was found within {searched} s"))
                    .try_this("search longer with --wait, or name the devices by host:port"));
            }
        }
        Ok(found)
    }
}

impl Found {
    /// Whether the devices need a rollout: there are several, or an option asks for it.
    pub(super) fn is_rollout(&self, care: &Care) -> bool {
        care.is_wanted() || self.wanted.len() + self.not_found.len() != 1
    }

    pub(super) fn order(
        &self,
        image: Arc<Image>,
        options: UpdateOptions,
        limits: Limits,
        care: &Care,
    ) -> RolloutOrder {
        let canary = match care.canary {
            None => Canary::Nobody,
            Some(CanaryWish::First(first)) => Canary::First(first),
            Some(CanaryWish::Device(_)) => Canary::Places(vec![0]),
        };
        RolloutOrder {
            image,
            options,
            limits,
            canary,
            only_outdated: care.only_outdated,
            when_back: care.when_back,
            erase_ahead: care.ahead.erase_ahead,
            devices: self.wanted.clone(),
        }
    }

    /// The same device may have been called twice.
    fn add(&mut self, device: Arc<Device>, target: Target) {
        if self.wanted.iter().all(|wanted| wanted.id.as_ref() != Some(&device.id)) {
            self.wanted.push(Wanted { target, id: Some(device.id.clone()) });
            self.devices.push(device);
        }
    }

    fn canary_is_missing(&self, care: &Care) -> bool {
        let Some(CanaryWish::Device(canary)) = &care.canary else { return false };
        self.wanted.first().is_none_or(|first| first.target != *canary)
    }

    async fn add_all(&mut self, engine: &Engine, care: &Care) {
        sleep(care.whom.wait).await;
        let snapshot = engine.snapshot();
        let there = |device: &&Arc<Device>| care.when_back || device.presence != Presence::Offline;
        for device in snapshot.devices.iter().filter(there) {
            self.add(Arc::clone(device), usual_target(device));
        }
    }
}

/// How a device is found again in another run.
fn usual_target(device: &Device) -> Target {
    match device.source {
        Source::Mdns | Source::Broadcast => Target::Called(device.id.to_string()),
        Source::ByAddress => {
            Target::At(HostPort { host: device.address.ip().to_string(), port: device.address.port() })
        }
    }
}

fn can_come_back(error: &FindError) -> bool {
    match error {
        FindError::NotFound { .. }
        | FindError::NoAnswer { .. }
        | FindError::NoAddress(..)
        | FindError::Client(_) => true,
        FindError::Ambiguous { .. } | FindError::Stopped => false,
    }
}

/// The devices that failed in the last rollout.
fn failed_before(data_dir: &DataDir) -> Result<Vec<Wanted>, Failure> {
    let last = LastRollout::load(data_dir)?;
    let Some(last) = last else {
        return Err(Failure::new("there is no last rollout whose failed devices could be retried"));
    };
    let failed: Vec<Wanted> = last.failed().filter_map(|device| device.wanted()).collect();
    if failed.is_empty() {
        return Err(Failure::new("no device failed in the last rollout, so there is nothing to retry"));
    }
    Ok(failed)
}

/// The devices that have one of the tags.
fn tagged(tags: &[String], session: &Session) -> Result<Vec<Wanted>, Failure> {
    let mut known = session.history()?.devices()?;
    known.retain(|device| device.tags.iter().any(|tag| tags.contains(tag)));
    if known.is_empty() {
        return Err(Failure::new(format!("no device has the tag {}", tags.join(" or ")))
            .try_this("skylift tag DEVICE TAG gives a device a tag"));
    }
    let wanted = known.into_iter().map(|device| Wanted {
        target: match device.address.filter(|_| device.by_address) {
            Some(address) => Target::At(HostPort { host: address.ip().to_string(), port: address.port() }),
            None => Target::Called(device.id.clone()),
        },
        id: Id::try_from(device.id.as_str()).ok(),
    });
    Ok(wanted.collect())
}

/// The end of devices that were not found.
pub(in crate::cli) fn exit_of(not_found: &[Target]) -> Exit {
    if not_found.is_empty() { Exit::Done } else { Exit::Failed }
}
