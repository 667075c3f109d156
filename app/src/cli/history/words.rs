//! What the history holds, in words.

use super::super::{airtime, figures};
use crate::store::{PastDrill, PastRollout, PastUpdate};

/// The device: its name, and its id if that is another.
pub(super) fn device(update: &PastUpdate) -> String {
    if update.name == update.device {
        update.device.clone()
    } else {
        format!("{} ({})", update.name, update.device)
    }
}

/// From which version to which.
pub(super) fn versions(update: &PastUpdate) -> String {
    let from = if update.from_version.is_empty() { "?" } else { &update.from_version };
    format!("{from} -> {}", update.version)
}

/// How it ended, or how far it is; of a drill also what it proved.
pub(super) fn state(update: &PastUpdate) -> String {
    let state = match &update.end {
        Some(end) => {
            let reason = end.reason.as_ref().map_or(String::new(), |reason| format!(" ({reason})"));
            let inferred = if end.is_inferred() { ", inferred" } else { "" };
            spoken(&end.verdict) + inferred + &reason
        }
        None => {
            format!("running, {}", update.phases().last().map_or(String::new(), |last| spoken(last.phase)))
        }
    };
    match &update.drill {
        Some(PastDrill { result: Some(result), .. }) => format!("drill {}: {state}", spoken(result)),
        Some(_) => format!("drill: {state}"),
        None => state,
    }
}

/// What an update was part of.
pub(super) fn rollout(rollout: &PastRollout) -> String {
    match rollout.devices {
        1 => format!("{}, to this device alone", rollout.id),
        many => format!("{}, to {many} devices: {}", rollout.id, rollout.order()),
    }
}

/// What a drill tried, and what it proved.
pub(super) fn drill(drill: &PastDrill) -> String {
    let proof = match drill.result.as_deref() {
        Some("proven") => "rollback proven",
        Some("unprotected") => "unprotected: the build was kept",
        Some("not_proven") => "rollback not proven",
        Some("not_run") => "nothing proven: the build never ran",
        Some("lost") => "nothing proven: the device was lost",
        _ => "nothing is known yet",
    };
    let recovery = drill.recovery.map_or(String::new(), |time| {
        format!(", the image before ran again after {:.1} s", time.as_secs_f64())
    });
    format!("{proof}{recovery} (method {})", spoken(&drill.method))
}

/// A frozen word as people write it.
pub(super) fn spoken(word: &str) -> String {
    word.replace('_', " ")
}

/// A note of a timeline.
pub(super) fn note(note: &str) -> String {
    match note.split_once(' ').unwrap_or((note, "")) {
        ("served_at", at) => format!("served at {at}, which the device reaches"),
        ("pushed", _) => "pushed, because the device does not reach this computer".to_owned(),
        ("resumed_from", from) => match from.parse() {
            Ok(bytes) => format!("goes on after the {} it has already", figures::size(bytes)),
            Err(_) => spoken(note),
        },
        ("planned", way) => match way.split_once(' ').map(|(way, bytes)| (way, bytes.parse())) {
            Some((way, Ok(bytes))) => format!("to be sent {way}: {}", airtime::size(bytes)),
            _ => spoken(note),
        },
        ("fell_back", ways) => match ways.split_once(' ') {
            Some((from, to)) => format!("not {from} after all but {to}"),
            None => spoken(note),
        },
        ("power_lost", _) => "lost power during the download; it is offered the image again".to_owned(),
        ("sent_again", percent) => format!("the connection broke at {percent} %, sent again"),
        ("withdrawn", _) => "cancelled: the image is withdrawn".to_owned(),
        ("too_late_to_cancel", _) => "too late to cancel: the device has the whole image".to_owned(),
        ("seen_again", _) => "was seen again".to_owned(),
        ("trusts", signers) => {
            let short: Vec<&str> = signers.split(' ').map(|it| it.get(..12).unwrap_or(it)).collect();
            format!("takes images of {} from now on, and of nobody else", short.join(" or "))
        }
        _ => spoken(note),
    }
}

/// What was sent of it, for a table: `3.1 KiB delta`. Of an update from before that was kept, what the device fetched.
pub(super) fn air(update: &PastUpdate) -> String {
    match &update.air {
        Some(air) => format!("{} {}", airtime::size(air.time.sent), air.encoding),
        None => bytes(update),
    }
}

/// The same in full, with what it has spared.
pub(super) fn air_in_full(update: &PastUpdate) -> Option<String> {
    let air = update.air.as_ref()?;
    let figures = airtime::spared(air.time).unwrap_or_else(|| airtime::size(air.time.sent));
    Some(format!("{}, {figures}", air.encoding))
}

/// Bytes of the image that the device wrote.
pub(super) fn bytes(update: &PastUpdate) -> String {
    figures::size(u32::try_from(update.bytes).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeline_tells_how_it_was_sent() {
        assert_eq!(note("planned delta 3148"), "to be sent delta: 3.1 KiB");
        assert_eq!(note("fell_back delta compressed"), "not delta after all but compressed");
        // What another version has written is shown as it is.
        for odd in ["planned", "planned delta", "planned delta few", "fell_back delta"] {
            assert_eq!(note(odd), spoken(odd));
        }
    }
}
