//! Figures as people write and read them: sizes, speeds and times.

use std::time::Duration;

/// A size in bytes.
pub(super) fn size(bytes: u32) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..0x10_0000 => format!("{:.0} KiB", f64::from(bytes) / 1024.0),
        _ => format!("{:.1} MiB", f64::from(bytes) / f64::from(0x10_0000)),
    }
}

/// The same for a sum of bytes; none here is larger than a flash.
pub(super) fn bytes(bytes: u64) -> String {
    size(u32::try_from(bytes).unwrap_or(u32::MAX))
}

/// A size of flash: `4 MiB`.
pub(super) fn flash_size(bytes: u32) -> String {
    const MIB: u32 = 1 << 20;
    if bytes >= MIB && bytes.is_multiple_of(MIB) { format!("{} MiB", bytes / MIB) } else { size(bytes) }
}

/// A speed in bytes a second.
pub(super) fn speed(rate: f64) -> String {
    if rate < 1_048_576.0 {
        format!("{:.0} KiB/s", rate / 1024.0)
    } else {
        format!("{:.1} MiB/s", rate / 1_048_576.0)
    }
}

/// A time in whole seconds; a part of one counts as one.
pub(super) fn time(time: Duration) -> String {
    let whole = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    match whole {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{}:{:02} min", seconds / 60, seconds % 60),
        seconds => format!("{}:{:02} h", seconds / 3600, seconds / 60 % 60),
    }
}

/// Reads a time that is given in seconds.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds is expected".to_owned())?;
    let wait = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
    if wait <= Duration::from_secs(3600) { Ok(wait) } else { Err("an hour is the most".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        assert_eq!([size(7), size(262_144), size(1_572_864)], ["7 bytes", "256 KiB", "1.5 MiB"]);
        assert_eq!([speed(10_240.0), speed(3_145_728.0)], ["10 KiB/s", "3.0 MiB/s"]);
        let times = [7_000, 60_001, 3_661_000].map(|ms| time(Duration::from_millis(ms)));
        assert_eq!(times, ["7 s", "1:01 min", "1:01 h"]);
    }

    #[test]
    fn times_are_read_within_reason() {
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2500)));
        assert_eq!(seconds("0"), Ok(Duration::ZERO));
        for text in ["", "soon", "-1", "inf", "NaN", "1e99", "3601"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
