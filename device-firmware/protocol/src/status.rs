//! `/status` and `/events`: what a device says of itself.

use heapless::Vec;
use serde::{Deserialize, Serialize};

use crate::word::wire_words;
use crate::{
    Chip, Digest, Encoding, Fields, Id, ImagePolicy, Label, LastEnd, Name, Prepared, Progress, Resume, Wifi,
};

/// The most slots that are told. ESP-IDF allows 16; tables with more than four are not updated by Skylift.
pub const MAX_SLOTS: usize = 4;

/// The most encodings that are told.
pub const MAX_ENCODINGS: usize = 4;

/// No status is longer than this as JSON, in bytes.
pub const MAX_STATUS_JSON: usize = 5120;

wire_words! {
    /// Whether the firmware drives real hardware.
    FirmwareKind {
        /// Made for chips.
        Real = "real",
        /// Made for simulated devices; chips refuse it.
        Simulated = "simulated",
        /// Not marked by Skylift.
        Foreign = "foreign",
    }
}

wire_words! {
    /// Who may give orders.
    Access {
        /// Anybody on the network.
        Open = "open",
        /// Who holds the key.
        Paired = "paired",
        /// Nobody, because the key is damaged.
        KeyDamaged = "key_damaged",
    }
}

wire_words! {
    /// Who rolls a bad image back.
    Protection {
        /// The boot guard inside the new image.
        Guard = "guard",
        /// The bootloader.
        Bootloader = "bootloader",
    }
}

wire_words! {
    /// The state word of a slot's otadata entry (`esp_ota_img_states_t`).
    SlotState {
        /// Not tried by anyone who keeps book.
        Undefined = "undefined",
        /// Waiting for its first boot.
        New = "new",
        /// In its one try under a bootloader that rolls back.
        PendingVerify = "pending_verify",
        /// Kept.
        Valid = "valid",
        /// Found bad by its own firmware.
        Invalid = "invalid",
        /// Rolled back.
        Aborted = "aborted",
    }
}

wire_words! {
    /// What the device is doing.
    Phase {
        /// Nothing.
        Idle = "idle",
        /// Fetching and checking the head of the image; nothing is erased yet.
        Checking = "checking",
        /// Writing the image as it arrives.
        Downloading = "downloading",
        /// Reading the whole slot back.
        Verifying = "verifying",
        /// About to restart.
        Rebooting = "rebooting",
        /// Running a new image that has not validated yet.
        PendingValidation = "pending_validation",
        /// Erasing the slot that the next update will be written to.
        Preparing = "preparing",
    }
}

wire_words! {
    /// Whether the running image is kept.
    ValidationState {
        /// It is.
        Valid = "valid",
        /// It is on probation.
        Pending = "pending",
        /// Nobody keeps book: a factory app, or a slot that was written by other tools.
        Untracked = "untracked",
    }
}

wire_words! {
    /// Why the chip started.
    ResetReason {
        /// Power was applied.
        PowerOn = "power_on",
        /// The firmware asked for it.
        Software = "software",
        /// A panic.
        Panic = "panic",
        /// A watchdog.
        Watchdog = "watchdog",
        /// The supply sagged.
        Brownout = "brownout",
        /// Woken from deep sleep.
        DeepSleep = "deep_sleep",
        /// The reset pin.
        External = "external",
    }
}

/// The image that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// The slot that the MMU maps; absent for a factory app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<u8>,
    /// Project in its app descriptor.
    pub project: Label,
    /// Version in its app descriptor.
    pub version: Label,
    /// Digest recomputed over the slot.
    pub image_sha256: Digest,
    /// Digest of the ELF it was made from; all zero if the build did not fill it in.
    pub elf_sha256: Digest,
    /// Whether it was made for chips.
    pub kind: FirmwareKind,
}

/// One app slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Number: 0 for `ota_0`.
    pub slot: u8,
    /// Where it begins in flash, in bytes; absent from devices of before this was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
    /// Bytes it can hold.
    pub size: u32,
    /// State of the otadata entry that names it; absent if none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<SlotState>,
    /// Project of the complete image in it; absent, as the next three, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<Label>,
    /// Version of that image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Label>,
    /// Digest of that image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_sha256: Option<Digest>,
    /// Bytes of that image, its digest included and a signature not; absent from devices of before this was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_size: Option<u32>,
}

/// Whether the running image is kept, and until when it has time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validation {
    /// The state.
    pub state: ValidationState,
    /// Seconds until it is rolled back, while pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_s: Option<u32>,
}

/// `GET /status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Version of the protocol.
    pub protocol: u16,
    /// The device's id.
    pub id: Id,
    /// The device's name.
    pub name: Name,
    /// The chip.
    pub chip: Chip,
    /// Its revision as ESP-IDF counts: 100 times the major one, plus the minor one; absent from devices that do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chip_revision: Option<u16>,
    /// Bytes of its flash; absent from devices that do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flash_size: Option<u32>,
    /// Who may give orders.
    pub access: Access,
    /// Which images it takes; absent from devices that do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<ImagePolicy>,
    /// The encodings it decodes besides [`Encoding::Raw`], which every device takes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub encodings: Vec<Encoding, MAX_ENCODINGS>,
    /// The image that runs.
    pub running: Running,
    /// All app slots.
    pub slots: Vec<Slot, MAX_SLOTS>,
    /// The slot that boots next; absent for a factory app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boots_next: Option<u8>,
    /// Who rolls a bad image back.
    pub protection: Protection,
    /// Whether the running image is kept.
    pub validation: Validation,
    /// The bootloader fell back from the slot that otadata names.
    #[serde(default)]
    pub fell_back: bool,
    /// Only network and update run, because no image is good.
    #[serde(default)]
    pub safe_mode: bool,
    /// What the device is doing.
    pub phase: Phase,
    /// How far, while it updates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// What can go on where it stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<Resume>,
    /// How far a slot was erased ahead of an update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepared: Option<Prepared>,
    /// How the last update ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_end: Option<LastEnd>,
    /// Boots since power was applied.
    pub boot_count: u32,
    /// A random number of this boot: another one tells of a restart, also where counts and uptime do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot_id: Option<u32>,
    /// Why the chip started.
    pub reset_reason: ResetReason,
    /// Seconds since it started.
    pub uptime_s: u32,
    /// The WiFi, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wifi: Option<Wifi>,
    /// Signal strength in dBm, where there is a radio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rssi_dbm: Option<i8>,
    /// Free heap in bytes, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heap_free: Option<u32>,
    /// The least free heap since the start in bytes, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heap_least: Option<u32>,
    /// Temperature inside of the chip in °C, where it has a sensor; these are good to a degree or two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_c: Option<i8>,
    /// What the user's own firmware tells.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub fields: Fields,
}

/// One server-sent event of `/events`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What the device is doing.
    pub phase: Phase,
    /// How far, while it updates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
}
