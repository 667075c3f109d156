//! Points in time as people read them: on the clock of this computer.

use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Date and time, to the second.
pub(super) fn date_and_time(time: SystemTime) -> String {
    in_zone(time, &TimeZone::system(), "%Y-%m-%d %H:%M:%S")
}

/// The date.
pub(super) fn date(time: SystemTime) -> String {
    in_zone(time, &TimeZone::system(), "%Y-%m-%d")
}

/// The time of the day, to the millisecond.
pub(super) fn time_of_day(time: SystemTime) -> String {
    in_zone(time, &TimeZone::system(), "%H:%M:%S%.3f")
}

fn in_zone(time: SystemTime, zone: &TimeZone, form: &str) -> String {
    let timestamp = Timestamp::try_from(time).unwrap_or_default();
    timestamp.to_zoned(zone.clone()).strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_those_of_the_zone() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(in_zone(time, &zone, "%Y-%m-%d %H:%M:%S%.3f"), "2023-11-15 00:13:20.123");
    }
}
