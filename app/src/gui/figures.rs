//! Figures for people: sizes, shares, times, digests. All digits have one width, so nothing jumps.

use std::time::{Duration, SystemTime};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use skylift_protocol::Chip;

use crate::chip_name::chip_name;

/// `61 %`, with a narrow space that does not break.
#[must_use]
pub fn percent(hundredths: u32) -> String {
    format!("{hundredths}\u{202F}%")
}

/// `0:42`, or `1:12:05`.
#[must_use]
pub fn clock_time(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 { format!("{minutes}:{seconds:02}") } else { format!("{hours}:{minutes:02}:{seconds:02}") }
}

/// The same for what is left: it says 0:00 only when nothing is.
#[must_use]
pub fn countdown(left: Duration) -> String {
    clock_time(Duration::from_secs(left.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)))
}

/// `48 B`, `648 KiB`, `1.13 MiB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    const KIB: u64 = 1 << 10;
    const MIB: u64 = 1 << 20;
    if bytes < KIB {
        format!("{bytes} B")
    } else if bytes < MIB {
        format!("{} KiB", bytes / KIB)
    } else {
        let hundredths = bytes.saturating_mul(100) / MIB;
        format!("{}.{:02} MiB", grouped(hundredths / 100), hundredths % 100)
    }
}

/// The same with tenths where they say something: `3.1 KiB`, `12.4 KiB`, `648 KiB`. For what is sent: deltas are small.
#[must_use]
pub fn fine_size(bytes: u64) -> String {
    const KIB: u64 = 1 << 10;
    if (KIB..100 * KIB).contains(&bytes) {
        let tenths = bytes * 10 / KIB;
        format!("{}.{} KiB", tenths / 10, tenths % 10)
    } else {
        size(bytes)
    }
}

/// `6.2 s`, `17 s`, and `2:05` where seconds are too many to be read: how long something is going to take.
#[must_use]
pub fn foretold(seconds: f64) -> String {
    match seconds {
        ..9.95 => format!("{:.1} s", seconds.max(0.0)),
        ..99.5 => format!("{seconds:.0} s"),
        _ => clock_time(Duration::try_from_secs_f64(seconds).unwrap_or_default()),
    }
}

/// `44 KiB/s`.
#[must_use]
pub fn rate(bytes_a_second: f64) -> String {
    let kib = bytes_a_second / 1024.0;
    if kib < 10.0 { format!("{kib:.1} KiB/s") } else { format!("{kib:.0} KiB/s") }
}

/// `1,157`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `−61`, with a true minus.
#[must_use]
pub fn signed(number: i32) -> String {
    if number < 0 { format!("\u{2212}{}", number.unsigned_abs()) } else { number.to_string() }
}

/// `9f2c…e11b`.
#[must_use]
pub fn short_digest(digest: &str) -> String {
    match (digest.get(..4), digest.get(digest.len().saturating_sub(4)..)) {
        (Some(head), Some(tail)) if digest.len() > 9 => format!("{head}…{tail}"),
        _ => digest.to_owned(),
    }
}

/// `ESP32-C3`.
#[must_use]
pub fn chip(chip: Chip) -> String {
    chip_name(chip.as_str()).unwrap_or_else(|| "Unknown chip".to_owned())
}

/// A size of flash: `4 MiB`.
#[must_use]
pub fn flash_size(bytes: u32) -> String {
    const MIB: u32 = 1 << 20;
    if bytes >= MIB && bytes.is_multiple_of(MIB) {
        format!("{} MiB", bytes / MIB)
    } else {
        size(u64::from(bytes))
    }
}

