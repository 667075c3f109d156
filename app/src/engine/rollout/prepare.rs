//! Erasing ahead of time: a device that waits for its turn is told to erase the slot that its update will be written
//! to. Then the update costs it programming alone.
//!
//! The image in that slot can then not be returned to, so this is done only where the user wants it, and only to a
//! device that nothing but its turn keeps from beginning. When it is told again, `telling.rs` decides.

use std::sync::Arc;

use skylift_protocol::auth::Denied;
use skylift_protocol::{ErrorCode, Prepare, Preparing, Status};

use super::RolloutId;
use super::telling::StillWaits;
use crate::engine::client::{ClientError, DeviceClient, Problem};
use crate::engine::sighting::look_for;
use crate::engine::snapshot::Device;
use crate::engine::update::{Forecast, UpdateOptions, forecast};
use crate::image::Image;

/// What came of telling a device to erase ahead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Preparation {
    /// It is being told, or has not answered yet: then it is told again when it does.
    Asked,
    /// It erases this slot, or has. A restart makes it forget how far it is; then it is told again.
    Erases {
        /// The slot.
        slot: u8,
    },
    /// It erases nothing, and is updated as ever; why, as a sentence without its full stop.
    Left(String),
}

/// A device that is to be told.
pub(in crate::engine) struct Announcement {
    pub(in crate::engine) rollout: RolloutId,
    /// The place of the device in the rollout.
    pub(in crate::engine) at: usize,
    pub(in crate::engine) device: Arc<Device>,
    pub(in crate::engine) image: Arc<Image>,
    pub(in crate::engine) options: UpdateOptions,
    pub(super) still_waits: StillWaits,
}

/// Tells the device, if it is still the one, and would take the image. [`Preparation::Asked`]: it was not told, or did
/// not answer.
pub(in crate::engine) async fn announce(client: DeviceClient, announcement: &Announcement) -> Preparation {
    let Announcement { device, image, options, still_waits, .. } = announcement;
    let seen = match look_for(&client, device).await {
        Ok(seen) => seen,
        Err(error) => return failed(error),
    };
    if let Some(why) = objection(&seen.status, image, options) {
        return Preparation::Left(why);
    }
    // It was asked how it is meanwhile, and its turn may have come.
    if !still_waits.holds() {
        return Preparation::Asked;
    }
    let prepare = Prepare { size: image.size() };
    answered(client.prepare(&device.peer_at(seen.address), &prepare).await)
}

/// Why it would be wrong to erase anything of the device.
fn objection(status: &Status, image: &Image, options: &UpdateOptions) -> Option<String> {
    match forecast(status, image, options) {
        Forecast::Send => {}
        Forecast::AlreadyRunning => return Some("it runs the image already".to_owned()),
        Forecast::Refuse(cause) => return Some(cause.detail),
    }
    let has_part = status.resume.is_some_and(|resume| resume.file_sha256 == image.file_sha256);
    has_part.then(|| "it has a part of the image in that slot already".to_owned())
}

fn answered(answer: Result<Preparing, ClientError>) -> Preparation {
    answer.map_or_else(failed, |Preparing { slot, .. }| Preparation::Erases { slot })
}

/// What it means that a device did not do as it was told.
fn failed(error: ClientError) -> Preparation {
    match &error.problem {
        problem if is_silence(problem) => Preparation::Asked,
        problem if is_unknown(problem) => Preparation::Left("its firmware does not know how".to_owned()),
        // A paired device signs nothing about a path that it does not have. Believing it costs time, and nothing else.
        Problem::NotProven { denied: Denied::Missing, .. } => {
            Preparation::Left("its firmware does not seem to know how".to_owned())
        }
        _ => Preparation::Left(error.to_string()),
    }
}

/// Whether the device itself has said nothing: it is away, restarts, or has moved.
const fn is_silence(problem: &Problem) -> bool {
    matches!(
        problem,
        Problem::NotReached(_) | Problem::Silent(_) | Problem::Broken(_) | Problem::OtherDevice(_)
    )
}

/// Whether the device has no such path: its firmware is older than this.
const fn is_unknown(problem: &Problem) -> bool {
    matches!(
        problem,
        Problem::Refused { code: ErrorCode::NotFound | ErrorCode::MethodNotAllowed, .. }
            | Problem::Status(404 | 405)
    )
}

#[cfg(test)]
mod tests;
