//! Whether a device takes an image, judged by its head before anything is erased.

use crate::image::ImageHead;

/// What the device is.
#[derive(Clone, Copy, Debug)]
pub struct Device<'a> {
    /// ESP-IDF's number of the chip.
    pub chip_id: u16,
    /// Project of the running image.
    pub project: &'a str,
    /// It is a simulated device; chips refuse images made for those.
    pub simulated: bool,
    /// Provisioning recorded a bootloader that rolls back.
    pub bootloader_rolls_back: bool,
    /// No image below this `secure_version` is taken.
    pub secure_floor: u32,
}

/// What the order says and allows.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
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
    /// It is of another project, and the order does not allow that.
    WrongProject,
    /// Its `secure_version` is below the floor.
    Downgrade,
    /// Nobody would roll it back, and the order does not allow that.
    Unguarded,
    /// It is for simulated devices. No order can allow that.
    Simulated,
    /// It is not what the order says.
    Mismatch,
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::WrongChip => "the image is for another chip",
            Self::WrongProject => "the image is of another project",
            Self::Downgrade => "the image's secure_version is below what this device has run",
            Self::Unguarded => "the image has no boot guard, and this device's bootloader does not roll back",
            Self::Simulated => "the image is for simulated devices only",
            Self::Mismatch => "the image is not the one that the order describes",
        })
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
    Ok(())
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
