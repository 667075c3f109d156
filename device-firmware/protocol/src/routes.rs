//! The paths of the device's HTTP API.

/// GET: [`Status`](crate::Status); [`PublicStatus`](crate::PublicStatus) to strangers, unless the device is open.
pub const STATUS: &str = "/status";
/// GET: server-sent [`Event`](crate::Event)s.
pub const EVENTS: &str = "/events";
/// GET: the last 4 KiB of the device's log, as text.
pub const LOG: &str = "/log";
/// POST [`Probe`](crate::Probe): which URLs the device can reach.
pub const PROBE: &str = "/probe";
/// POST [`Order`](crate::Order): an update.
pub const UPDATE: &str = "/update";
/// PUT with `?order_id=ID&from=BYTE`: the bytes of an accepted order that is pushed, from that byte on. An empty body with
/// `from=0` withdraws an order, pushed or fetched, also when all its bytes have come, until the device has switched.
pub const IMAGE: &str = "/update/image";
/// POST [`Prepare`](crate::Prepare): erase the slot of the next update ahead of it.
pub const PREPARE: &str = "/update/prepare";
/// POST: keep the running image now.
pub const VALIDATE: &str = "/validate";
/// POST: run the other slot.
pub const ROLLBACK: &str = "/rollback";
/// POST: restart.
pub const REBOOT: &str = "/reboot";
/// POST: blink.
pub const IDENTIFY: &str = "/identify";
/// POST [`Rename`](crate::Rename): a new name.
pub const RENAME: &str = "/rename";
/// POST [`WifiChange`](crate::WifiChange): another network, the old one kept as a fallback.
pub const WIFI: &str = "/wifi";
