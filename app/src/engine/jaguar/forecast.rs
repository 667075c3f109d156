//! What is decided before anything is sent to a Jaguar device: whether this image may go to it, and as whom it would
//! come back. The device itself checks nothing but that the image is whole.

use skylift_protocol::{Chip, Confirm, ErrorCode, FirmwareKind, Id};

use super::JaguarFacts;
use super::identify::id_of;
use crate::engine::update::{Cause, Forecast, HostReason, UpdateOptions, Why};
use crate::image::Image;

/// What an image is for a Jaguar device. To know it, all of the image is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JaguarInside {
    /// Jaguar is in it, and makes the device answer by this id.
    As(Id),
    /// It is Toit's, without Jaguar.
    Missing,
    /// It is not Toit's, or has no programs in it.
    NotToit,
}

impl JaguarInside {
    /// Looks into an image.
    #[must_use]
    pub fn of(image: &Image) -> Self {
        match image.toit().map(|inside| inside.jaguar()) {
            Some(Some(identity)) => Self::As(id_of(identity.id)),
            Some(None) => Self::Missing,
            None => Self::NotToit,
        }
    }
}

/// As whom an image makes a device answer; none if Jaguar is not in it.
pub(in crate::engine) fn becomes(image: &Image) -> Option<Id> {
    match JaguarInside::of(image) {
        JaguarInside::As(id) => Some(id),
        JaguarInside::Missing | JaguarInside::NotToit => None,
    }
}

/// What would become of the order to send this image to a Jaguar device. Nothing is read for it.
#[must_use]
pub fn jaguar_forecast(
    facts: &JaguarFacts,
    (image, inside): (&Image, &JaguarInside),
    options: &UpdateOptions,
    is_known: impl Fn(&Id) -> bool,
) -> Forecast {
    match judged(facts, (image, inside), options, is_known) {
        Ok(()) => Forecast::Send,
        Err(cause) => Forecast::Refuse(cause),
    }
}

/// Applies the rules, and gives what [`becomes`] does. `is_known` says whether a device of this id is known.
///
/// # Errors
/// Why the image is not sent.
pub(in crate::engine) fn forecast(
    facts: &JaguarFacts,
    image: &Image,
    options: &UpdateOptions,
    is_known: impl Fn(&Id) -> bool,
) -> Result<Option<Id>, Cause> {
    let inside = JaguarInside::of(image);
    judged(facts, (image, &inside), options, is_known)?;
    Ok(match inside {
        JaguarInside::As(id) => Some(id),
        JaguarInside::Missing | JaguarInside::NotToit => None,
    })
}

fn judged(
    facts: &JaguarFacts,
    (image, inside): (&Image, &JaguarInside),
    options: &UpdateOptions,
    is_known: impl Fn(&Id) -> bool,
) -> Result<(), Cause> {
    orders(options)?;
    if image.kind() == FirmwareKind::Simulated {
        let detail = "the image is for simulated devices only, and this is a real one";
        return Err(Cause::new(Why::Rule(ErrorCode::Simulated), detail));
    }
    chip(facts, image)?;
    let JaguarInside::As(new) = inside else { return without_jaguar(inside, options) };
    let found = |detail: &str| Err(Cause::new(Why::Host(HostReason::IdTaken), detail));
    if *new == id_of(facts.uuid) {
        return found(
            "the image has the id that the device has already: nobody could tell whether it runs after the update",
        );
    }
    if is_known(new) {
        return found(
            "the image was made for another device, which is known here: two would have the same id",
        );
    }
    Ok(())
}

/// What only Skylift's own firmware does.
fn orders(options: &UpdateOptions) -> Result<(), Cause> {
    let wanted = if options.drill.is_some() {
        "drill: nothing would tell why the image failed"
    } else if options.trust.is_some() {
        "take signers over: Jaguar checks no signatures"
    } else if options.confirm == Confirm::Manual {
        "wait for a confirmation by hand: Jaguar keeps a new image as soon as it is on the network"
    } else {
        return Ok(());
    };
    Err(Cause::new(Why::Host(HostReason::NotWithJaguar), format!("a Jaguar device cannot {wanted}")))
}

/// The bootloader would refuse it after everything was sent.
fn chip(facts: &JaguarFacts, image: &Image) -> Result<(), Cause> {
    let own = facts.chip();
    if image.chip != Chip::Unknown && (own == image.chip || own == Chip::Unknown) {
        return Ok(());
    }
    let detail = if image.chip == Chip::Unknown {
        format!("the image is for a chip this version does not know ({:#06x})", image.info.head.chip_id)
    } else {
        format!("the image is for {}, and the device is an {own}", image.chip)
    };
    Err(Cause::new(Why::Rule(ErrorCode::WrongChip), detail))
}

fn without_jaguar(inside: &JaguarInside, options: &UpdateOptions) -> Result<(), Cause> {
    if options.allow_without_jaguar {
        return Ok(());
    }
    let what = match inside {
        JaguarInside::NotToit => "is not one of Toit with Jaguar in it",
        _ => "has no Jaguar in it",
    };
    let detail = format!("the image {what}: the device could not be updated over the network any more");
    Err(Cause::new(Why::Host(HostReason::WithoutJaguar), detail))
}

#[cfg(test)]
mod tests;