/// `now`, `12 s ago`, `4 min ago`, `3 h ago`, `3 d ago`.
#[must_use]
pub fn ago(then: SystemTime, now: SystemTime) -> String {
    let seconds = now.duration_since(then).unwrap_or_default().as_secs();
    match seconds {
        0..=4 => "now".to_owned(),
        5..=59 => format!("{seconds} s ago"),
        60..=3599 => format!("{} min ago", seconds / 60),
        3600..=86_399 => format!("{} h ago", seconds / 3600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

/// When [`ago`] says something else.
#[must_use]
pub fn ago_changes_in(then: SystemTime, now: SystemTime) -> Duration {
    let past = now.duration_since(then).unwrap_or_default();
    let unit = match past.as_secs() {
        0..=4 => 5,
        5..=59 => 1,
        60..=3599 => 60,
        3600..=86_399 => 3600,
        _ => 86_400,
    };
    Duration::from_secs((past.as_secs() / unit + 1) * unit).saturating_sub(past)
}

/// `14:02:39`, here.
#[must_use]
pub fn clock(time: SystemTime) -> String {
    zoned(time).map_or_else(|| "–".to_owned(), |time| time.strftime("%H:%M:%S").to_string())
}

/// `14:02:39.114`, here.
#[must_use]
pub fn clock_millis(time: SystemTime) -> String {
    zoned(time).map_or_else(|| "–".to_owned(), |time| time.strftime("%H:%M:%S%.3f").to_string())
}

/// `today 14:02`, `21 Nov 08:15`, `21 Nov 2025`.
#[must_use]
pub fn day_and_time(time: SystemTime, now: SystemTime) -> String {
    let (Some(time), Some(now)) = (zoned(time), zoned(now)) else { return "–".to_owned() };
    let form = if time.date() == now.date() {
        "today %H:%M"
    } else if time.year() == now.year() {
        "%-d %b %H:%M"
    } else {
        "%-d %b %Y"
    };
    time.strftime(form).to_string()
}

/// `Today`, `Yesterday`, `Thursday 19 November`: the heading of a day.
#[must_use]
pub fn day(time: SystemTime, now: SystemTime) -> String {
    let (Some(time), Some(now)) = (zoned(time), zoned(now)) else { return "–".to_owned() };
    let yesterday = now.date().yesterday().ok();
    if time.date() == now.date() {
        "Today".to_owned()
    } else if Some(time.date()) == yesterday {
        "Yesterday".to_owned()
    } else if time.year() == now.year() {
        time.strftime("%A %-d %B").to_string()
    } else {
        time.strftime("%-d %B %Y").to_string()
    }
}

/// The day that a time is in, here.
#[must_use]
pub fn date(time: SystemTime) -> Option<Date> {
    zoned(time).map(|time| time.date())
}

fn zoned(time: SystemTime) -> Option<Zoned> {
    Timestamp::try_from(time).ok().map(|time| time.to_zoned(TimeZone::system()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(size(1023), "1023 B");
        assert_eq!(size(395 * 1024), "395 KiB");
        assert_eq!(size(1_184_891), "1.13 MiB");
        assert_eq!(size(2000 * (1 << 20)), "2,000.00 MiB");
        assert_eq!(fine_size(3_148), "3.0 KiB");
        assert_eq!(fine_size(812), "812 B");
        assert_eq!(fine_size(102_399), "99.9 KiB");
        assert_eq!(fine_size(102_400), "100 KiB");
        assert_eq!([6.24, 9.96, 99.6, f64::NAN].map(foretold), ["6.2 s", "10 s", "1:39", "0:00"]);
        assert_eq!(grouped(1_157_000), "1,157,000");
        assert_eq!(signed(-61), "−61");
        assert_eq!(short_digest("9f2c77a01be43d08e11b"), "9f2c…e11b");
        assert_eq!(short_digest("9f2c"), "9f2c");
        assert_eq!(chip(Chip::Esp32C3), "ESP32-C3");
        assert_eq!(chip(Chip::Esp32), "ESP32");
        assert_eq!(clock_time(Duration::from_secs(4325)), "1:12:05");
        assert_eq!(countdown(Duration::from_millis(41_001)), "0:42");
        assert_eq!(countdown(Duration::ZERO), "0:00");
    }

    #[test]
    fn times_long_ago_are_told_in_days() {
        let now = SystemTime::now();
        assert_eq!(ago(now, now), "now");
        assert_eq!(ago(now - Duration::from_secs(3 * 86_400 + 5), now), "3 d ago");
        // What it says holds until then, and no longer.
        for seconds in [0.5, 4.2, 5.0, 59.9, 61.0, 3599.5, 7200.0, 90_000.0] {
            let then = now - Duration::from_secs_f64(seconds);
            let later = now + ago_changes_in(then, now);
            assert_eq!(ago(then, later - Duration::from_millis(1)), ago(then, now), "{seconds} s");
            assert_ne!(ago(then, later + Duration::from_millis(1)), ago(then, now), "{seconds} s");
        }
        // A clock that was set back.
        assert_eq!(ago(now + Duration::from_secs(60), now), "now");
    }
}
