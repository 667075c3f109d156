//! How updates end, in the words of the protocol; and the numbers the journal keeps of them.

use skylift_protocol::{Crash, Detail, Digest, LastEnd, Outcome, Reason, bounded};
use skylift_updater::accept::Refusal;
use skylift_updater::image::ImageInfo;
use skylift_updater::journal::{EndCode, Journal};
use skylift_updater::outcome::{Cause, End};
use skylift_updater::rtc::CrashRecord;
use skylift_updater::signature::SignatureError;
use skylift_updater::writer::WriteError;

use crate::download::Failure;
use crate::push::PushEnded;
use crate::sentence;

/// Reasons by their number in the journal. Frozen: numbers are given once; 1 to 3 are the guard's.
const NUMBERS: [(Reason, u16); 28] = [
    (Reason::Panic, 1),
    (Reason::Watchdog, 2),
    (Reason::Restarted, 3),
    (Reason::NoNetwork, 16),
    (Reason::NotValidated, 17),
    (Reason::ByHand, 18),
    (Reason::Unreachable, 19),
    (Reason::HttpStatus, 20),
    (Reason::Withdrawn, 21),
    (Reason::NoContentLength, 22),
    (Reason::WrongSize, 23),
    (Reason::LinkLost, 24),
    (Reason::Stalled, 25),
    (Reason::DigestMismatch, 26),
    (Reason::NotAnImage, 27),
    (Reason::WrongChip, 28),
    (Reason::WrongProject, 29),
    (Reason::Downgrade, 30),
    (Reason::Unguarded, 31),
    (Reason::Simulated, 32),
    (Reason::Mismatch, 33),
    (Reason::Flash, 34),
    (Reason::PushEnded, 35),
    (Reason::WrongRevision, 36),
    (Reason::Unsigned, 37),
    (Reason::SignerUnknown, 38),
    (Reason::SignatureInvalid, 39),
    (Reason::SignatureUnsupported, 40),
];

/// The number of a reason; those that the journal never holds have none.
pub(crate) fn end_code(reason: Reason) -> Option<EndCode> {
    NUMBERS.iter().find(|(known, _)| *known == reason).map(|&(_, number)| EndCode(number))
}

fn reason_of(code: EndCode) -> Reason {
    NUMBERS.iter().find(|(_, number)| *number == code.0).map_or(Reason::Unknown, |&(reason, _)| reason)
}

/// An update that ended without a restart.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stop {
    /// The image's head was not acceptable.
    Refused(Refusal),
    /// What came is no image, or could not be written. Whether something was erased is told beside it.
    Write(WriteError),
    /// It did not come.
    Download(Failure),
    /// The signers that the order names could not be kept.
    SignersNotKept,
    /// Its host stopped pushing.
    Push(PushEnded),
}

impl From<WriteError> for Stop {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}

impl Stop {
    pub(crate) fn reason(&self) -> Reason {
        match self {
            Self::Refused(Refusal::WrongChip) => Reason::WrongChip,
            Self::Refused(Refusal::WrongRevision { .. }) => Reason::WrongRevision,
            Self::Refused(Refusal::WrongProject) => Reason::WrongProject,
            Self::Refused(Refusal::Downgrade) => Reason::Downgrade,
            Self::Refused(Refusal::Unguarded) => Reason::Unguarded,
            Self::Refused(Refusal::Simulated) => Reason::Simulated,
            Self::Refused(Refusal::Unsigned) => Reason::Unsigned,
            Self::Refused(Refusal::Mismatch) => Reason::Mismatch,
            Self::SignersNotKept => Reason::Flash,
            Self::Write(error) => write_reason(error),
            Self::Download(failure) => failure.reason(),
            Self::Push(PushEnded::HostGone) => Reason::PushEnded,
            Self::Push(PushEnded::Withdrawn) => Reason::Withdrawn,
        }
    }

    /// Whether it is about the image or its stream, and not about the way they came.
    pub(crate) const fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Refused(_)
                | Self::Write(WriteError::Image(_) | WriteError::WrongBase | WriteError::Stream(_))
        )
    }

    pub(crate) fn detail(&self) -> Detail {
        match self {
            Self::Refused(refusal) => sentence(refusal),
            Self::Write(WriteError::Image(error)) => {
                sentence(format_args!("what the host served is no image for this device: {error}"))
            }
            Self::Write(error) => sentence(error),
            Self::SignersNotKept => bounded("the signers that the order names could not be kept in flash"),
            Self::Download(failure) => failure.detail(),
            Self::Push(ended) => sentence(ended),
        }
    }
}

