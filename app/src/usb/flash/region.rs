//! A part of the flash that becomes new: where it lies, and what it is to hold.

use skylift_updater::Region as Range;

use crate::usb::Step;
use crate::usb::board::Partition;

/// What a part of the flash is to hold.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// These bytes.
    Bytes(Vec<u8>),
    /// So many bytes of nothing.
    Blank(u32),
}

/// A part of the flash that becomes new.
#[derive(Clone, PartialEq, Eq)]
pub struct Region {
    /// The step it belongs to.
    pub step: Step,
    /// Where it begins: a sector.
    pub offset: u32,
    /// What it is to hold.
    pub content: Content,
    /// What it is called: the partition, or `Bootloader`.
    pub name: String,
    /// What will be there, in words.
    pub what: String,
}

impl Region {
    /// Bytes.
    #[must_use]
    pub fn length(&self) -> u32 {
        match &self.content {
            Content::Bytes(bytes) => u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            Content::Blank(length) => *length,
        }
    }

    pub(super) fn new(step: Step, offset: u32, bytes: Vec<u8>, name: &str, what: String) -> Self {
        Self { step, offset, content: Content::Bytes(bytes), name: name.to_owned(), what }
    }
}

impl std::fmt::Debug for Region {
    /// Leaves out the bytes: keys and passwords may be among them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}: {} at {:#x}, {} bytes", self.step, self.name, self.offset, self.length())
    }
}

/// A partition that is to hold nothing.
pub(super) fn blank(partition: &Partition) -> Region {
    Region {
        step: Step::Erase,
        offset: partition.offset,
        content: Content::Blank(partition.size),
        name: partition.label.clone(),
        what: "nothing".to_owned(),
    }
}

/// Whether two parts lie over each other.
pub(super) fn overlap(one: &Region, other: &Region) -> bool {
    let range = |region: &Region| Range { offset: region.offset, size: region.length() };
    range(one).overlaps(range(other))
}
