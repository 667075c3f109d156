//! The whole way to the image for one Jaguar device, with the Jaguar and the SDK that are on this computer.

use std::path::Path;

use skylift_protocol::Network;
use tokio::task::spawn_blocking;

use super::super::recipe::{News, RecipeError, convert_by_installed};
use super::{
    JAGUAR, JaguarDevice, JaguarImageError, Prepared, Service, checked_chip, installed_snapshot, prepare,
};
use crate::image::envelope::Envelope;

/// What is to become of Jaguar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// It stays: the one in the envelope, or else that of an installed Jaguar.
    Keep,
    /// The user accepts that it goes, and the device is out of its reach from then on.
    Leave,
}

/// Makes the image for a device. An installed SDK converts what Skylift does not: the one that the user chose, or else
/// one that is found.
///
/// Needs a tokio runtime with I/O; what takes long runs on its threads for blocking work. Dropping the future cancels
/// it.
///
/// # Errors
/// The envelope is for another chip, no Jaguar of its SDK is here, or no image can be made of it.
pub async fn make(
    envelope: Envelope,
    device: JaguarDevice,
    wifi: Option<Network>,
    wish: Wish,
    sdk: Option<&Path>,
    tell: impl Fn(News<'_>),
) -> Result<Prepared, JaguarImageError> {
    checked_chip(&envelope, &device)?;
    let mut envelope = envelope;
    let installed = match wish {
        Wish::Keep if envelope.entry(JAGUAR).is_none() => {
            let version = envelope.sdk_version().to_owned();
            Some(in_background(move || installed_snapshot(&version)).await?)
        }
        Wish::Keep | Wish::Leave => None,
    };
    let more = installed.as_deref().map(|snapshot| (JAGUAR, snapshot));
    convert_by_installed(&mut envelope, more, sdk, tell).await?;
    in_background(move || {
        let service = match (wish, installed.as_deref()) {
            (Wish::Leave, _) => Service::Leave,
            (Wish::Keep, Some(snapshot)) => Service::Snapshot(snapshot),
            (Wish::Keep, None) => Service::OfEnvelope,
        };
        prepare(&envelope, &device, wifi.as_ref(), service)
    })
    .await
}

async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, JaguarImageError> + Send + 'static,
) -> Result<T, JaguarImageError> {
    spawn_blocking(work).await.unwrap_or(Err(JaguarImageError::Recipe(RecipeError::Stopped)))
}
