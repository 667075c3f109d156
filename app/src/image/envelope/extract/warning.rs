//! What the user of an extracted firmware should know. It was made all the same.

/// What the user of an extracted firmware should know: a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// Devices with the envelope's partition table, or else with the usual one, cannot take it.
    #[error(
        "the firmware has {len} bytes, and the slots of its partition table have {slot}: no device with this table can take it"
    )]
    LargerThanSlot {
        /// Bytes of the firmware.
        len: usize,
        /// Bytes of the smallest slot.
        slot: u32,
    },
    /// An ELF has no place for it.
    #[error("the configuration is not used: an ELF has no place for it")]
    ConfigNotUsed,
    /// The old name of a format.
    #[error("the format `qemu` is called `image` now")]
    OldName,
    /// What was given for a partition that the firmware fills itself.
    #[error("what was given for the partition {0:?} is not used: the firmware's own goes there")]
    ContentNotUsed(String),
}
