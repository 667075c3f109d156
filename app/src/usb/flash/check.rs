//! What forbids that an app is flashed: fuses, another chip, too little room.

use skylift_protocol::{Chip, FirmwareKind};
use skylift_updater::image::Revision;

use super::{Refusal, Target};
use crate::image::Image;
use crate::usb::board::Partition;

/// Whether the fuses of the chip allow it.
pub(super) fn security(target: &Target) -> Result<(), Refusal> {
    let security = target.security;
    match () {
        () if security.secure_boot => Err(Refusal::SecureBoot),
        () if security.flash_encryption => Err(Refusal::Encrypted),
        () if security.secure_download => Err(Refusal::SecureDownload),
        () if target.identity.chip == Chip::Unknown => {
            Err(Refusal::UnknownChip(target.identity.name.clone()))
        }
        () => Ok(()),
    }
}

/// Whether the app runs on the chip.
pub(super) fn app(app: &Image, target: &Target) -> Result<(), Refusal> {
    let identity = &target.identity;
    if app.chip != identity.chip {
        return Err(Refusal::WrongChip { image: app.chip, board: identity.chip });
    }
    if app.kind() == FirmwareKind::Simulated && !identity.is_simulated() {
        return Err(Refusal::Simulated);
    }
    let needs = app.info.head.revisions;
    let revision = identity.revision.and_then(|(major, minor)| u16::try_from(major * 100 + minor).ok());
    match revision {
        Some(found) if !needs.admit(found) => Err(Refusal::Revision { needs, found: Revision(found) }),
        _ => Ok(()),
    }
}

/// Whether the app has room in a partition.
pub(super) fn room(app: &Image, partition: &Partition) -> Result<(), Refusal> {
    let (image, room) = (app.size(), partition.size);
    if image <= room {
        return Ok(());
    }
    Err(Refusal::TooLarge { image, label: partition.label.clone(), room })
}
