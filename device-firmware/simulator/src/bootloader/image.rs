//! The check of an app image before the bootloader starts it, to the end: every byte, checksum and digest.

use std::ops::Range;

use sha2::{Digest, Sha256};
use skylift_protocol::Chip;
use skylift_updater::{Flash, FlashError};

use super::partitions::Part;
use crate::silicon::Silicon;

/// No app partition is larger.
const MAX_LEN: u32 = 16 << 20;
/// No image has more segments. (The bootloader takes one without any.)
const MAX_SEGMENTS: u8 = 16;
/// Bytes of the app descriptor, which the first segment must have room for.
const DESCRIPTOR_LEN: u32 = 256;
/// Flash is mapped in pages of this many bytes, unless the chip can be told otherwise.
const MMU_PAGE: u32 = 0x1_0000;

/// What of a chip matters to the check.
struct Hardware {
    /// Addresses of constants in flash.
    drom: Range<u32>,
    /// Addresses of code in flash.
    irom: Range<u32>,
    /// Revision of the silicon.
    revision: u16,
    /// Revision of the eFuse block; `None` where it is not compared.
    block_revision: Option<u16>,
    /// Whether the app descriptor chooses the MMU page size, and so must be there.
    page_size_in_descriptor: bool,
}

/// From ESP-IDF's `soc.h` and `soc_caps.h` of each chip.
fn hardware(silicon: Silicon) -> Option<Hardware> {
    let revision = silicon.revision;
    let of = |drom, irom, block_revision, page_size_in_descriptor| {
        Some(Hardware { drom, irom, revision, block_revision, page_size_in_descriptor })
    };
    let split = (0x3C00_0000, 0x4200_0000);
    match silicon.chip {
        Chip::Esp32 => of(0x3F40_0000..0x3F80_0000, 0x400D_0000..0x4040_0000, None, false),
        Chip::Esp32S2 => of(0x3F00_0000..0x3FF8_0000, 0x4008_0000..0x4080_0000, Some(99), false),
        Chip::Esp32S3 => of(split.0..0x3E00_0000, split.1..0x4400_0000, Some(199), false),
        Chip::Esp32C2 => of(split.0..0x3C40_0000, split.1..0x4240_0000, Some(99), true),
        Chip::Esp32C3 => of(split.0..0x3C80_0000, split.1..0x4280_0000, Some(199), false),
        Chip::Esp32C5 => of(split.1..0x4400_0000, split.1..0x4400_0000, Some(99), false),
        Chip::Esp32C6 => of(split.1..0x4300_0000, split.1..0x4300_0000, Some(99), true),
        Chip::Esp32C61 => of(split.1..0x4400_0000, split.1..0x4400_0000, Some(199), true),
        Chip::Esp32H2 => of(split.1..0x4300_0000, split.1..0x4300_0000, Some(99), true),
        Chip::Esp32P4 => of(0x4000_0000..0x4400_0000, 0x4000_0000..0x4400_0000, Some(199), false),
        Chip::Unknown => None,
    }
}

/// Whether the bootloader of this silicon starts what lies in `part`.
pub(super) fn bootable<F: Flash>(flash: &mut F, part: Part, silicon: Silicon) -> Result<bool, FlashError> {
    let (Some(hardware), Some(chip_id)) = (hardware(silicon), silicon.chip.image_id()) else {
        return Ok(false);
    };
    if part.size > MAX_LEN {
        return Ok(false);
    }
    let mut check = Check {
        at: part.offset,
        end: part.offset.saturating_add(part.size).min(flash.capacity()),
        flash,
        hash: Sha256::new(),
        checksum: 0xEF,
        page: MMU_PAGE,
    };
    match check.image(part, &hardware, chip_id) {
        Ok(()) => Ok(true),
        Err(Refusal::Image) => Ok(false),
        Err(Refusal::Flash) => Err(FlashError),
    }
}

/// Why a check ends early.
enum Refusal {
    /// The image is no good; the bootloader goes on with the next.
    Image,
    /// The flash failed.
    Flash,
}

