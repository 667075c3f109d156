//! What a plan begins with: which devices are offered, which are ticked, and which image is likely meant.

use skylift_protocol::{Digest, Id, Status};

use super::super::Shown;
use super::super::care::Care;
use super::super::ways::Ways;
use super::{Plan, choose};
use crate::engine::{Device, Presence, Verdict};
use crate::gui::effect::Effect;
use crate::gui::keys::trust;
use crate::gui::state::State;
use crate::image::library::Entry;

/// Begins a plan; without devices all are offered, none of them ticked unless the image fits.
pub(in crate::gui::updates) fn begin(
    state: &mut State,
    devices: Vec<Id>,
    image: Option<Digest>,
) -> Vec<Effect> {
    let chosen = devices.len();
    let devices: Vec<_> = if devices.is_empty() {
        let fits = |device: &Device| match image.and_then(|image| entry(state, image)) {
            Some(entry) => fit(state, device, entry),
            None => false,
        };
        state.engine.devices.iter().map(|device| (device.id.clone(), fits(device))).collect()
    } else {
        devices.into_iter().map(|id| (id, true)).collect()
    };
    let image = image.or_else(|| likely_image(state, devices.first().map(|(id, _)| id)));
    let ticked = if chosen == 0 { devices.iter().filter(|(_, ticked)| *ticked).count() } else { chosen };
    // Who is chosen while nobody of them answers is meant to get it later.
    let away = |id: &Id| state.engine.device(id).is_some_and(|device| device.presence == Presence::Offline);
    let when_back = chosen > 0 && devices.iter().all(|(id, _)| away(id));
    let care = Care { when_back, ..Care::usual(ticked) };
    state.updates.shown = Shown::Plan(Box::new(Plan {
        devices,
        image: None,
        opened: None,
        inside: None,
        care,
        ways: Ways::default(),
    }));
    match image {
        Some(image) => {
            let mut effects = choose(state, image);
            effects.push(Effect::LoadHistory);
            effects
        }
        None => vec![Effect::LoadLibrary, Effect::LoadHistory],
    }
}

fn entry(state: &State, image: Digest) -> Option<&Entry> {
    state.firmware.entries.iter().find(|entry| entry.file_sha256 == image)
}

fn fit(state: &State, device: &Device, entry: &Entry) -> bool {
    device.status.as_ref().is_some_and(|status| {
        status.chip == entry.chip
            && status.running.project.as_str() == entry.project
            && status.running.image_sha256 != entry.image_sha256
            && signed_for(state, status, entry)
    })
}

/// Whether the device asks for no signature that the image has not. What was not looked at yet may have it.
fn signed_for(state: &State, status: &Status, entry: &Entry) -> bool {
    let found = state.firmware.signatures.get(&entry.file_sha256);
    let both = status.policy.as_ref().zip(found);
    both.is_none_or(|(policy, found)| trust::takes(policy, found))
}

/// The newest image that fits the device, does not run on it, and did not fail on it either.
fn likely_image(state: &State, device: Option<&Id>) -> Option<Digest> {
    let device = state.engine.device(device?)?;
    let fits = |entry: &&Entry| fit(state, device, entry) && !went_back(state, device, entry);
    let entries = state.firmware.entries.iter().filter(fits);
    entries.max_by_key(|entry| entry.added).map(|entry| entry.file_sha256)
}

/// Whether the device went back from this image, as far as is known.
fn went_back(state: &State, device: &Device, entry: &Entry) -> bool {
    let now = state.engine.jobs.iter().any(|job| {
        let rolled_back = matches!(job.verdict, Some(Verdict::RolledBack(_)));
        rolled_back && job.device == device.id && job.image.image_sha256 == entry.image_sha256
    });
    let image = entry.image_sha256.to_string();
    now || state.history.updates.iter().any(|past| {
        let rolled_back = past.end.as_ref().is_some_and(|end| end.verdict == "rolled_back");
        rolled_back && past.device == device.id.as_str() && past.image_sha256 == image
    })
}
