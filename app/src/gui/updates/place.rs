//! Where in the source something happened, as the end of a device's sentence names it: `message (file:line)`.

/// The sentence, and the place if it names one.
#[must_use]
pub fn split(detail: &str) -> (&str, Option<&str>) {
    let found = detail.trim_end_matches('.').strip_suffix(')').and_then(|text| text.rsplit_once(" ("));
    match found {
        Some((text, place)) if is_place(place) => (text, Some(place)),
        _ => (detail, None),
    }
}

/// A file with a suffix, and a line.
fn is_place(text: &str) -> bool {
    let Some((file, line)) = text.rsplit_once(':') else { return false };
    let number = !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
    number && file.contains('.') && !file.contains(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_from_remarks() {
        let (text, place) = split("index out of bounds (src/sensors/bme280.rs:118)");
        assert_eq!((text, place), ("index out of bounds", Some("src/sensors/bme280.rs:118")));
        for text in ["it stopped feeding the watchdog", "gave up (3 times)", "at (10:30)", "()", ""] {
            assert_eq!(split(text), (text, None));
        }
    }
}
