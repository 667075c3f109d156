//! What changes on the window by time alone: countdowns, and how long ago a silent device was seen.

use std::time::Duration;

use super::figures::ago_changes_in;
use super::page::Page;
use super::state::State;

/// When the window is to be drawn again although nothing happens, if it is.
#[must_use]
pub fn next_change(state: &State) -> Option<Duration> {
    countdown(state).into_iter().chain(silent_devices(state)).min()
}

/// The next full second of a device on probation; its countdown stands in the status bar of every page.
fn countdown(state: &State) -> Option<Duration> {
    let deadlines = &state.running.probation.as_ref()?.deadlines;
    let left = deadlines.iter().map(|deadline| deadline.saturating_duration_since(state.now.steady));
    left.filter(|left| !left.is_zero()).map(to_full_second).min()
}

fn to_full_second(left: Duration) -> Duration {
    match left.subsec_nanos() {
        0 => Duration::from_secs(1),
        nanos => Duration::from_nanos(nanos.into()),
    }
}

/// Devices that answer bring a new time with each answer; for the others nobody does.
fn silent_devices(state: &State) -> Option<Duration> {
    if state.page != Page::Devices {
        return None;
    }
    let silent = state.devices.rows.silent_since().iter();
    silent.map(|seen| ago_changes_in(*seen, state.now.wall)).min()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::{Device, Presence, Snapshot, Source};
    use crate::gui::event::Event;

    fn seen(presence: Presence, ago: Duration) -> State {
        let mut state = State::new(crate::gui::settings::View::default());
        let device = Device {
            id: skylift_protocol::bounded("porch"),
            name: String::new(),
            family: crate::engine::Family::Skylift,
            chip: skylift_protocol::Chip::Esp32C3,
            version: String::new(),
            address: ([127, 0, 0, 1], 80).into(),
            other_addresses: Vec::new(),
            slot: None,
            validation: None,
            access: None,
            source: Source::Mdns,
            presence,
            last_seen: Some(state.now.wall - ago),
            status: None,
            problem: None,
        };
        let snapshot = Snapshot { devices: vec![Arc::new(device)], ..Snapshot::default() };
        state.hear(Event::Snapshot(Arc::new(snapshot)));
        state
    }

    #[test]
    fn nothing_changes_while_nothing_is_there() {
        assert_eq!(next_change(&State::new(crate::gui::settings::View::default())), None);
    }

    #[test]
    fn a_silent_device_grows_older_on_its_page() {
        let mut state = seen(Presence::Offline, Duration::from_millis(12_300));
        assert_eq!(next_change(&state), Some(Duration::from_millis(700)));
        state.page = Page::Settings;
        assert_eq!(next_change(&state), None);
    }

    #[test]
    fn one_that_answers_tells_by_itself() {
        assert_eq!(next_change(&seen(Presence::Online, Duration::from_secs(12))), None);
    }

    #[test]
    fn a_countdown_changes_at_full_seconds() {
        assert_eq!(to_full_second(Duration::from_millis(41_250)), Duration::from_millis(250));
        assert_eq!(to_full_second(Duration::from_secs(41)), Duration::from_secs(1));
    }
}
