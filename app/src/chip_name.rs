//! What a chip is called on its case.

/// `ESP32-C3` for `esp32c3`, `ESP32` for `esp32`; nothing for what is no chip of that family.
#[must_use]
pub fn chip_name(word: &str) -> Option<String> {
    match word.strip_prefix("esp32")? {
        "" => Some("ESP32".to_owned()),
        kind => Some(format!("ESP32-{}", kind.to_uppercase())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chips_are_called_as_it_is_printed_on_them() {
        let names = ["esp32", "esp32c3", "esp32s3", "esp8266", "unknown"].map(chip_name);
        let names: Vec<_> = names.iter().map(|name| name.as_deref()).collect();
        assert_eq!(names, [Some("ESP32"), Some("ESP32-C3"), Some("ESP32-S3"), None, None]);
    }
}
