//! What is decided before anything is sent: whether this image may go to this device at all.

use skylift_protocol::{
    Access, Chip, ErrorCode, FirmwareKind, Phase as DevicePhase, Protection, Signers, Status, ValidationState,
};
use skylift_updater::image::Revision;
use skylift_updater::signature::{Scheme, SignatureError};

use super::{Cause, HostReason, NewSigners, UpdateOptions, Why};
use crate::engine::text::printable;
use crate::image::Image;
use crate::image::sign::signatures;

/// The decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forecast {
    /// Nothing speaks against it.
    Send,
    /// There is nothing to do.
    AlreadyRunning,
    /// The device would refuse it, or should.
    Refuse(Cause),
}

/// Applies the device's rules here, where they can be explained better and cost the device nothing.
#[must_use]
pub fn forecast(status: &Status, image: &Image, options: &UpdateOptions) -> Forecast {
    let rules = [
        device_is_free(status),
        handover(status, options),
        same_image(status, image, options),
        chip(status, image),
        revision(status, image),
        project(status, image, options),
        simulated(status, image),
        guard(status, image, options),
        size(status, image),
        floor(status, image),
        signature(status, image),
    ];
    rules.into_iter().flatten().next().unwrap_or(Forecast::Send)
}

fn refuse(code: ErrorCode, detail: impl Into<String>) -> Option<Forecast> {
    Some(Forecast::Refuse(Cause::new(Why::Rule(code), detail)))
}

fn device_is_free(status: &Status) -> Option<Forecast> {
    match status.phase {
        // An order ends a preparation, and takes over what it has erased.
        DevicePhase::Idle | DevicePhase::Preparing => None,
        // In safe mode the running image will never validate, and an update is the way out.
        DevicePhase::PendingValidation if status.safe_mode => None,
        DevicePhase::PendingValidation => refuse(
            ErrorCode::PendingValidation,
            "the device runs an image on probation, which must be validated or rolled back first",
        ),
        _ => refuse(ErrorCode::Busy, "the device is busy with another update"),
    }
}

/// Whom a device trusts, its owner decides; and where nobody is trusted in particular, a cable.
fn handover(status: &Status, options: &UpdateOptions) -> Option<Forecast> {
    options.trust?;
    let detail = if status.access != Access::Paired {
        "the device is open: it cannot tell who names the signers that it is to trust"
    } else if trusted(status).is_none() {
        "the device takes unsigned images: signers can only be handed on, and the first ones come by cable"
    } else {
        return None;
    };
    Some(Forecast::Refuse(Cause::new(Why::Host(HostReason::FirstSigners), detail)))
}

fn same_image(status: &Status, image: &Image, options: &UpdateOptions) -> Option<Forecast> {
    if status.running.image_sha256 != image.image_sha256 {
        return None;
    }
    let hands_over = |signers: &NewSigners| trusted(status).is_none_or(|trusted| !signers.are(trusted));
    match status.validation.state {
        // Of an update to the image that runs, nobody could tell whether it has come to its end.
        _ if options.trust.as_ref().is_some_and(hands_over) => Some(Forecast::Refuse(Cause::new(
            Why::Host(HostReason::SameImage),
            "the device runs this very image already, and other signers come with an update to another one",
        ))),
        ValidationState::Valid => Some(Forecast::AlreadyRunning),
        // "Validated" is only said of what the device says it has kept.
        _ => Some(Forecast::Refuse(Cause::new(
            Why::Host(HostReason::SameImage),
            "the device runs this very image already, but it did not come by an update: \
             nobody keeps book of its validation",
        ))),
    }
}

fn chip(status: &Status, image: &Image) -> Option<Forecast> {
    if image.chip == Chip::Unknown {
        let number = image.info.head.chip_id;
        return refuse(
            ErrorCode::WrongChip,
            format!("the image is for a chip this version does not know ({number:#06x})"),
        );
    }
    // A chip that is newer than this program: the device itself will judge.
    if image.chip == status.chip || status.chip == Chip::Unknown {
        return None;
    }
    refuse(
        ErrorCode::WrongChip,
        format!("the image is for {}, and the device is an {}", image.chip, status.chip),
    )
}

