//! Whether a device takes an image, judged by its head before anything is erased.

use crate::flash::SECTOR;
use crate::image::{HEAD_LEN, ImageHead, Revision, Revisions};
use crate::signature::Trust;

/// What the device is.
#[derive(Clone, Copy, Debug)]
pub struct Device<'a> {
    /// ESP-IDF's number of the chip.
    pub chip_id: u16,
    /// Revision of the chip: 100 times the major one, plus the minor one; absent if it cannot tell.
    pub chip_revision: Option<u16>,
    /// Project of the running image.
    pub project: &'a str,
    /// It is a simulated device; chips refuse images made for those.
    pub simulated: bool,
    /// Provisioning recorded a bootloader that rolls back.
    pub bootloader_rolls_back: bool,
    /// No image below this `secure_version` is taken.
    pub secure_floor: u32,
    /// Whose images it takes.
    pub trust: &'a Trust,
}

/// What the order says and allows.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Bytes of the file, its signature sector included.
    pub size: u32,
    /// ESP-IDF's number of the chip.
    pub chip_id: u16,
    /// Project of the image.
    pub project: &'a str,
    /// The user accepts an image without boot guard.
    pub allow_unguarded: bool,
    /// The user accepts another project's image.
    pub allow_other_project: bool,
}

/// Why an image is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is for another chip.
    WrongChip,
    /// It is for other revisions of the chip; the bootloader would not start it.
    WrongRevision {
        /// Those that it runs on.
        wanted: Revisions,
        /// The chip's own.
        own: u16,
    },
    /// It is of another project, and the order does not allow that.
    WrongProject,
    /// Its `secure_version` is below the floor.
    Downgrade,
    /// Nobody would roll it back, and the order does not allow that.
    Unguarded,
    /// It is for simulated devices. No order can allow that.
    Simulated,
    /// It cannot be signed, and the device takes signed images only.
    Unsigned,
    /// It is not what the order says.
    Mismatch,
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let text = match self {
            Self::WrongRevision { wanted, own } => {
                return write!(
                    f,
                    "the image is for {wanted} of the chip, and this one has {}",
                    Revision(*own)
                );
            }
            Self::WrongChip => "the image is for another chip",
            Self::WrongProject => "the image is of another project",
            Self::Downgrade => "the image's secure_version is below what this device has run",
            Self::Unguarded => "the image has no boot guard, and this device's bootloader does not roll back",
            Self::Simulated => "the image is for simulated devices only",
            Self::Unsigned => "the image is not signed, and this device takes signed images only",
            Self::Mismatch => "the image is not the one that the order describes",
        };
        f.write_str(text)
    }
}

impl core::error::Error for Refusal {}

/// Judges what the order alone says.
///
/// # Errors
/// The image it describes would be refused.
pub fn judge_order(terms: &Terms<'_>, device: &Device<'_>) -> Result<(), Refusal> {
    if terms.chip_id != device.chip_id {
        return Err(Refusal::WrongChip);
    }
    if terms.project != device.project && !terms.allow_other_project {
        return Err(Refusal::WrongProject);
    }
    if *device.trust != Trust::Anybody && !may_be_signed(terms.size) {
        return Err(Refusal::Unsigned);
    }
    Ok(())
}

/// A signed file has whole sectors, of which the last is the signature.
const fn may_be_signed(size: u32) -> bool {
    size.is_multiple_of(SECTOR) && size >= SECTOR + HEAD_LEN as u32
}

/// Judges the head that came.
///
/// # Errors
/// The image is refused.
pub fn judge_head(head: &ImageHead, terms: &Terms<'_>, device: &Device<'_>) -> Result<(), Refusal> {
    judge_order(terms, device)?;
    if head.chip_id != device.chip_id {
        return Err(Refusal::WrongChip);
    }
    if let Some(own) = device.chip_revision.filter(|own| !head.revisions.admit(*own)) {
        return Err(Refusal::WrongRevision { wanted: head.revisions, own });
    }
    if head.descriptor.project.as_str() != terms.project {
        return Err(Refusal::Mismatch);
    }
    if head.is_simulated() && !device.simulated {
        return Err(Refusal::Simulated);
    }
    if head.descriptor.secure_version < device.secure_floor {
        return Err(Refusal::Downgrade);
    }
    if head.guard.is_none() && !device.bootloader_rolls_back && !terms.allow_unguarded {
        return Err(Refusal::Unguarded);
    }
    Ok(())
}
