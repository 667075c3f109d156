//! What the history knows of a device's last drill, in words.

use super::super::moments;
use super::super::session::Session;
use crate::store::LastDrill;

/// The last drill of a device. Why there is none, if the history cannot be read, is said when the engine starts.
pub(in crate::cli) fn last(device: &str, session: &Session) -> Option<LastDrill> {
    if session.no_history {
        return None;
    }
    session.history().and_then(|history| history.last_drill(device)).ok().flatten()
}

/// In a few words, for a table.
pub(in crate::cli) fn short(last: &LastDrill) -> String {
    let date = moments::date(last.at);
    match result(last) {
        "proven" => format!("proven {date}"),
        other => format!("{} {date}", other.replace('_', " ")),
    }
}

/// In a sentence.
pub(in crate::cli) fn sentence(last: &LastDrill) -> String {
    let at = moments::date_and_time(last.at);
    let before = &last.version_before;
    let reason = last.reason.as_ref().map_or(String::new(), |reason| format!(" ({reason})"));
    match result(last) {
        "proven" => {
            let after = last.drill.recovery;
            let after = after.map_or(String::new(), |time| format!(" after {:.1} s", time.as_secs_f64()));
            format!("proven by a drill on {at}: {before} ran again{after}{reason}")
        }
        "unprotected" => format!("NOT PROTECTED: in a drill on {at} the build that had to fail was kept"),
        "lost" => format!("not proven: in a drill on {at} the device went out of sight"),
        _ => format!("not proven: a drill on {at} ended otherwise than it should{reason}"),
    }
}

fn result(last: &LastDrill) -> &str {
    last.drill.result.as_deref().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::store::PastDrill;

    #[test]
    fn every_result_has_words() {
        for (result, word) in [
            ("proven", "1.0.0 ran again after 3.2 s (panic)"),
            ("unprotected", "was kept"),
            ("lost", "out of sight"),
            ("not_proven", "ended otherwise than it should (panic)"),
        ] {
            let last = LastDrill {
                number: 1,
                at: SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000),
                version_before: "1.0.0".to_owned(),
                reason: Some("panic".to_owned()),
                drill: PastDrill {
                    method: "crash".to_owned(),
                    image_before: String::new(),
                    result: Some(result.to_owned()),
                    recovery: Some(Duration::from_millis(3210)),
                },
            };
            let text = sentence(&last);
            assert!(text.contains(word) && text.contains("2023-11-1"), "{text}");
            assert!(short(&last).starts_with(&result.replace('_', " ")), "{}", short(&last));
        }
    }
}
