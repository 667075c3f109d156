//! Times as they are stored: whole milliseconds since 1970, in UTC.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A time to be stored. One before 1970 is a clock that was never set.
pub(super) fn to_millis(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A time that was stored.
pub(super) fn from_millis(millis: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(millis).unwrap_or(0).min(LAST))
}

/// The end of the year 9999: what is beyond cannot be written as a date.
const LAST: u64 = 253_402_300_799_999;

/// Now, as it is stored.
pub(super) fn now() -> i64 {
    to_millis(SystemTime::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_were_stored() {
        let time = UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
        assert_eq!(from_millis(to_millis(time)), time);
        assert_eq!(from_millis(i64::MIN), UNIX_EPOCH);
        assert_eq!(to_millis(from_millis(i64::MAX)), 253_402_300_799_999);
    }
}
