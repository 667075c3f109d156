//! What a person can do about an update that did not end well, by its reason. The command line adds its own words.

use skylift_protocol::{ErrorCode, Reason};

use super::{HostReason, Why};

/// Half sentences that follow "try: ", the likeliest first.
pub(super) fn counsel(reason: Why) -> Vec<String> {
    let advice: &[&str] = match reason {
        Why::Device(reason) => of_device(reason),
        Why::Rule(code) => of_rule(code),
        Why::Host(reason) => of_host(reason),
    };
    advice.iter().map(|&line| line.to_owned()).collect()
}

/// The image ran, or was to run, and the device says why it does not.
const fn of_device(reason: Reason) -> &'static [&'static str] {
    match reason {
        Reason::Panic => &["mend what panicked at that file and line, and send the new build"],
        Reason::Watchdog => &["look for a loop or a blocking call before the self-test has passed"],
        Reason::NoNetwork => {
            &["compare the network settings of the new firmware with those of the old, which joins"]
        }
        Reason::NotValidated => {
            &["read its log while it is on probation", "look at the part of the self-test that is your own"]
        }
        Reason::Restarted => {
            &["find out who takes its power or resets it while it checks itself, and send it again"]
        }
        Reason::ValidationInterrupted => &["send it again: it had passed its self-test, only power failed"],
        Reason::CrashLoop => &["mend what the detail names; until then the old firmware runs"],
        Reason::BootloaderRefused => &["check which revision of the chip's fuses the image asks for"],
        Reason::Unreachable => &[
            "look whether a firewall, a VPN or another network has come between",
            "update it again: it goes on where it stopped",
        ],
        Reason::PowerLost => &[
            "look at its power supply: WiFi and writing draw the most",
            "update it again: it goes on where it stopped",
        ],
        Reason::LinkLost | Reason::Stalled | Reason::PushEnded => {
            &["update it again: it goes on where it stopped", "bring the device closer to its access point"]
        }
        Reason::HttpStatus | Reason::Withdrawn | Reason::NoContentLength | Reason::WrongSize => {
            &["look for a proxy or a portal that answers in the place of this computer"]
        }
        Reason::DigestMismatch => &[
            "update it again",
            "if it happens again, look for what changes bytes between here and the device",
        ],
        Reason::Flash => {
            &["update it again", "if it happens again, the flash is worn out: replace the module"]
        }
        Reason::NotAnImage | Reason::Mismatch => &["inspect the image"],
        Reason::WrongChip => of_rule(ErrorCode::WrongChip),
        Reason::WrongRevision => of_rule(ErrorCode::WrongRevision),
        Reason::WrongProject => of_rule(ErrorCode::WrongProject),
        Reason::Downgrade => of_rule(ErrorCode::Downgrade),
        Reason::Unguarded => of_rule(ErrorCode::Unguarded),
        Reason::Simulated => of_rule(ErrorCode::Simulated),
        Reason::Unsigned => of_rule(ErrorCode::Unsigned),
        Reason::SignerUnknown => of_rule(ErrorCode::SignerUnknown),
        Reason::SignatureInvalid => of_rule(ErrorCode::SignatureInvalid),
        Reason::SignatureUnsupported => of_rule(ErrorCode::SignatureUnsupported),
        Reason::WrongBase => of_rule(ErrorCode::WrongBase),
        Reason::BadStream => &["update it again", "send the image as it is: --encoding raw"],
        Reason::ByHand | Reason::Unknown => &[],
    }
}

