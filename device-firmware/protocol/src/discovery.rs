//! What a device shows of itself by mDNS: one service, instance = id, and six TXT keys.

/// The service type, without the domain.
pub const SERVICE: &str = "_skylift._tcp";
/// TXT key: the device's id.
pub const TXT_ID: &str = "id";
/// TXT key: the name its owner chose.
pub const TXT_NAME: &str = "name";
/// TXT key: the chip's word.
pub const TXT_CHIP: &str = "chip";
/// TXT key: the running version.
pub const TXT_VERSION: &str = "ver";
/// TXT key: the protocol's version.
pub const TXT_PROTO: &str = "proto";
/// TXT key: the validation state's word.
pub const TXT_STATE: &str = "state";
