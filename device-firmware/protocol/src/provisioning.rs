//! Where a device finds who it is: keys in its `skylift` partition, which has NVS format.
//!
//! NVS bounds names to 15 bytes (ESP-IDF Programming Guide, "Non-Volatile Storage Library").

/// The namespace of all keys here.
pub const NAMESPACE: &str = "skylift";
/// String: the device's name.
pub const KEY_NAME: &str = "name";
/// u8: 1 if the bootloader that was flashed rolls back.
pub const KEY_BOOTLOADER_ROLLS_BACK: &str = "bl_rollback";
/// u32: no image below this `secure_version` is taken. Always there once a device is provisioned, see
/// [`Floor`](crate::Floor).
pub const KEY_SECURE_FLOOR: &str = "secure_floor";
/// Blob: whose images are taken, see [`Trust::to_record`](crate::Trust::to_record); absent if everybody's are.
pub const KEY_TRUST: &str = "trust";
/// u8, the mark beside [`KEY_TRUST`]: where it is and the record is not, nobody's images are taken.
pub const KEY_SIGNED_ONLY: &str = "signed_only";
/// Blob: the pairing key, exactly 32 bytes, see [`Pairing::from_record`](crate::Pairing::from_record); absent if the
/// device is open.
pub const KEY_PAIRING: &str = "pairing_key";
/// u8, the mark beside [`KEY_PAIRING`]: where it is and the key is not, nobody is let in.
pub const KEY_PAIRED: &str = "paired";
/// Blob: the networks the device knows, see [`Networks::to_record`](crate::Networks::to_record). One key, so that one
/// write makes a change.
pub const KEY_NETWORKS: &str = "networks";