fn write_reason(error: &WriteError) -> Reason {
    match error {
        WriteError::Image(_) => Reason::NotAnImage,
        WriteError::Length => Reason::WrongSize,
        WriteError::WrongBase => Reason::WrongBase,
        WriteError::Stream(_) => Reason::BadStream,
        WriteError::FileDigest => Reason::DigestMismatch,
        WriteError::ImageDigest => Reason::Mismatch,
        WriteError::Signature(error) => signature_reason(*error),
        WriteError::Slot
        | WriteError::TooLarge { .. }
        | WriteError::Store(_)
        | WriteError::Settle(_)
        | WriteError::SlotDigest => Reason::Flash,
    }
}

const fn signature_reason(error: SignatureError) -> Reason {
    match error {
        SignatureError::Unsigned => Reason::Unsigned,
        SignatureError::UnknownSigner => Reason::SignerUnknown,
        SignatureError::Unsupported(_) => Reason::SignatureUnsupported,
        SignatureError::Misplaced | SignatureError::Damaged { .. } | SignatureError::Invalid(_) => {
            Reason::SignatureInvalid
        }
        SignatureError::Flash => Reason::Flash,
    }
}

/// The end of the last update as it is told after a boot.
pub(crate) fn told(
    end: End,
    journal: Option<&Journal>,
    image: Option<&ImageInfo>,
    crash: Option<&CrashRecord>,
) -> LastEnd {
    let (outcome, reason) = match end {
        End::Validated => (Outcome::Validated, None),
        End::RolledBack(cause) => (Outcome::RolledBack, Some(cause_reason(cause))),
        End::Failed(code) => (Outcome::Failed, Some(code.map_or(Reason::PowerLost, reason_of))),
    };
    let attempt = journal.and_then(|journal| journal.attempt);
    let order_id = attempt.as_ref().and_then(|attempt| {
        let id = attempt.order_id.split(|&byte| byte == 0).next().unwrap_or_default();
        core::str::from_utf8(id).ok().map(bounded)
    });
    let crash = crash.filter(|crash| explains(reason, image, crash));
    LastEnd {
        order_id,
        outcome,
        reason,
        detail: detail_of(reason, crash),
        image_sha256: journal.map(|journal| Digest(journal.subject.image_sha256)),
        version: image.map(|image| bounded(image.descriptor().version.as_str())),
        crash: crash
            .map(|crash| Crash { elf_sha256: Digest(crash.elf_sha256), addresses: crash.addresses.clone() }),
    }
}

fn cause_reason(cause: Cause) -> Reason {
    match cause {
        Cause::Noted(code) => reason_of(code),
        Cause::ValidationInterrupted => Reason::ValidationInterrupted,
        Cause::BootloaderRefused => Reason::BootloaderRefused,
        Cause::CrashLoop => Reason::CrashLoop,
        Cause::ByHand => Reason::ByHand,
    }
}

/// Whether it is the crash of this image, and why the image does not run.
fn explains(reason: Option<Reason>, image: Option<&ImageInfo>, crash: &CrashRecord) -> bool {
    matches!(reason, Some(Reason::Panic | Reason::CrashLoop))
        && image.is_some_and(|image| image.descriptor().elf_sha256 == crash.elf_sha256)
}

fn detail_of(reason: Option<Reason>, crash: Option<&CrashRecord>) -> Detail {
    let Some(reason) = reason else { return Detail::new() };
    match crash {
        // Exceptions of the processor have no place in the source.
        Some(crash) if crash.file.is_empty() => bounded(&crash.message),
        Some(crash) => sentence(format_args!("{} ({}:{})", crash.message, crash.file, crash.line)),
        None => bounded(plain_detail(reason)),
    }
}

fn plain_detail(reason: Reason) -> &'static str {
    match reason {
        Reason::Panic => "it panicked; power was lost since, and with it the message",
        Reason::Watchdog => "it stopped feeding the watchdog",
        Reason::NoNetwork => "it did not join the network before its deadline",
        Reason::NotValidated => "it did not pass its self-test before the deadline",
        Reason::Restarted => "it was restarted before it had validated, as often as it may be",
        Reason::ValidationInterrupted => "power failed while its validation was written",
        Reason::CrashLoop => "it crashed again and again soon after its start",
        Reason::ByHand => "somebody asked for the other slot",
        Reason::BootloaderRefused => "the bootloader did not accept it",
        Reason::PowerLost => "the device restarted during the download; it can go on from its checkpoint",
        Reason::Unsigned => "it was not signed",
        Reason::SignerUnknown => "it was signed by nobody whom the device trusts",
        Reason::SignatureInvalid => "its signature did not hold",
        Reason::SignatureUnsupported => "it was signed in a way that the device does not verify",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_come_back() {
        for (index, (reason, number)) in NUMBERS.iter().enumerate() {
            assert_eq!(reason_of(EndCode(*number)), *reason);
            assert!(NUMBERS[..index].iter().all(|(_, other)| other < number), "{number}");
        }
        assert_eq!(reason_of(EndCode(999)), Reason::Unknown);
    }
}
