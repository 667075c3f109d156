//! `skylift update newest DEVICE...`: each device gets the newest image that is there for it.

use std::sync::Arc;

use serde_json::json;

use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::session::Session;
use super::choose::{Found, exit_of};
use super::{View, follow};
use crate::engine::{Device, Engine, RolloutOrder, Target, Wanted, printable};
use crate::image::Image;
use crate::image::library::{Entry, Library};
use crate::image::newest::{Newer, Relation, Running, Shelf};

/// The image that is called so is another one for each device.
pub(super) const NEWEST: &str = "newest";

/// An image, and the devices that get it.
pub(in crate::cli) struct Group {
    pub(in crate::cli) image: Arc<Image>,
    pub(in crate::cli) devices: Vec<Arc<Device>>,
}

/// One rollout for each image. A device for which nothing is newer is told, and left as it is.
pub(super) async fn update(
    engine: &Engine,
    mut found: Found,
    order: impl Fn(&Found, Arc<Image>) -> RolloutOrder,
    view: View,
    session: &Session,
) -> Result<Exit, Failure> {
    let groups = groups(engine, &mut found, &view, session).await?;
    if groups.is_empty() {
        return Ok(exit_of(&found.not_found));
    }
    let mut orders = Vec::new();
    for Group { image, devices } in groups {
        let mut order = order(&found, image);
        let is_one = |wanted: &Wanted| devices.iter().any(|device| wanted.id.as_ref() == Some(&device.id));
        order.devices.retain(is_one);
        orders.push(order);
    }
    follow(engine, orders, found.not_found, view, session).await
}

/// The newest image for each device, those together that get the same. Who does not answer becomes one of those that
/// were not found.
pub(in crate::cli) async fn groups(
    engine: &Engine,
    found: &mut Found,
    view: &View,
    session: &Session,
) -> Result<Vec<Group>, Failure> {
    let shelf = session.shelf();
    let library = Library::new(&session.data_dir);
    let mut groups: Vec<Group> = Vec::new();
    for device in &found.devices {
        let entry = match newest_for(engine, device, &shelf, view, session).await {
            Ok(Some(entry)) => entry,
            Ok(None) => continue,
            Err(failure) => {
                view.not_found(device.label(), &failure, session);
                found.not_found.push(Target::Called(device.id.to_string()));
                continue;
            }
        };
        let device = Arc::clone(device);
        match groups.iter_mut().find(|group| group.image.file_sha256 == entry.file_sha256) {
            Some(group) => group.devices.push(device),
            None => groups.push(Group { image: Arc::new(library.open(&entry)?), devices: vec![device] }),
        }
    }
    Ok(groups)
}

async fn newest_for(
    engine: &Engine,
    device: &Device,
    shelf: &Shelf,
    view: &View,
    session: &Session,
) -> Result<Option<Entry>, Failure> {
    if device.family.jaguar().is_some() {
        let why = "Jaguar does not tell which program runs: name the image, or the envelope";
        left(device, "jaguar", why, view, session);
        return Ok(None);
    }
    // An announcement does not say which project runs.
    let status = match &device.status {
        Some(status) => Arc::clone(status),
        None => Arc::new(engine.status(device.id.clone()).await?),
    };
    let version = printable(&status.running.version);
    match shelf.newer(&Running::of(&status)) {
        Some(Newer { image, relation: Relation::Newer }) => return Ok(Some(image.entry.clone())),
        Some(Newer { image, relation: Relation::DifferentBuild }) => {
            let digest = image.entry.file_sha256.to_string();
            let why = format!(
                "it runs {version}; whether {} is newer, their versions do not say; to send it: skylift update {digest:.12} {}",
                printable(&image.entry.version),
                device.id
            );
            left(device, "different_build", &why, view, session);
        }
        None => {
            let why = format!("nothing newer than its {version} is in the library");
            left(device, "nothing_newer", &why, view, session);
        }
    }
    Ok(None)
}

fn left(device: &Device, reason: &str, why: &str, view: &View, session: &Session) {
    if view.is_json() {
        let line = json!({ "device": device.id, "verdict": "skipped", "reason": reason, "detail": why });
        session.output.json(&line);
    } else {
        session.output.line(format_args!("{}: skipped: {why}", device.label()));
    }
}
