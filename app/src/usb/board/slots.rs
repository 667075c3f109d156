//! The partitions for apps: what is in them, what otadata says of them, and which one boots.

use skylift_protocol::{Chip, Digest};
use skylift_updater::image::{GuardKind, HEAD_LEN, ImageError, ImageHead, verify_slot};
use skylift_updater::otadata::{OtaData, State};
use skylift_updater::partition::Layout;

use super::reader::Reader;
use super::{Depth, Partition};
use crate::usb::UsbError;

/// A partition for an app.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// The partition.
    pub partition: Partition,
    /// What is in it.
    pub contents: Contents,
    /// What otadata says of it, if it says anything.
    pub state: Option<State>,
}

/// What a partition for an app holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Contents {
    /// Nothing.
    Empty,
    /// Something that no bootloader boots.
    NoImage(ImageError),
    /// An app, as far as it was looked at.
    Image(Held),
}

/// An app, as it says itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// Its project.
    pub project: String,
    /// Its version.
    pub version: String,
    /// The chip it is made for.
    pub chip: Chip,
    /// What its boot guard is for; `None` if it has none.
    pub guard: Option<GuardKind>,
    /// Names the ELF it was made from.
    pub elf_sha256: Digest,
    /// The digest that bootloaders check, over all of it; `None` if only its head was looked at.
    pub image_sha256: Option<Digest>,
}

impl Slot {
    /// The app in it.
    #[must_use]
    pub const fn image(&self) -> Option<&Held> {
        match &self.contents {
            Contents::Image(held) => Some(held),
            Contents::Empty | Contents::NoImage(_) => None,
        }
    }
}

/// Reads them, and finds the one that boots.
pub(super) fn read(
    reader: &mut Reader<'_, '_>,
    partitions: &[Partition],
    depth: Depth,
) -> Result<(Vec<Slot>, Option<usize>), UsbError> {
    let layout = Layout::read(reader).ok();
    let ota = layout.as_ref().and_then(|layout| OtaData::read(reader, layout).ok());
    let ota = layout.as_ref().zip(ota.as_ref());
    reader.check()?;
    let mut slots = Vec::new();
    let mut apps: Vec<&Partition> = partitions.iter().filter(|partition| partition.is_app()).collect();
    apps.sort_by_key(|partition| partition.subtype);
    for partition in apps {
        let contents = contents(reader, partition, depth)?;
        let state = ota.zip(partition.slot()).and_then(|((layout, ota), number)| {
            let named = ota.naming(layout, number)?;
            Some(ota.entry(named).state())
        });
        slots.push(Slot { partition: partition.clone(), contents, state });
    }
    let named = ota.and_then(|(layout, ota)| Some(ota.entry(ota.active()?).slot(layout)));
    let boots = boots(&slots, named);
    Ok((slots, boots))
}

fn contents(reader: &mut Reader<'_, '_>, partition: &Partition, depth: Depth) -> Result<Contents, UsbError> {
    let raw = reader.bytes(partition.offset, HEAD_LEN.min(partition.size as usize))?;
    if raw.iter().all(|&byte| byte == 0xFF) {
        return Ok(Contents::Empty);
    }
    let head = raw.first_chunk().ok_or(ImageError::Truncated).and_then(ImageHead::parse);
    let head = match head {
        Ok(head) => head,
        Err(error) => return Ok(Contents::NoImage(error)),
    };
    let whole = match depth {
        Depth::Heads => None,
        Depth::Whole => {
            let checked = reader.widely(|reader| verify_slot(reader, partition.region()));
            reader.check()?;
            Some(checked)
        }
    };
    Ok(match whole.transpose() {
        Ok(whole) => Contents::Image(held(&head, whole.map(|info| Digest(info.image_sha256)))),
        Err(error) => Contents::NoImage(error),
    })
}

fn held(head: &ImageHead, image_sha256: Option<Digest>) -> Held {
    Held {
        project: head.descriptor.project.as_str().to_owned(),
        version: head.descriptor.version.as_str().to_owned(),
        chip: Chip::from_image_id(head.chip_id),
        guard: head.guard.map(|marker| marker.kind),
        elf_sha256: Digest(head.descriptor.elf_sha256),
        image_sha256,
    }
}

/// As ESP-IDF's bootloader chooses: the slot that otadata names, else the factory app, else the first slot; if what is
/// there is no image, those before it, then those behind it.
fn boots(slots: &[Slot], named: Option<u8>) -> Option<usize> {
    let position = |wanted: Option<u8>| slots.iter().position(|slot| slot.partition.slot() == wanted);
    let first = match named {
        Some(number) => position(Some(number)),
        None => slots.iter().position(|slot| slot.partition.is_factory()).or_else(|| position(Some(0))),
    }?;
    let is_image = |&index: &usize| slots.get(index).is_some_and(|slot| slot.image().is_some());
    (0..=first).rev().find(is_image).or_else(|| (first + 1..slots.len()).find(is_image))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(subtype: u8, holds: bool) -> Slot {
        let partition = Partition { label: String::new(), kind: 0, subtype, offset: 0, size: 0 };
        let image = Held {
            project: String::new(),
            version: String::new(),
            chip: Chip::Esp32C3,
            guard: None,
            elf_sha256: Digest([0; 32]),
            image_sha256: None,
        };
        let contents = if holds { Contents::Image(image) } else { Contents::Empty };
        Slot { partition, contents, state: None }
    }

    #[test]
    fn what_boots_is_an_image_wherever_otadata_points() {
        let two = [slot(0x10, true), slot(0x11, true)];
        assert_eq!([boots(&two, None), boots(&two, Some(1))], [Some(0), Some(1)]);
        let second = [slot(0x10, false), slot(0x11, true)];
        assert_eq!([boots(&second, None), boots(&second, Some(0))], [Some(1), Some(1)]);
        let factory = [slot(0, true), slot(0x10, true), slot(0x11, false)];
        assert_eq!([boots(&factory, None), boots(&factory, Some(1))], [Some(0), Some(1)]);
        assert_eq!(boots(&[slot(0x10, false)], Some(0)), None);
    }
}