/// [`Refusal::Image`] unless `condition`.
fn require(condition: bool) -> Result<(), Refusal> {
    if condition { Ok(()) } else { Err(Refusal::Image) }
}

/// A check on its way through an image.
struct Check<'a, F> {
    flash: &'a mut F,
    at: u32,
    end: u32,
    hash: Sha256,
    checksum: u8,
    page: u32,
}

impl<F: Flash> Check<'_, F> {
    fn image(&mut self, part: Part, hardware: &Hardware, chip_id: u16) -> Result<(), Refusal> {
        let header = self.take::<24>()?;
        require(header[0] == 0xE9 && half(&header, 12) == chip_id && header[1] <= MAX_SEGMENTS)?;
        require(revision_fits(hardware.revision, half(&header, 15), half(&header, 17)))?;
        for number in 0..header[1] {
            self.segment(number == 0, hardware)?;
        }
        self.checksum(part.offset)?;
        // Any value but 0 counts as the flag.
        if header[23] != 0 {
            let digest: [u8; 32] = self.hash.clone().finalize().into();
            require(self.take::<32>()? == digest)?;
        }
        Ok(())
    }

    fn segment(&mut self, first: bool, hardware: &Hardware) -> Result<(), Refusal> {
        let header = self.take::<8>()?;
        let (address, len) = (word(&header, 0), word(&header, 4));
        require(len.is_multiple_of(4))?;
        if first {
            require(len >= DESCRIPTOR_LEN)?;
            self.descriptor(hardware)?;
        }
        let mapped = hardware.drom.contains(&address) || hardware.irom.contains(&address);
        require(!mapped || self.at % self.page == address % self.page)?;
        self.data(len)
    }

    /// Looks at the app descriptor without going on.
    fn descriptor(&mut self, hardware: &Hardware) -> Result<(), Refusal> {
        let mut descriptor = [0; DESCRIPTOR_LEN as usize];
        self.peek(&mut descriptor)?;
        if hardware.page_size_in_descriptor {
            require(word(&descriptor, 0) == 0xABCD_5432)?;
            self.page = match descriptor[180] {
                log2 @ 13..=16 => 1 << log2,
                _ => MMU_PAGE,
            };
        }
        let wanted = (half(&descriptor, 176), half(&descriptor, 178));
        require(hardware.block_revision.is_none_or(|revision| {
            let least = if wanted.0 == u16::MAX { 0 } else { wanted.0 };
            revision_fits(revision, least, wanted.1)
        }))
    }

    fn data(&mut self, len: u32) -> Result<(), Refusal> {
        let mut buf = [0; 4096];
        let mut rest = len as usize;
        while rest > 0 {
            let piece = &mut buf[..rest.min(4096)];
            self.read(piece)?;
            self.checksum = piece.iter().fold(self.checksum, |sum, byte| sum ^ byte);
            rest -= piece.len();
        }
        Ok(())
    }

    /// The last byte before the next border of 16 bytes, counted from the start of the image.
    fn checksum(&mut self, start: u32) -> Result<(), Refusal> {
        let padding = 15 - (self.at - start) % 16;
        let mut rest = [0; 16];
        let rest = &mut rest[..padding as usize + 1];
        self.read(rest)?;
        require(rest.last() == Some(&self.checksum))
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        let mut bytes = [0; N];
        self.read(&mut bytes)?;
        Ok(bytes)
    }

    fn read(&mut self, buf: &mut [u8]) -> Result<(), Refusal> {
        self.peek(buf)?;
        self.hash.update(&*buf);
        self.at += buf.len() as u32;
        Ok(())
    }

    /// Beyond the partition: the real one reads on and finds the image too long at the end.
    fn peek(&mut self, buf: &mut [u8]) -> Result<(), Refusal> {
        require(self.end.saturating_sub(self.at) as usize >= buf.len())?;
        self.flash.read(self.at, buf).map_err(|FlashError| Refusal::Flash)
    }
}

/// `most` of 0 or all ones says nothing.
const fn revision_fits(revision: u16, least: u16, most: u16) -> bool {
    least <= revision && (most == 0 || most == u16::MAX || revision <= most)
}

fn half(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
