//! Where a device finds who it is: keys in its `skylift` partition, which has NVS format.
//!
//! NVS bounds names to 15 bytes (ESP-IDF Programming Guide, "Non-Volatile Storage Library").

/// The namespace of all keys here.
pub const NAMESPACE: &str = "skylift";
/// String: the device's name.
pub const KEY_NAME: &str = "name";
/// u8: 1 if the bootloader that was flashed rolls back.
pub const KEY_BOOTLOADER_ROLLS_BACK: &str = "bl_rollback";
/// u32: no image below this `secure_version` is taken.
pub const KEY_SECURE_FLOOR: &str = "secure_floor";
/// Blob: the networks the device knows, see [`Networks::to_record`](crate::Networks::to_record). One key, so that one
/// write makes a change.
pub const KEY_NETWORKS: &str = "networks";
