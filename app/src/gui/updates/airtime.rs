//! What an update puts on the air, in words: how it is sent, how many bytes that is, and what it spares.

use skylift_protocol::Encoding;

use crate::engine::{Airtime, Happening, Job, Sending, Unavailable};
use crate::gui::figures::{fine_size, percent, size};

/// The name of a way.
#[must_use]
pub const fn name(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Raw => "Raw",
        Encoding::Compressed => "Compressed",
        Encoding::Delta => "Delta",
        Encoding::Unknown => "Unknown",
    }
}

/// What a way is, in one sentence.
#[must_use]
pub const fn about(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Raw => "The image as it is. Every device takes it.",
        Encoding::Compressed => "The whole image, compressed. The device unpacks it as it writes.",
        Encoding::Delta => {
            "Only what differs from the image that runs. The device makes the new one of both."
        }
        Encoding::Unknown => "A way that this version does not know.",
    }
}

/// Why a way cannot be had, as a word; the sentence is its own.
#[must_use]
pub const fn word(why: &Unavailable) -> &'static str {
    match why {
        Unavailable::NotUnderstood => "Not understood",
        Unavailable::Jaguar => "Not with Jaguar",
        Unavailable::BaseUntold => "Old image unknown",
        Unavailable::BaseNotHere => "Old image not here",
        Unavailable::NotSmaller => "Not smaller",
        Unavailable::NotWanted => "Not wanted",
        Unavailable::GivenUp => "Given up",
        Unavailable::Failed { .. } => "Failed",
    }
}

/// `saves 99 %`; nothing where nothing is saved.
#[must_use]
pub fn saves(airtime: &Airtime) -> Option<String> {
    let hundredths = airtime.saved_percent()?;
    Some(format!("saves {}", percent(u32::try_from(hundredths).unwrap_or(100))))
}

/// `12.4 KiB instead of 4.10 MiB`, and the bytes alone where nothing is saved.
#[must_use]
pub fn instead(airtime: &Airtime) -> String {
    match saves(airtime) {
        Some(_) => format!("{} instead of {}", fine_size(airtime.sent), size(airtime.raw)),
        None => fine_size(airtime.sent),
    }
}

/// What is told of an update that has been sent: `delta, 3.1 KiB, saves 99 %`.
#[must_use]
pub fn sent(job: &Job) -> Option<String> {
    let Sending { encoding, sent, .. } = job.sending.filter(|sending| sending.sent > 0)?;
    let saves = saves(&job.airtime()).map(|saves| format!(", {saves}"));
    Some(format!("{encoding}, {}{}", fine_size(sent), saves.unwrap_or_default()))
}

/// That an update went on another way than it began, if it did: `Sent raw, not delta: the device has refused it.`
#[must_use]
pub fn fell_back(job: &Job) -> Option<String> {
    job.history.iter().rev().find_map(|happening| match happening {
        Happening::FellBack { from, to, why } => Some(format!("Sent {to}, not {from}: {why}.")),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::job;
    use super::*;

    #[test]
    fn what_is_saved_is_told_and_nothing_else() {
        let delta = Airtime { sent: 12_700, raw: 4_299_162 };
        assert_eq!(saves(&delta).as_deref(), Some("saves 99\u{202F}%"));
        assert_eq!(instead(&delta), "12.4 KiB instead of 4.10 MiB");
        // Raw, sent twice because of a break.
        let raw = Airtime { sent: 2 << 20, raw: 1 << 20 };
        assert_eq!((saves(&raw), instead(&raw).as_str()), (None, "2.00 MiB"));
        assert_eq!(saves(&Airtime { sent: 1_048_000, raw: 1 << 20 }), None);
    }

    #[test]
    fn a_fall_back_is_one_line_with_its_reason() {
        let mut job = job(1, "lamp");
        assert_eq!(fell_back(&job), None);
        let (from, to) = (Encoding::Delta, Encoding::Compressed);
        job.history.push(Happening::FellBack { from, to, why: "the device runs another image".to_owned() });
        let line = "Sent compressed, not delta: the device runs another image.";
        assert_eq!(fell_back(&job).as_deref(), Some(line));
    }

    #[test]
    fn an_update_tells_how_it_was_sent_once_something_was() {
        let mut job = job(1, "lamp");
        assert_eq!(sent(&job), None);
        job.sending = Some(Sending { encoding: Encoding::Delta, bytes: 3174, sent: 0 });
        assert_eq!(sent(&job), None);
        job.sending = Some(Sending { encoding: Encoding::Delta, bytes: 3174, sent: 3174 });
        assert_eq!(sent(&job).as_deref(), Some("delta, 3.0 KiB, saves 99\u{202F}%"));
    }
}