/// The bootloader would refuse it after the whole download.
fn revision(status: &Status, image: &Image) -> Option<Forecast> {
    let (own, wanted) = (status.chip_revision?, image.info.head.revisions);
    if wanted.admit(own) {
        return None;
    }
    refuse(
        ErrorCode::WrongRevision,
        format!("the image is for {wanted} of the {}, and the device has {}", image.chip, Revision(own)),
    )
}

fn project(status: &Status, image: &Image, options: &UpdateOptions) -> Option<Forecast> {
    let running = status.running.project.as_str();
    if options.allow_other_project || running == image.project {
        return None;
    }
    refuse(
        ErrorCode::WrongProject,
        format!(
            "the image is of project {:?}, and the device runs {:?}",
            printable(&image.project),
            printable(running),
        ),
    )
}

fn simulated(status: &Status, image: &Image) -> Option<Forecast> {
    let only_simulated = image.kind() == FirmwareKind::Simulated;
    if !only_simulated || status.running.kind == FirmwareKind::Simulated {
        return None;
    }
    refuse(ErrorCode::Simulated, "the image is for simulated devices only, and this is a real one")
}

fn guard(status: &Status, image: &Image, options: &UpdateOptions) -> Option<Forecast> {
    // A device that does not know its bootloader is taken for one whose bootloader does not roll back.
    if image.guard().is_some() || options.allow_unguarded || status.protection == Protection::Bootloader {
        return None;
    }
    refuse(
        ErrorCode::Unguarded,
        "the image has no boot guard, and the device's bootloader does not roll back: a bad image would stay",
    )
}

fn size(status: &Status, image: &Image) -> Option<Forecast> {
    let others = status.slots.iter().filter(|slot| Some(slot.slot) != status.running.slot);
    match others.map(|slot| slot.size).max() {
        None => refuse(ErrorCode::Flash, "the device has no second slot to write to"),
        Some(room) if image.size() > room => refuse(
            ErrorCode::TooLarge,
            format!("the image has {} bytes, and the device's slot holds {room}", image.size()),
        ),
        Some(_) => None,
    }
}

fn floor(status: &Status, image: &Image) -> Option<Forecast> {
    let floor = status.policy.as_ref()?.secure_floor;
    let version = image.info.descriptor().secure_version;
    if version >= floor {
        return None;
    }
    refuse(
        ErrorCode::Downgrade,
        format!("the image has secure_version {version}, and the device takes none below {floor}"),
    )
}

/// Those whose images the device takes; `None` if it takes everybody's.
fn trusted(status: &Status) -> Option<&Signers> {
    status.policy.as_ref()?.signers.as_ref()
}

/// By the same check as the device's, which asks again.
fn signature(status: &Status, image: &Image) -> Option<Forecast> {
    let trusted = trusted(status)?;
    let signatures = match signatures(image) {
        Err(SignatureError::Unsigned) => {
            return refuse(
                ErrorCode::Unsigned,
                "the image is not signed, and the device takes signed images only",
            );
        }
        Err(error) => return refuse(ErrorCode::SignatureInvalid, error.to_string()),
        Ok(signatures) => signatures,
    };
    let known = || signatures.iter().filter(|it| it.scheme == Scheme::EcdsaP256);
    let mut ours = known().filter(|it| trusted.contains(&it.signer));
    if ours.clone().any(|it| it.holds.is_ok()) {
        None
    } else if ours.next().is_some() {
        refuse(
            ErrorCode::SignatureInvalid,
            "the image names a signer that the device trusts, who did not sign it",
        )
    } else if known().next().is_some() {
        refuse(ErrorCode::SignerUnknown, "the image is signed by nobody whom the device trusts")
    } else {
        let schemes = signatures.first().map(|it| it.scheme.to_string()).unwrap_or_default();
        refuse(
            ErrorCode::SignatureUnsupported,
            format!("the image is signed with {schemes}, and devices verify ECDSA P-256 only"),
        )
    }
}

#[cfg(test)]
mod tests;