/// A rule of the device, applied before anything was written.
const fn of_rule(code: ErrorCode) -> &'static [&'static str] {
    match code {
        ErrorCode::WrongChip => &["build the image for the device's chip"],
        ErrorCode::WrongRevision => &[
            "build the image for the device's chip revision: ESP-IDF's CONFIG_<CHIP>_REV_MIN, espflash's --min-chip-rev",
        ],
        ErrorCode::TooLarge => &[
            "make the image smaller: opt-level = \"s\", lto, no debug strings",
            "give the device larger slots, which takes a cable",
        ],
        ErrorCode::WrongProject => &["if it is meant for this device, allow another project for this update"],
        ErrorCode::Unguarded => &[
            "build the image with Skylift's boot guard",
            "if you accept that nobody would bring the old firmware back, allow it for this update",
        ],
        ErrorCode::Simulated => &["build the image for the chip; demo images are for simulated devices"],
        ErrorCode::Downgrade => &["build the image with a secure_version that is not below the device's"],
        ErrorCode::Unsigned => &["skylift sign IMAGE, with a key that the device trusts"],
        ErrorCode::SignerUnknown => &[
            "skylift sign IMAGE --signer NAME, with a key that the device trusts: skylift status lists those",
        ],
        ErrorCode::SignatureInvalid => {
            &["skylift inspect IMAGE shows each signature", "sign the image again"]
        }
        ErrorCode::SignatureUnsupported => &["sign it with a key of ECDSA P-256: skylift sign IMAGE"],
        ErrorCode::Busy => &["wait until that update has ended"],
        ErrorCode::PendingValidation => &["validate what it runs", "or roll it back"],
        ErrorCode::Flash => &[
            "look at the device by cable, with skylift board: its partition table or its flash is not as it should be",
        ],
        ErrorCode::NotAnImage | ErrorCode::Mismatch => &["inspect the image"],
        ErrorCode::Malformed | ErrorCode::Encoding | ErrorCode::WrongBase => {
            &["bring the device's firmware and this program to versions that go together"]
        }
        _ => &[],
    }
}

/// What this side found.
const fn of_host(reason: HostReason) -> &'static [&'static str] {
    match reason {
        HostReason::NoAnswer | HostReason::Stopped => {
            &["look whether it has power and is on the network", "then update it again"]
        }
        HostReason::BadAnswer => &["look whether another program answers at the device's address"],
        HostReason::NotProven => &["find out what answers at the device's address"],
        HostReason::FalseClaim => {
            &["do not rely on this device until you have looked at it by cable: skylift board"]
        }
        HostReason::OldImageRuns
        | HostReason::OrderDropped
        | HostReason::NoRestart
        | HostReason::NoProgress
        | HostReason::Unknown => &["read the device's log", "then update it again"],
        HostReason::OtherImageRuns => &["find out who else updates this device"],
        HostReason::Untracked | HostReason::DeadlinePassed => &["validate what it runs", "or roll it back"],
        HostReason::FirstSigners => &[
            "give it its key and its first signers by cable: skylift provision --trust SIGNER",
            "update it without others",
        ],
        HostReason::OldSigners => &[
            "restart it: it takes them over at its next start",
            "then look whom it trusts: skylift status DEVICE",
        ],
        HostReason::OldId => &[
            "look whether the new image has the right WiFi name and password: it goes back without a network",
            "read what it says over its cable: skylift monitor",
        ],
        HostReason::WithoutJaguar => &[
            "send the envelope instead: Skylift puts Jaguar into the image it makes of it",
            "if the device is to lose Jaguar, allow an image without Jaguar for this update",
        ],
        HostReason::IdTaken => &["send the envelope instead: the device gets an image of its own"],
        HostReason::WrongDevice => &["find it by its address again", "then update it again"],
        HostReason::NotTaken => &[
            "inspect the image: skylift inspect",
            "look whether it fits into the device's slot: what has more programs may need a cable and another partition table",
        ],
        HostReason::NotWithJaguar => &["update it without that"],
        HostReason::NotThisWay => &["let Skylift choose how it is sent"],
        HostReason::SameImage
        | HostReason::NewId
        | HostReason::Cancelled
        | HostReason::Server
        | HostReason::HostUnreachable => &[],
    }
}
