//! What the node asks of the chip under it, and what it is told about the boot.

use core::fmt;

use skylift_protocol::{Chip, FieldFlaw, Fields, Floor, Id, Name, Networks, Pairing, Trust};
use skylift_updater::Flash;
use skylift_updater::guard::{Boot, Reset};
use skylift_updater::partition::Layout;

use crate::page::Page;

/// The answer of the user's own self-test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelfTest {
    /// All is well.
    Passed,
    /// Not known yet; asked again until the deadline.
    NotYet,
}

/// A setting could not be kept: there is no `skylift` partition, or the flash did not take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotKept;

/// The chip, as far as the node needs it.
pub trait Platform {
    /// Whether the device has an address on its network.
    fn network_up(&self) -> bool;

    /// Revision of the chip as ESP-IDF counts, 100 times the major one plus the minor one; `None` if its fuses cannot be
    /// read.
    fn chip_revision(&self) -> Option<u16>;

    /// Signal strength in dBm, where there is a radio.
    fn rssi_dbm(&self) -> Option<i8>;

    /// Free heap in bytes, where it is known.
    fn heap_free(&self) -> Option<u32>;

    /// The least free heap since the start in bytes, where it is known.
    fn heap_least(&self) -> Option<u32> {
        None
    }

    /// Temperature inside of the chip in °C, where it has a sensor. Returns at once.
    fn temperature_c(&self) -> Option<i8> {
        None
    }

    /// Shows a person which device this is: blinks for some seconds. Returns at once.
    fn identify(&self);

    /// Keeps a new name where provisioning put the old one.
    ///
    /// # Errors
    /// The partition table has no place for it, or the flash did not take it.
    fn store_name<F: Flash>(&self, flash: &mut F, layout: &Layout, name: &str) -> Result<(), NotKept>;

    /// Keeps the networks where provisioning put the old ones: all of them or none, whenever power fails.
    ///
    /// # Errors
    /// The partition table has no place for them, or the flash did not take them.
    fn store_networks<F: Flash>(
        &self,
        flash: &mut F,
        layout: &Layout,
        networks: &Networks,
    ) -> Result<(), NotKept>;

    /// Keeps the floor of `secure_version` where provisioning put the old one.
    ///
    /// # Errors
    /// The partition table has no place for it, or the flash did not take it.
    fn store_secure_floor<F: Flash>(&self, flash: &mut F, layout: &Layout, floor: u32)
    -> Result<(), NotKept>;

    /// Keeps whose images are taken: the old record or this one, whenever power fails.
    ///
    /// # Errors
    /// The partition table has no place for it, or the flash did not take it.
    fn store_trust<F: Flash>(&self, flash: &mut F, layout: &Layout, trust: &Trust) -> Result<(), NotKept>;

    /// The user's own part of the self-test.
    fn self_test(&self) -> SelfTest {
        SelfTest::Passed
    }

    /// What the user's own firmware tells of itself in `/status`. Asked at every answer, so it returns at once; not
    /// asked in safe mode. Of a paired device only its owner reads it.
    ///
    /// # Errors
    /// A field cannot be told. Those that were put before are, and the log says once which rule it is.
    fn fields(&self, fields: &mut Fields) -> Result<(), FieldFlaw> {
        let _ = fields;
        Ok(())
    }

    /// Whether GET of a path, without its query, is a page of the user's own firmware. Not asked for the node's own
    /// paths, which win, nor in safe mode. `path` is visible ASCII and begins with `/`; nothing is decoded.
    fn page(&self, path: &str) -> Option<Page> {
        let _ = path;
        None
    }

    /// Writes that page, at most [`MAX_PAGE`](crate::http::MAX_PAGE) bytes; returns at once. `query` is what follows
    /// `?`, as it came.
    ///
    /// # Errors
    /// It does not fit, or cannot be written: the answer is a 500.
    fn write_page(&self, path: &str, query: Option<&str>, body: &mut impl fmt::Write) -> fmt::Result {
        let _ = (path, query, body);
        Err(fmt::Error)
    }
}

/// Who the device is, from its provisioning.
#[derive(Debug)]
pub struct Identity {
    /// Unique on the network.
    pub id: Id,
    /// As its owner chose it.
    pub name: Name,
    /// The chip.
    pub chip: Chip,
    /// It is a simulated device: it takes images made for those.
    pub simulated: bool,
    /// Its bootloader is known to roll back.
    pub bootloader_rolls_back: bool,
    /// No image with a lower `secure_version` is taken.
    pub secure_floor: Floor,
    /// Whose images it takes.
    pub trust: Trust,
    /// Whom it lets in.
    pub pairing: Pairing,
    /// The networks it may join.
    pub networks: Networks,
}

/// What is known of this boot once the guard has run.
#[derive(Debug)]
pub struct BootFacts {
    /// The partition table.
    pub layout: Layout,
    /// The slot that the MMU maps; `None` for a factory app.
    pub running: Option<u8>,
    /// The guard's decision; never [`Boot::Reset`], after which nothing runs.
    pub boot: Boot,
    /// Why the chip started.
    pub reset: Reset,
    /// A random number of this boot.
    pub boot_id: u32,
    /// What nobody else knows of this boot.
    pub secret: BootSecret,
}

/// 32 bytes of this boot from the chip's source of true randomness; nonces of earlier boots are known by it.
pub struct BootSecret([u8; 32]);

impl BootSecret {
    /// Of bytes that were drawn just now.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn reveal(&self) -> [u8; 32] {
        self.0
    }
}

impl fmt::Debug for BootSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}
