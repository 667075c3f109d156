//! How an update ended, and why.

use heapless::Vec;
use serde::{Deserialize, Serialize};

use crate::word::wire_words;
use crate::{Detail, Digest, Label, OrderId};

wire_words! {
    /// The end of an update, as the device knows it.
    Outcome {
        /// The new image runs and is kept.
        Validated = "validated",
        /// The new image ran, or was tried, and the old one runs again.
        RolledBack = "rolled_back",
        /// The image's head was not acceptable; nothing was erased.
        Refused = "refused",
        /// The update ended before the switch; the old image never stopped being the one that boots.
        Failed = "failed",
    }
}

wire_words! {
    /// Why an update did not end in a validated image.
    Reason {
        /// The new image panicked; the detail has message, file and line.
        Panic = "panic",
        /// The new image stopped feeding the watchdog.
        Watchdog = "watchdog",
        /// The new image could not join its network or serve its API in time.
        NoNetwork = "no_network",
        /// The deadline passed without validation.
        NotValidated = "not_validated",
        /// It was restarted before it had validated, as often as it may be.
        Restarted = "restarted",
        /// Power failed while validation was written; the old image runs.
        ValidationInterrupted = "validation_interrupted",
        /// A validated image crashed again and again.
        CrashLoop = "crash_loop",
        /// Somebody asked for the other slot.
        ByHand = "by_hand",
        /// The bootloader did not accept the image and fell back.
        BootloaderRefused = "bootloader_refused",
        /// The host could not be reached.
        Unreachable = "unreachable",
        /// The host answered something else than the image.
        HttpStatus = "http_status",
        /// The host withdrew the image.
        Withdrawn = "withdrawn",
        /// The answer did not say how long it is.
        NoContentLength = "no_content_length",
        /// The host serves another size than ordered.
        WrongSize = "wrong_size",
        /// The connection broke, more often than may be.
        LinkLost = "link_lost",
        /// Nothing arrived for too long, more often than may be.
        Stalled = "stalled",
        /// The bytes are not the ones ordered.
        DigestMismatch = "digest_mismatch",
        /// The bytes are not an app image, or a damaged one; the detail says which rule.
        NotAnImage = "not_an_image",
        /// The image is for another chip.
        WrongChip = "wrong_chip",
        /// The image is for other revisions of the chip.
        WrongRevision = "wrong_revision",
        /// The image is of another project, and the order does not allow it.
        WrongProject = "wrong_project",
        /// The image is below the floor of `secure_version`.
        Downgrade = "downgrade",
        /// The image has no boot guard, and the bootloader does not roll back.
        Unguarded = "unguarded",
        /// The image is for simulated devices only.
        Simulated = "simulated",
        /// The image's own head says something else than the order.
        Mismatch = "mismatch",
        /// The image is not signed, and the device takes signed ones only.
        Unsigned = "unsigned",
        /// The image is signed by nobody whom the device trusts.
        SignerUnknown = "signer_unknown",
        /// The signature is damaged, or is not the signer's for this image.
        SignatureInvalid = "signature_invalid",
        /// The image is signed in a way that the device does not verify, such as RSA.
        SignatureUnsupported = "signature_unsupported",
        /// The flash did not take what was written.
        Flash = "flash",
        /// The host of a push went away.
        PushEnded = "push_ended",
        /// Power failed, or the device restarted, during the download.
        PowerLost = "power_lost",
        /// What runs is not what the delta is against.
        WrongBase = "wrong_base",
        /// The stream is damaged, or none of the kind that was ordered; the detail says which rule.
        BadStream = "bad_stream",
    }
}

/// The most addresses that a crash leaves.
pub const MAX_CRASH_ADDRESSES: usize = 8;

/// Where an image crashed, for whoever has the ELF that it was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crash {
    /// Digest of that ELF.
    pub elf_sha256: Digest,
    /// Return addresses, innermost first; none where the chip's panic handler cannot walk its stack.
    #[serde(default)]
    pub addresses: Vec<u32, MAX_CRASH_ADDRESSES>,
}

/// The last end of an update, in `/status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastEnd {
    /// The order that ended; absent where the device cannot know any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why; absent when validated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// A sentence for people, such as the panic's message with file and line.
    #[serde(default)]
    pub detail: Detail,
    /// The image that was to run; absent where the device cannot know any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_sha256: Option<Digest>,
    /// Its version, if its slot still tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Label>,
    /// Where it crashed, if that is why, and power was not lost since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crash: Option<Crash>,
}
